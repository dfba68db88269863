"""The site's schedule."""


def schedule(now, channels):
    return {}
