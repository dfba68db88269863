"""What is on, by channel: its events, and between them something at every moment. Pure.

Schedules rarely say when an event ends, so those of one channel overlap. Of two at a time the one that began
later is on, and the other goes on after it, if it still lasts; those that begin at once are one programme.

Gaps get programmes with the channel's name, cut where blocks of the clock begin: players show an empty row
as a fault, and some refuse a guide without programmes. Since blocks lie on the clock, the guide of one list
and one schedule stays the same text until the next block begins.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from contracts.channel import Channel
from contracts.event import Event

BLOCK = timedelta(hours=2)
BEHIND, AHEAD = timedelta(hours=2), timedelta(hours=24)
EVENTS_AHEAD = timedelta(hours=72)
"""How far events are shown; gaps are filled up to `AHEAD` only."""


class Programme(NamedTuple):
    """What a channel shows for a while. Times are UTC."""

    channel_id: str
    starts_at: datetime
    stops_at: datetime
    title: str
    description: str = ""
    categories: tuple[str, ...] = ()


class Window(NamedTuple):
    """The time that a guide covers without a hole: whole blocks."""

    starts_at: datetime
    stops_at: datetime

    @classmethod
    def around(cls, now: datetime) -> "Window":
        """Return the window of a moment."""
        return cls(_block(now - BEHIND), _block(now + AHEAD) + BLOCK)


def programmes(channels: Iterable[Channel], events: Iterable[Event], window: Window) -> Iterator[Programme]:
    """Yield what is on, channel by channel, each in order of time."""
    by_channel = _by_channel(events, window)
    for channel in channels:
        place = window.starts_at
        for programme in one_at_a_time(by_channel.get(channel.id, ())):
            yield from _filling(channel, place, min(programme.starts_at, window.stops_at))
            yield programme
            place = programme.stops_at
        yield from _filling(channel, place, window.stops_at)


def one_at_a_time(listed: Iterable[Programme]) -> Iterator[Programme]:
    """Cut the programmes of one channel so that none overlaps another; `listed` is in order of the starts."""
    pending: list[Programme] = []
    place = datetime.min.replace(tzinfo=UTC)
    for coming in (*listed, None):
        until = coming.starts_at if coming else datetime.max.replace(tzinfo=UTC)
        while pending and place < until:
            on = pending[-1]
            if on.stops_at <= place:
                pending.pop()
                continue
            stops_at = min(on.stops_at, until)
            yield on._replace(starts_at=place, stops_at=stops_at)
            place = stops_at
        if coming:
            pending.append(coming)
            place = coming.starts_at


def _by_channel(events: Iterable[Event], window: Window) -> dict[str, list[Programme]]:
    """Return the events that are on a channel and in or after the window, by channel and start."""
    found: defaultdict[str, dict[datetime, Programme]] = defaultdict(dict)
    last = window.stops_at - AHEAD + EVENTS_AHEAD
    for event in events:
        if window.starts_at < event.ends_at and event.starts_at < min(event.ends_at, last):
            for channel_id in {channel.id for channel in event.channels if channel.id}:
                programme, at_once = _programme(event, channel_id), found[channel_id]
                twin = at_once.get(event.starts_at)
                at_once[event.starts_at] = _together(twin, programme) if twin else programme
    return {channel_id: [at[start] for start in sorted(at)] for channel_id, at in found.items()}


def _programme(event: Event, channel_id: str) -> Programme:
    what = ", ".join(filter(None, (event.category, event.league)))
    where = ", ".join(dict.fromkeys(channel.name for channel in event.channels))
    return Programme(
        channel_id,
        event.starts_at.astimezone(UTC),
        event.ends_at.astimezone(UTC),
        event.title,
        f"{what}. On {where}." if what else f"On {where}.",
        (event.category,) if event.category else (),
    )


def _together(one: Programme, other: Programme) -> Programme:
    return one._replace(
        stops_at=max(one.stops_at, other.stops_at),
        title=f"{one.title} / {other.title}",
        description=f"{one.description} {other.description}",
        categories=tuple(dict.fromkeys((*one.categories, *other.categories))),
    )


def _filling(channel: Channel, place: datetime, until: datetime) -> Iterator[Programme]:
    block = _block(place) if place < until else until
    while place < until:
        block += BLOCK
        stops_at = min(block, until)
        yield Programme(channel.id, place, stops_at, channel.name)
        place = stops_at


def _block(moment: datetime) -> datetime:
    """Return the begin of the block that a moment is in."""
    block_s = BLOCK.total_seconds()
    return datetime.fromtimestamp(moment.timestamp() // block_s * block_s, UTC)
