"""What changes by the minute: how channels are doing, what is on, and how the gateway itself is."""

from typing import Any

from contracts.channel import Status
from contracts.programme import Programme
from contracts.record import Record
from contracts.source import SourceReport


class ChannelNow(Record):
    """A channel at this moment. `now` is None where nobody says what is on."""

    id: str
    status: Status
    latency_ms: int | None
    viewers: int
    now: Programme | None
    next: Programme | None


class NowPage(Record):
    """Channels at this moment, in order of their numbers."""

    channels: tuple[ChannelNow, ...]


class Node(Record):
    """A process of ours that is there. `details` is what it says of itself."""

    service: str
    name: str
    details: dict[str, Any]


class SourceAge(SourceReport):
    """A source's report, and how old what it stands for is."""

    age_s: int | None = None
    """Since its last good refresh; None if there was none."""


class Media(Record):
    """What all streamers that are there have done, each since it began."""

    bodies: int = 0
    """Segments and keys that players asked for."""
    from_memory: int = 0
    """Of them, those that were there already."""
    fetched: int = 0
    """Bodies that came from sources."""
    sent_bytes: int = 0
    fetched_bytes: int = 0
    cache_bytes: int = 0
    """Segment memory in use."""


class Bus(Record):
    """How announcements travel."""

    listening: int
    """Replicas of realtime that hear the bus."""
    replicas: int
    waiting: int | None
    """Announcements that are not on the bus yet; None while nobody can say."""


class Ratios(Record):
    """Parts of a whole, 0 to 1; None where there is no whole."""

    channels_online: float | None
    """Of those whose status is known."""
    channels_with_guide: float | None
    sources_fresh: float | None
    fetched: float | None = None
    """Bodies fetched from sources, of those that players asked for."""
    from_memory: float | None = None
    """Bodies that were in memory, likewise."""


class StatusPage(Record):
    """How the gateway is."""

    version: str
    """The generation of the channels."""
    channels: int
    events: int
    statuses: dict[str, int]
    """How many channels have each status."""
    viewers: int
    viewers_by_channel: dict[str, int]
    """Of the channels that have any, by id."""
    clients: int
    """Connected to Socket.IO, on all replicas."""
    nodes: tuple[Node, ...]
    sources: tuple[SourceAge, ...]
    media: Media = Media()
    bus: Bus = Bus(listening=0, replicas=0, waiting=None)
    ratios: Ratios
