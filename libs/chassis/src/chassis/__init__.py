"""What every service stands on: settings, logging, health, metrics, clients, lifecycle.

No word about the services' subject in it: it would carry any other set of services just as well.
"""
