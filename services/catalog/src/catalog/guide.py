"""What is on, by channel: as its guide says, else its events, and something at every moment. Pure.

Schedules of events rarely say when one ends, so those of one channel overlap. Of two at a time the one that
began later is on, and the other goes on after it, if it still lasts; those that begin at once are one
programme.

Gaps get programmes with the channel's name, cut where blocks of the clock begin: players show an empty row
as a fault, and some refuse a guide without programmes. Since blocks lie on the clock, the guide of one list
and one schedule stays the same text until the next block begins.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from contracts.channel import Channel
from contracts.event import Event
from contracts.programme import Programme

BLOCK = timedelta(hours=2)
BEHIND, AHEAD = timedelta(hours=2), timedelta(hours=24)
SHOWN_AHEAD = timedelta(days=7)
"""How far programmes are shown; gaps are filled up to `AHEAD` only."""

Guided = Callable[[str], Sequence[Programme]]
"""Gives a channel's programmes as its guide has them: in order, none over another; or nothing."""


class Window(NamedTuple):
    """The time that a guide covers without a hole: whole blocks."""

    starts_at: datetime
    stops_at: datetime

    @classmethod
    def around(cls, now: datetime) -> "Window":
        """Return the window of a moment."""
        return cls(_block(now - BEHIND), _block(now + AHEAD) + BLOCK)


class Listings:
    """What is on, by channel: the guide first; the events of channels that have none."""

    def __init__(self, guided: Guided, events: Iterable[Event]) -> None:
        self._guided = guided
        self._events = _by_channel(events)

    def of(self, channel_id: str) -> Sequence[Programme]:
        """Return a channel's programmes in order, none over another."""
        return self._guided(channel_id) or self._events.get(channel_id, ())

    def within(self, channel_id: str, start: datetime, stop: datetime) -> list[Programme]:
        """Return what is on in a window of time, or in a part of it."""
        listed = self.of(channel_id)
        first = bisect_right(listed, start, key=_stop)
        return [each for each in listed[first : bisect_right(listed, stop, key=_start)] if each.start < stop]

    def now_and_next(self, channel_id: str, moment: datetime) -> tuple[Programme | None, Programme | None]:
        """Return what is on at a moment, and what comes after."""
        listed = self.of(channel_id)
        place = bisect_right(listed, moment, key=_stop)
        on = listed[place] if place < len(listed) and listed[place].start <= moment else None
        following = place + 1 if on else place
        return on, listed[following] if following < len(listed) else None


def _start(programme: Programme) -> datetime:
    return programme.start


def _stop(programme: Programme) -> datetime:
    return programme.stop


def programmes(channels: Iterable[Channel], listings: Listings, window: Window) -> Iterator[Programme]:
    """Yield what is on, channel by channel, each in order of time, without a hole in the window."""
    last = window.stops_at - AHEAD + SHOWN_AHEAD
    for channel in channels:
        place = window.starts_at
        for programme in listings.within(channel.id, window.starts_at, last):
            yield from _filling(channel, place, min(programme.start, window.stops_at))
            yield programme
            place = programme.stop
        yield from _filling(channel, place, window.stops_at)


def one_at_a_time(listed: Iterable[Programme]) -> Iterator[Programme]:
    """Cut the programmes of one channel so that none overlaps another; `listed` is in order of the starts."""
    pending: list[Programme] = []
    place = datetime.min.replace(tzinfo=UTC)
    for coming in (*listed, None):
        until = coming.start if coming else datetime.max.replace(tzinfo=UTC)
        while pending and place < until:
            on = pending[-1]
            if on.stop <= place:
                pending.pop()
                continue
            stop = min(on.stop, until)
            yield on.model_copy(update={"start": place, "stop": stop})
            place = stop
        if coming:
            pending.append(coming)
            place = coming.start


def _by_channel(events: Iterable[Event]) -> dict[str, tuple[Programme, ...]]:
    """Return the programmes that events make, by channel."""
    found: defaultdict[str, dict[datetime, Programme]] = defaultdict(dict)
    for event in events:
        if event.starts_at < event.ends_at:
            for channel_id in {channel.id for channel in event.channels if channel.id}:
                programme, at_once = _programme(event, channel_id), found[channel_id]
                twin = at_once.get(event.starts_at)
                at_once[event.starts_at] = _together(twin, programme) if twin else programme
    return {
        channel_id: tuple(one_at_a_time([at[start] for start in sorted(at)]))
        for channel_id, at in found.items()
    }


def _programme(event: Event, channel_id: str) -> Programme:
    what = ", ".join(filter(None, (event.category, event.league)))
    where = ", ".join(dict.fromkeys(channel.name for channel in event.channels))
    return Programme(
        channel_id=channel_id,
        start=event.starts_at.astimezone(UTC),
        stop=event.ends_at.astimezone(UTC),
        title=event.title,
        description=f"{what}. On {where}." if what else f"On {where}.",
        categories=(event.category,) if event.category else (),
    )


def _together(one: Programme, other: Programme) -> Programme:
    return one.model_copy(
        update={
            "stop": max(one.stop, other.stop),
            "title": f"{one.title} / {other.title}",
            "description": f"{one.description} {other.description}",
            "categories": tuple(dict.fromkeys((*one.categories, *other.categories))),
        }
    )


def _filling(channel: Channel, place: datetime, until: datetime) -> Iterator[Programme]:
    block = _block(place) if place < until else until
    while place < until:
        block += BLOCK
        stop = min(block, until)
        yield Programme(channel_id=channel.id, start=place, stop=stop, title=channel.name)
        place = stop


def _block(moment: datetime) -> datetime:
    """Return the begin of the block that a moment is in."""
    block_s = BLOCK.total_seconds()
    return datetime.fromtimestamp(moment.timestamp() // block_s * block_s, UTC)
