"""What is said on NATS, and from there on Socket.IO. A message names what changed, never carries a list."""

from typing import Literal

from contracts.channel import ChannelStatus
from contracts.event import Event, EventState
from contracts.record import Record


class CatalogChanged(Record):
    """A new generation is current. The numbers are counts of channels."""

    topic: Literal["channels", "events", "guide"] = "channels"
    version: str
    added: int = 0
    removed: int = 0
    changed: int = 0


class EventStateChanged(Record):
    """An event started or ended."""

    event: Event
    state: EventState


class StreamFailed(Record):
    """A streamer could not get a stream. `code` is the problem's."""

    channel_id: str
    source: str
    code: str
    node: str


class Place(Record):
    """Where an announcement stands. Nothing that could be told to clients lies between `after` and `cursor`.

    A client on all channels holds every announcement against the cursor that it has: `cursor` not beyond it
    is a repetition, `after` beyond it a hole, to be filled by joining with the cursor that it has.
    """

    cursor: str
    after: str


class Resumed(Record):
    """The ack of `resume`: how much was missed and told, or that it can't be told any more."""

    resync: bool
    missed: int | None = None
    cursor: str | None


class JoinedUpdates(Record):
    """The ack of `join_channel_updates`; with a cursor it is one of `resume` as well."""

    joined: int | Literal["all"]
    resync: bool | None = None
    missed: int | None = None
    cursor: str | None


class Refusal(Record):
    """An `error` event: what was wrong with something that a client said."""

    code: str
    message: str
    event: str | None = None


ChannelStatusChanged = ChannelStatus
"""`iptv.v1.channel.status` carries the status itself."""
