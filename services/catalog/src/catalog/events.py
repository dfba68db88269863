"""An event's life, pure: what a schedule says -> `Event`, and from one state to the next.

An event's id is made of its category, title and start: the same event in two readings, or in two sources,
is one. Its channels are found by what the source calls them, then by name.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from contracts.channel import Channel
from contracts.event import Event, EventChannel, EventState
from finder import name_key

from catalog.sources.base import Fixture, FixtureChannel

DURATIONS = (
    (("cricket",), timedelta(hours=8)),
    (("golf", "cycling", "snooker", "darts", "horse racing", "sailing"), timedelta(hours=4)),
    (
        ("tennis", "motorsport", "formula", "nascar", "wrestling", "fight", "boxing", "mma", "ufc"),
        timedelta(hours=3),
    ),
    (
        ("baseball", "am. football", "american football", "nfl", "ncaaf", "mlb"),
        timedelta(hours=3, minutes=30),
    ),
    (("basketball", "nba", "hockey", "nhl", "aussie"), timedelta(hours=2, minutes=30)),
    (("tv shows", "tv show", "news"), timedelta(hours=1)),
)
"""How long an event lasts whose end nobody says, by words in its category."""
USUAL = timedelta(hours=2)
LEAGUE = re.compile(r"\s+[:|]\s+|:\s+|\s+[-\u2013\u2014]\s+(?=.*\b(?:vs?\.?|@)\s)")
VERSUS = re.compile(r"\s+(?:vs?\.?|@)\s+", re.IGNORECASE)
REMEMBERED = timedelta(hours=6)
"""How long an event stays in the list after its end."""


class Directory(NamedTuple):
    """Where channels are looked up: by what a source calls them, and by name."""

    by_identity: Mapping[str, str]
    by_name: Mapping[str, str]

    @classmethod
    def of(cls, channels: Iterable[Channel], identities: Mapping[str, str]) -> "Directory":
        """Build it of the current list and what it is remembered under."""
        listed = {channel.id: channel for channel in channels}
        names: dict[str, str] = {}
        for channel in listed.values():
            names.setdefault(name_key(channel.name), channel.id)
        return cls({key: id_ for key, id_ in identities.items() if id_ in listed}, names)

    def find(self, source: str, channel: FixtureChannel) -> str | None:
        """Return the id of a schedule's channel, where the list has it."""
        by_source = self.by_identity.get(f"{source}:{channel.native_id}") if channel.native_id else None
        return by_source or self.by_name.get(name_key(channel.name))


class Change(NamedTuple):
    """An event's step: `announced` says whether anybody needs to hear of it."""

    event: Event
    state: EventState
    announced: bool


def build(fixtures: Iterable[Fixture], directory: Directory, now: datetime) -> tuple[Event, ...]:
    """Return the events of all schedules, each once, long ended ones left out; in order of their start."""
    events: dict[str, Event] = {}
    for fixture in fixtures:
        event = event_of(fixture, directory, now)
        if event.ends_at + REMEMBERED < now:
            continue
        if twin := events.get(event.id):
            channels = dict.fromkeys((*twin.channels, *event.channels))
            event = twin.model_copy(update={"channels": tuple(channels)})
        events[event.id] = event
    return tuple(sorted(events.values(), key=lambda event: (event.starts_at, event.category, event.title)))


def event_of(fixture: Fixture, directory: Directory, now: datetime) -> Event:
    """Return a schedule's event as the list has it."""
    league, teams = parties(fixture.title)
    ends_at = fixture.ends_at or fixture.starts_at + duration(fixture.category)
    channels = dict.fromkeys(
        EventChannel(id=directory.find(fixture.source, channel), name=channel.name)
        for channel in fixture.channels
    )
    event = Event(
        id=event_id(fixture.category, fixture.title, fixture.starts_at),
        title=fixture.title,
        category=fixture.category,
        league=league,
        teams=teams,
        starts_at=fixture.starts_at,
        ends_at=ends_at,
        channels=tuple(channels),
    )
    return event.model_copy(update={"state": event.state_at(now)})


def event_id(category: str, title: str, starts_at: datetime) -> str:
    """Return the id that an event has in every reading of every source."""
    text = f"{name_key(category)}|{name_key(title)}|{starts_at.timestamp():.0f}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def parties(title: str) -> tuple[str | None, tuple[str, ...]]:
    """Part "League : A vs B" into the league and the teams; either may be missing."""
    league, *rest = LEAGUE.split(title, maxsplit=1)
    match = rest[0] if rest else title
    teams = tuple(team.strip() for team in VERSUS.split(match, maxsplit=1))
    named = league.strip() or None if rest else None
    return named, teams if len(teams) == 2 and all(teams) else ()


def duration(category: str) -> timedelta:
    """Return how long events of a category usually last."""
    words = f" {category.casefold()} "
    return next((lasts for names, lasts in DURATIONS if any(name in words for name in names)), USUAL)


def carried_over(old: Iterable[Fixture], new: Iterable[Fixture], now: datetime) -> tuple[Fixture, ...]:
    """Return what a new day's schedule left out though it is not over: events that run past midnight."""
    fresh = tuple(new)
    first = min((fixture.starts_at for fixture in fresh), default=now)
    kept = (fixture for fixture in old if fixture.starts_at < min(first, now) and _ends(fixture) > now)
    return (*kept, *fresh)


def _ends(fixture: Fixture) -> datetime:
    return fixture.ends_at or fixture.starts_at + duration(fixture.category)


def changes(events: Iterable[Event], announced: Mapping[str, str], now: datetime) -> tuple[Change, ...]:
    """Return what has to be written down: every event whose state is another than the one last announced.

    An event that is first seen before its start, or after its end, is nobody's news.
    """
    found = []
    for event in events:
        state = event.state_at(now)
        before = announced.get(event.id)
        if before != state:
            news = before is not None or state is EventState.LIVE
            found.append(Change(event.model_copy(update={"state": state}), state, news))
    return tuple(found)
