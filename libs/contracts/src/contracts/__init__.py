"""What the services say to each other: records, subjects, keys, and the body of a problem.

Nothing here does I/O. A change here is a change for every service, so fields are added, never renamed.
"""
