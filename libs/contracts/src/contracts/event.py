"""A sports event: when it is, who plays, and where to watch it."""

from enum import StrEnum

from pydantic import AwareDatetime

from contracts.record import Record


class EventState(StrEnum):
    """An event's life, in order."""

    UPCOMING = "upcoming"
    LIVE = "live"
    ENDED = "ended"


class EventChannel(Record):
    """A channel of an event. `id` is None where the list does not have the channel."""

    id: str | None
    name: str


class Event(Record):
    """An event; times are UTC. `state` is as of the writing: `state_at` tells it for any moment."""

    id: str
    title: str
    category: str
    league: str | None = None
    teams: tuple[str, ...] = ()
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    state: EventState = EventState.UPCOMING
    channels: tuple[EventChannel, ...] = ()

    def state_at(self, moment: AwareDatetime) -> EventState:
        """Where in its life the event is at `moment`."""
        if moment < self.starts_at:
            return EventState.UPCOMING
        return EventState.LIVE if moment < self.ends_at else EventState.ENDED


class EventPage(Record):
    """Events in order of their start."""

    version: str
    categories: tuple[str, ...]
    """Every category of the whole list."""
    events: tuple[Event, ...]
