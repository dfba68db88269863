"""A channel: what a viewer picks, and the streams behind it.

`Channel` is the catalog's own record and holds upstream addresses; `ChannelView` is what leaves the house.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from contracts.record import Record


class StreamKind(StrEnum):
    """How a stream is delivered. Failover never leaves a kind."""

    HLS = "hls"
    DASH = "dash"
    TS = "ts"


class Locator(StrEnum):
    """What a stream's address points at: the stream itself, or a web page that names it."""

    DIRECT = "direct"
    PAGE = "page"


class Stream(Record):
    """One way to watch a channel. `source` names its settings: headers, proxy, limits."""

    source: str
    address: Annotated[str, Field(repr=False)]
    kind: StreamKind = StreamKind.HLS
    locator: Locator = Locator.DIRECT
    headers: dict[str, str] = Field(default_factory=dict, repr=False)
    """Request headers for everything of this stream."""
    allow_private: bool = False
    """Whether the stream may lead to private addresses: its source said so, or is itself in the house."""
    socks5: Annotated[str | None, Field(repr=False)] = None
    """`host:port` or `user:password@host:port`."""
    max_connections: int | None = None
    """How many connections its source allows at a time, all its streams together; None: nobody said."""


class Channel(Record):
    """A channel with its streams in order of preference. `id` and `number` never change once given."""

    id: str
    number: int
    name: str
    group: str = ""
    country: str | None = None
    """ISO 3166-1 alpha-2, where the source says it."""
    logo: Annotated[str | None, Field(repr=False)] = None
    """The upstream address of the logo."""
    tvg_id: str | None = None
    radio: bool = False
    adult: bool = False
    streams: tuple[Stream, ...] = ()

    def view(self) -> "ChannelView":
        """What the outside may see of it."""
        return ChannelView(
            id=self.id,
            number=self.number,
            name=self.name,
            group=self.group,
            country=self.country,
            logo=f"/logo/{self.id}" if self.logo else None,
            radio=self.radio,
            adult=self.adult,
            kind=self.streams[0].kind if self.streams else StreamKind.HLS,
            streams=len(self.streams),
            sources=tuple(dict.fromkeys(stream.source for stream in self.streams)),
        )


class ChannelView(Record):
    """A channel as the API gives it. `logo` is a path on this server; `/stream/{id}` plays it."""

    id: str
    number: int
    name: str
    group: str
    country: str | None
    logo: str | None
    radio: bool
    adult: bool
    kind: StreamKind
    streams: int
    sources: tuple[str, ...]


class ChannelPage(Record):
    """Some channels of the list, in order of their numbers."""

    version: str
    """The generation of the list; it is the ETag, too."""
    total: int
    """How many channels fit the question, on all pages."""
    groups: tuple["Group", ...]
    """Every group of the whole list, in the list's order."""
    channels: tuple[ChannelView, ...]
    next_cursor: str | None = None


class Group(Record):
    """A group of channels and how many it has."""

    name: str
    channels: int


class Status(StrEnum):
    """How a channel is doing."""

    ONLINE = "online"
    DEGRADED = "degraded"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


class ChannelStatus(Record):
    """The last look at a channel. `latency_ms` is the time until the playlist came, where it came."""

    channel_id: str
    status: Status
    latency_ms: int | None = None
    checked_at: AwareDatetime
    reason: str | None = None
    """A problem's code, where the channel isn't online."""
