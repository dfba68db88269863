"""The NATS subjects, and the JetStream stream that keeps them for those who were away."""

STREAM = "IPTV"
WILDCARD = "iptv.v1.>"
MAX_AGE_S = 600
"""How long a message is kept: a browser that slept longer fetches everything anew."""

CATALOG_CHANGED = "iptv.v1.catalog.changed"
CHANNEL_STATUS = "iptv.v1.channel.status"
EVENT_STATE = "iptv.v1.event.state"
STREAM_FAILED = "iptv.v1.stream.failed"
