"""A JSON API of events, described by the operator: where the events are, and where in each its facts.

The paths are those of `catalog.sources.paths`. What an event must have is a beginning, and a title or two
teams; one that hasn't is reported with the first thing that was missing. Events that are long over, or far
ahead, are left out: such feeds often hold a whole season.
"""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from catalog.sources.base import (
    UNREAD_KEPT,
    Expectation,
    Fixture,
    FixtureChannel,
    Schedule,
    expect,
    json_of,
)
from catalog.sources.fetch import Fetcher
from catalog.sources.moments import moment
from catalog.sources.paths import find
from catalog.sources.spec import SourceSpec

BEHIND, AHEAD = timedelta(days=1), timedelta(days=60)
USUAL = "Sports"
"""What an event's category is called where neither feed nor operator says one."""
MOST_ITEMS = 50_000
MOST_CHANNELS = 50
LONGEST = 300
EXPECTED = (Expectation("a list of events at the path that items names", bool),)


class EventsAPI:
    """An API, fetched."""

    def __init__(self, spec: SourceSpec, fetcher: Fetcher) -> None:
        self._spec = spec
        self._fetcher = fetcher

    async def schedule(self) -> Schedule:
        """Read the events."""
        page = await self._fetcher.get_changed(self._spec.url)
        return await asyncio.to_thread(parse, page.text, self._spec, datetime.now(UTC))


def parse(text: str, spec: SourceSpec, now: datetime) -> Schedule:
    """Return the feed's events.

    Raises
    ------
    SourceUnreadable
        If it is no JSON, or has no list where there should be one.
    """
    content = json_of(spec.name, text)
    items = listed(content, spec.items)
    expect(spec.name, items is not None, EXPECTED)
    unread: list[str] = []
    fixtures = tuple(_fixtures((items or [])[:MOST_ITEMS], spec, now, unread))
    return Schedule(fixtures=fixtures, unread=tuple(unread))


def listed(content: Any, path: str | None) -> list[Any] | None:
    """Return the events at `path`: what it leads to, or the one list that it leads to; None if nothing."""
    found = find(content, path) if path else [content]
    if len(found) == 1 and isinstance(found[0], list):
        return list(found[0])
    return found if found and all(isinstance(item, dict) for item in found) else None


def _fixtures(items: Iterable[Any], spec: SourceSpec, now: datetime, unread: list[str]) -> Iterator[Fixture]:
    for item in items:
        found = fixture_of(item, spec)
        if isinstance(found, Fixture):
            if now - BEHIND < found.starts_at < now + AHEAD:
                yield found
        elif len(unread) < UNREAD_KEPT:
            unread.append(found)


def fixture_of(item: Any, spec: SourceSpec) -> Fixture | str:
    """Return an event, or what it lacks."""
    teams = _texts(item, spec, "teams")
    title = next(iter(_texts(item, spec, "title")), "") or (" vs ".join(teams) if len(teams) == 2 else "")
    if not title:
        return "an event without a title, or two teams"
    starts_at = _moment(item, spec, "starts")
    if starts_at is None:
        return f"{title[:80]}: no moment at {' '.join(spec.fields['starts'])}"
    ends_at = _moment(item, spec, "ends")
    return Fixture(
        source=spec.name,
        category=next(iter(_texts(item, spec, "category")), "") or spec.category or USUAL,
        title=title,
        league=next(iter(_texts(item, spec, "league")), None),
        teams=teams if len(teams) == 2 else (),
        starts_at=starts_at,
        ends_at=ends_at if ends_at and starts_at < ends_at < starts_at + AHEAD else None,
        channels=tuple(
            FixtureChannel(native_id=None, name=name)
            for name in dict.fromkeys(_texts(item, spec, "channels")[:MOST_CHANNELS])
        ),
    )


def _texts(item: Any, spec: SourceSpec, field: str) -> tuple[str, ...]:
    """Return the texts that a field's path leads to; a list there is its items."""
    found = [value for path in spec.fields.get(field, ()) for value in find(item, path)]
    flat = [inner for value in found for inner in (value if isinstance(value, list) else [value])]
    told = (" ".join(str(value).split())[:LONGEST] for value in flat if isinstance(value, str | int | float))
    return tuple(text for text in told if text)


def _moment(item: Any, spec: SourceSpec, field: str) -> datetime | None:
    paths = spec.fields.get(field, ())
    values = [next(iter(find(item, path)), None) for path in paths]
    if len(values) == 1:
        return moment(values[0], spec.zone)
    return moment(" ".join(str(value).strip() for value in values), spec.zone) if values else None
