"""An event's life, pure: what a schedule says -> `Event`, and from one state to the next.

An event's id is made of its category, title and start: the same event in two readings, or in two sources,
is one. So are events of two sources with the same teams within half an hour, whatever they call league and
title; the first source's words count, and the channels of all. An id that was given stays: the event keeps
it when another source comes first, or when its start is put off a little. Its channels are found by what the
source calls them, then by name.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

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
LEAGUE = re.compile(r"\s*[|]\s*|\s*:\s+")
DASH = re.compile(r"\s+[-\u2013\u2014]\s+")
VERSUS = re.compile(r"\s+(?:vs?\.?|@)\s+", re.IGNORECASE)
NO_TEAM = re.compile(
    r"\b(?:race|qualifying|practice|sprint|stage|day|round|session|final|semi-?final|grand prix|gp|"
    r"highlights|show|news|week|game|match|part|heat|leg|live)\b",
    re.IGNORECASE,
)
"""Words beside a dash that is no "versus": "Formula 1 - Race", "Open - Day 2"."""
CLUB = frozenset({"fc", "cf", "afc", "sc", "ac", "fk", "sk", "bk", "if", "cd", "ud", "sv", "club"})
"""Words that one source says and another leaves out."""
SAME = timedelta(minutes=30)
"""How far apart sources may be about the start of one match."""
REMEMBERED = timedelta(hours=6)
"""How long an event stays in the list after its end."""


class Directory(NamedTuple):
    """Where channels are looked up: by what a source calls them, and by name."""

    by_identity: Mapping[str, str]
    by_name: Mapping[str, str]
    ids: Collection[str] = frozenset()

    @classmethod
    def named(cls, channels: Iterable[tuple[str, str]], identities: Iterable[tuple[str, str]]) -> "Directory":
        """Build it of ids and names, each pair looked at once: there may be 100,000 of them."""
        names: dict[str, str] = {}
        listed: dict[str, str] = {}
        for id_, name in channels:
            listed[id_] = id_
            names.setdefault(name_key(name), id_)
        return cls({key: listed[id_] for key, id_ in identities if id_ in listed}, names, listed)

    def find(self, source: str, channel: FixtureChannel) -> str | None:
        """Return the id of a schedule's channel, where the list has it."""
        if channel.id in self.ids:
            return channel.id
        by_source = self.by_identity.get(f"{source}:{channel.native_id}") if channel.native_id else None
        return by_source or self.by_name.get(name_key(channel.name))


class Change(NamedTuple):
    """An event's step: `announced` says whether anybody needs to hear of it."""

    event: Event
    state: EventState
    announced: bool


def build(
    fixtures: Iterable[Fixture], directory: Directory, now: datetime, known: Iterable[Event] = ()
) -> tuple[Event, ...]:
    """Return the events of all schedules, each once, long ended ones left out; in order of their start.

    `known` are those of last time, whose ids stay.
    """
    found = [
        event
        for group in _gathered(fixtures)
        if (event := _together([event_of(fixture, directory, now) for fixture in group])).ends_at + REMEMBERED
        >= now
    ]
    events = {event.id: event for event in _named(found, known, now)}
    return tuple(sorted(events.values(), key=lambda event: (event.starts_at, event.category, event.title)))


def _gathered(fixtures: Iterable[Fixture]) -> Iterable[list[Fixture]]:
    """Put fixtures that are one event together, in order of their sources."""
    groups: dict[str, list[Fixture]] = {}
    by_teams: dict[frozenset[str], list[list[Fixture]]] = {}
    for fixture in fixtures:
        id_ = event_id(fixture.category, fixture.title, fixture.starts_at)
        teams = frozenset(team_key(team) for team in sides(fixture)[1])
        group = groups.get(id_) or _twin(fixture, by_teams.get(teams, []))
        if group is None:
            group = []
            if len(teams) == 2:
                by_teams.setdefault(teams, []).append(group)
        group.append(fixture)
        groups[id_] = group
    return {id(group): group for group in groups.values()}.values()


def _twin(fixture: Fixture, groups: Iterable[list[Fixture]]) -> list[Fixture] | None:
    """Return the nearest match of the same teams that this source doesn't have yet: some meet twice a day."""
    near = [
        group
        for group in groups
        if abs(group[0].starts_at - fixture.starts_at) <= SAME
        and all(other.source != fixture.source for other in group)
    ]
    return min(near, key=lambda group: abs(group[0].starts_at - fixture.starts_at), default=None)


def _together(events: list[Event]) -> Event:
    """Return one event of what several sources say: the first one's words, everybody's channels."""
    first, *others = events
    channels: dict[str, EventChannel] = {}
    for channel in (channel for event in events for channel in event.channels):
        channels.setdefault(channel.id or name_key(channel.name), channel)
    league = next((event.league for event in events if event.league), None)
    teams = next((event.teams for event in events if event.teams), ())
    told = {"channels": tuple(channels.values()), "league": league, "teams": teams}
    return first.model_copy(update=told) if others else first


def _named(events: list[Event], known: Iterable[Event], now: datetime) -> Iterable[Event]:
    """Give events the ids that they had: under the same id, else as the same match, else put off a little."""
    before = {event.id: event for event in known}
    free = before.keys() - {event.id for event in events}
    by_title: dict[tuple[str, str], list[Event]] = {}
    by_teams: dict[frozenset[str], list[Event]] = {}
    for event in (before[id_] for id_ in sorted(free)):
        by_title.setdefault((name_key(event.category), name_key(event.title)), []).append(event)
        if len(event.teams) == 2:
            by_teams.setdefault(frozenset(map(team_key, event.teams)), []).append(event)
    for event in events:
        if event.id not in before:
            same = by_title.get((name_key(event.category), name_key(event.title)), [])
            teams = by_teams.get(frozenset(map(team_key, event.teams)), []) if event.teams else []
            if was := _was(event, [*same, *teams], free, now):
                free.discard(was)
                yield event.model_copy(update={"id": was})
                continue
        yield event


def _was(event: Event, candidates: Iterable[Event], free: set[str], now: datetime) -> str | None:
    """Return the id that an event had: of one not yet over that began at about the same time."""
    fitting = (
        other
        for other in candidates
        if other.id in free and other.ends_at > now and abs(other.starts_at - event.starts_at) <= SAME
    )
    return next((other.id for other in fitting), None)


def event_of(fixture: Fixture, directory: Directory, now: datetime) -> Event:
    """Return a schedule's event as the list has it."""
    league, teams = sides(fixture)
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


def sides(fixture: Fixture) -> tuple[str | None, tuple[str, ...]]:
    """Return league and teams: as the source says them apart, else as its title does."""
    league, teams = parties(fixture.title)
    return fixture.league or league, fixture.teams or teams


def team_key(team: str) -> str:
    """Return what spellings of one team have in common: "FC Porto" and "Porto" are one."""
    words = name_key(team).split()
    return " ".join(word for word in words if word not in CLUB) or " ".join(words)


def parties(title: str) -> tuple[str | None, tuple[str, ...]]:
    """Part "League : A vs B" into the league and the teams; either may be missing.

    Between the teams may be "vs", "v", "@", or a dash, if no word beside it says that it is none.
    """
    if versus := VERSUS.search(title):
        before, other = title[: versus.start()], title[versus.end() :]
        league, one = _last_part(before, LEAGUE) or _last_part(before, DASH) or (None, before)
        return league, _teams(one, other)
    league, match = _last_part(title, LEAGUE) or (None, title)
    sides_ = DASH.split(match)
    if len(sides_) == 2 and not NO_TEAM.search(match) and not any(side.strip().isdigit() for side in sides_):
        return league, _teams(*sides_)
    return league, ()


def _last_part(text: str, mark: re.Pattern[str]) -> tuple[str | None, str] | None:
    """Return what is before a text's last mark, and what is after it; None without a mark."""
    marks = [match for match in mark.finditer(text) if match.start()]
    if not marks:
        return None
    return text[: marks[-1].start()].strip() or None, text[marks[-1].end() :]


def _teams(one: str, other: str) -> tuple[str, ...]:
    teams = (one.strip(), other.strip())
    return teams if all(teams) else ()


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
