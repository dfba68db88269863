"""A programme: what a channel shows for a while, as a guide says it."""

from pydantic import AwareDatetime, Field

from contracts.record import Record


class Programme(Record):
    """What is on, from `start` to `stop`; both are UTC."""

    channel_id: str
    start: AwareDatetime
    stop: AwareDatetime
    title: str
    subtitle: str = ""
    description: str = ""
    categories: tuple[str, ...] = ()
    icon: str | None = None
    """A picture's path on this server."""
    episode: str = ""
    """Such as `S02E05`; else as the guide says it."""


class ChannelGuide(Record):
    """A channel's programmes in order of time, none over another."""

    programmes: tuple[Programme, ...]
    icons: dict[str, str] = Field(default_factory=dict, repr=False)
    """The pictures: the last part of a path -> its upstream address, which never leaves the house."""


class GuideChannel(Record):
    """A channel's part of a window of time."""

    id: str
    number: int
    name: str
    logo: str | None
    programmes: tuple[Programme, ...]


class GuidePage(Record):
    """What some channels show in a window of time."""

    version: str
    """The generation of the guide."""
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    total: int
    """How many channels fit the question, on all pages."""
    channels: tuple[GuideChannel, ...]
    next_cursor: str | None = None
