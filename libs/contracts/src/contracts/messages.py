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


ChannelStatusChanged = ChannelStatus
"""`iptv.v1.channel.status` carries the status itself."""
