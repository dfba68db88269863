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


class Ratios(Record):
    """Parts of a whole, 0 to 1; None where there is no whole."""

    channels_online: float | None
    """Of those whose status is known."""
    channels_with_guide: float | None
    sources_fresh: float | None


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
    ratios: Ratios
