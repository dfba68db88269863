"""Every Redis key, spelled once.

Two instances: what is below under "catalog" lives in `REDIS_URL` (kept, never evicted); what is below
under "media" lives in `CACHE_REDIS_URL` (lost without harm).
"""

from typing import Literal

Topic = Literal["channels", "events", "guide"]

# catalog

OUTBOX = "iptv:outbox"
"""Announcements not yet on NATS: a list, written in the transaction that makes them true."""

IDENTITIES = "iptv:catalog:identities"
"""Hash: what a source calls a channel -> the id it got, so that it never moves."""

NUMBERS = "iptv:catalog:numbers"
"""Hash: channel id -> number."""

STATUSES = "iptv:channel:status"
"""Hash: channel id -> `ChannelStatus` as JSON."""

EVENT_STATES = "iptv:event:states"
"""Hash: event id -> the state last announced."""

DEVICE = "iptv:device"
"""What the gateway is called as an HDHomeRun: eight hexadecimal digits."""

SECRET = "iptv:secret"  # noqa: S105
"""The key that seals tickets, made once where `SECRET_KEY` is not set."""

SECRET_FINGERPRINT = "iptv:secret:fingerprint"  # noqa: S105
"""What the cluster's key looks like from outside: a node with another one refuses to start."""

JOBS = "iptv:jobs:figures"
"""Hash: what jobs did, all workers together: `{job}:ok`, `{job}:failed` runs, `{job}:ms`."""

TOKENS = "iptv:access:tokens"
"""Hash: a token's name -> its hash, its limits, until when it is good. JSON."""

TOKEN_OWN = "iptv:access:own"  # noqa: S105
"""With what our own programs ask each other."""


def guesses(client: str) -> str:
    """Return the set of wrong tokens that a client came with of late, as hashes. It ends with its window."""
    return f"iptv:access:guesses:{client}"


def seats(token: str) -> str:
    """Return who watches with a token: a sorted set of viewer -> when the lease ends."""
    return f"iptv:access:seats:{token}"


def current(topic: Topic) -> str:
    """Return the pointer: which generation of `topic` is the current one."""
    return f"iptv:catalog:{topic}:current"


def generation(topic: Topic, version: str) -> str:
    """Return one whole generation: a hash of id -> record as JSON; of the guide, packed by zlib."""
    return f"iptv:catalog:{topic}:{version}"


def source(name: str) -> str:
    """Return what is known of a source: its age, its counts, its last failure. JSON."""
    return f"iptv:source:{name}"


def records(name: str) -> str:
    """Return what a source gave at its last good refresh, as JSON: a failed one falls back on it."""
    return f"iptv:catalog:records:{name}"


def reading(name: str) -> str:
    """Return what is known of a source's last good reading, so that the same is not read again. JSON."""
    return f"iptv:catalog:reading:{name}"


SETTINGS_READ = "iptv:catalog:settings"
"""Hash: report's name -> the settings under which its source was read last: with others it is due at once."""

ASKED = "iptv:catalog:asked"
"""Hash: report's name -> how somebody asked that it be read now."""

MERGED = "iptv:catalog:merged"
"""Of which readings the current list was made: of the same ones it isn't made again."""


def lease(name: str) -> str:
    """Return the lease of a piece of work that one process at a time may do."""
    return f"iptv:lease:{name}"


def node(service: str, name: str) -> str:
    """Return a process's lease: it is there while it lives. JSON."""
    return f"iptv:node:{service}:{name}"


NODES = "iptv:node:*"
SOURCES = "iptv:source:*"


def rate(client: str) -> str:
    """Return the counter of a client's requests, by its address. It ends with its window."""
    return f"iptv:rate:{client}"


def audience(channel_id: str) -> str:
    """Return the channel's viewers: a sorted set of session -> when its lease ends."""
    return f"iptv:audience:{channel_id}"


def slots(source: str) -> str:
    """Return a source's connections that are in use: a sorted set of connection -> when its lease ends."""
    return f"iptv:slots:{source}"


AUDIENCES = "iptv:audience:*"

# media

PLAYLIST_NEWS = "iptv:media:playlists"
"""Where a node tells all others of a playlist that it read."""


def playlist(channel_id: str, stream: int, rendition: str) -> str:
    """Return what the rendition's poller read last."""
    return f"iptv:media:playlist:{channel_id}:{stream}:{rendition}"


def poller(channel_id: str, stream: int, rendition: str) -> str:
    """Return the lease of the one node that polls the rendition."""
    return f"iptv:media:poller:{channel_id}:{stream}:{rendition}"


def doubts(channel_id: str, stream: int) -> str:
    """Return how many of a stream's bodies could not be had of late, on any node. It ends by itself."""
    return f"iptv:media:doubts:{channel_id}:{stream}"


def segment(name: str) -> str:
    """Return the body of a segment, key or map, under its ticket's stable name."""
    return f"iptv:media:segment:{name}"


def fetching(name: str) -> str:
    """Return the lease of the node that fetches the segment, then the word of the one that holds it."""
    return f"iptv:media:fetching:{name}"


def wanted(node: str) -> str:
    """Return the list of segments that others want of a node."""
    return f"iptv:media:wanted:{node}"


def blocked(channel_id: str, stream: int, rendition: str) -> str:
    """Return what is there while players wait, at whatever node, for what comes next in the rendition."""
    return f"iptv:media:blocked:{channel_id}:{stream}:{rendition}"


def bound(egress: str) -> str:
    """Return the list of tickets that are to be fetched by one way out."""
    return f"iptv:media:bound:{egress}"


def watched(channel_id: str, stream: int, rendition: str) -> str:
    """Return what is there while others than its poller have viewers for the rendition."""
    return f"iptv:media:watched:{channel_id}:{stream}:{rendition}"
