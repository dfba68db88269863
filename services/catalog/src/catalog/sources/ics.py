"""Fixtures as iCalendar (RFC 5545): one event a match, `SUMMARY` "A vs B", `CATEGORIES` the sport.

Times are of the zone that they name; floating ones are of the operator's `timezone`, else of the calendar's
own (`X-WR-TIMEZONE`). An event without a time of day begins at no moment that could be announced, and is
reported. A cancelled one is left out. Channels are those that a line of the description names: `TV: One`.

Rules of repetition are followed where they end (`COUNT` or `UNTIL`) and go by days or more. The trap: a few
letters can stand for millions of days; so the days that all rules of a calendar may walk through are counted.
"""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar import Calendar

from catalog.errors import SourceUnreadable
from catalog.sources.base import UNREAD_KEPT, Expectation, Fixture, FixtureChannel, Schedule, expect
from catalog.sources.events import AHEAD, BEHIND, LONGEST, MOST_CHANNELS, USUAL
from catalog.sources.fetch import Fetcher
from catalog.sources.moments import in_utc
from catalog.sources.recurrence import Rule
from catalog.sources.spec import SourceSpec
from catalog.sources.text import decode

MOST_BYTES = 4 * 1024 * 1024
MOST_FIXTURES = 20_000
MOST_DAYS = 400_000
"""That all rules of one calendar may walk through, from their first day to the last that is shown."""
ON_TV = re.compile(
    r"^[ \t]*(?:TV|Channels?|Watch(?: on)?|Broadcast(?:er)?s?)[ \t]*:[ \t]*(\S.*)$",
    re.IGNORECASE | re.MULTILINE,
)
NOT_READ = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
"""What the libraries raise over a calendar, or a single event, that isn't one."""


def _begins_well(text: str) -> bool:
    return "BEGIN:VCALENDAR" in text[:2000].upper()


EXPECTED_TEXT = (
    Expectation("a calendar, beginning with BEGIN:VCALENDAR", _begins_well),
    Expectation(f"at most {MOST_BYTES} bytes", lambda text: len(text) <= MOST_BYTES),
)


class ICS:
    """A calendar, fetched."""

    def __init__(self, spec: SourceSpec, fetcher: Fetcher) -> None:
        self._spec = spec
        self._fetcher = fetcher

    async def schedule(self) -> Schedule:
        """Read the calendar."""
        page = await self._fetcher.get_changed(self._spec.url)
        return await asyncio.to_thread(parse, decode(page.body), self._spec, datetime.now(UTC))


def parse(text: str, spec: SourceSpec, now: datetime) -> Schedule:
    """Return the calendar's events between a day ago and two months ahead.

    Raises
    ------
    SourceUnreadable
        If it is no calendar.
    """
    expect(spec.name, text, EXPECTED_TEXT)
    try:
        calendars = Calendar.from_ical(text, multiple=True)
        events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
        reader = _Reader(spec, _zone(calendars[0], spec), now, _moved(events))
    except NOT_READ as error:
        raise SourceUnreadable(spec.name, "expected a calendar that can be parsed") from error
    fixtures = tuple(reader.fixtures(events))
    return Schedule(fixtures=fixtures, unread=tuple(reader.unread))


def _zone(calendar: Any, spec: SourceSpec) -> tzinfo:
    if spec.timezone:
        return spec.zone
    try:
        return ZoneInfo(str(calendar.get("X-WR-TIMEZONE") or "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _moved(events: list[Any]) -> set[tuple[str, Any]]:
    """Return the single occurrences, of events that repeat, that stand elsewhere with a time of their own."""
    return {(str(event.get("UID")), moved.dt) for event in events if (moved := event.get("RECURRENCE-ID"))}


@dataclass
class _Reader:
    """Turns one calendar's events into fixtures, within its bounds."""

    spec: SourceSpec
    zone: tzinfo
    now: datetime
    moved: set[tuple[str, Any]]
    unread: list[str] = field(default_factory=list)
    days_left: int = MOST_DAYS
    fixtures_left: int = MOST_FIXTURES

    def fixtures(self, events: list[Any]) -> Iterator[Fixture]:
        """Yield what is to be shown; note what can't be read."""
        for event in events:
            title = ""
            try:
                title = " ".join(str(event.get("SUMMARY") or "").split())[:LONGEST]
                found = list(self._of(event, title))
            except NOT_READ:
                self._note(f"{title[:80] or 'an event'}: it can't be parsed")
                continue
            yield from found[: self.fixtures_left]
            self.fixtures_left -= min(len(found), self.fixtures_left)

    def _note(self, told: str) -> None:
        if len(self.unread) < UNREAD_KEPT:
            self.unread.append(told)

    def _of(self, event: Any, title: str) -> Iterator[Fixture]:
        if str(event.get("STATUS") or "").upper() == "CANCELLED":
            return
        start: Any = event["DTSTART"].dt if "DTSTART" in event else None
        if lack := _lack(event, title, start):
            self._note(f"{title[:80] or 'an event'}: {lack}")
            return
        start = start if start.tzinfo else start.replace(tzinfo=self.zone)
        lasts = self._lasts(event, start)
        for begin in self._begins(event, title, start):
            starts_at = begin.astimezone(UTC)
            if self.now - BEHIND < starts_at < self.now + AHEAD:
                yield self._fixture(event, title, starts_at, starts_at + lasts if lasts else None)

    def _lasts(self, event: Any, start: datetime) -> timedelta | None:
        """Return how long it lasts, where it says that and means it."""
        if (end := event.get("DTEND")) and isinstance(end.dt, datetime):
            lasts = in_utc(end.dt, self.zone) - start.astimezone(UTC)
        elif (duration := event.get("DURATION")) and isinstance(duration.dt, timedelta):
            lasts = duration.dt
        else:
            return None
        return lasts if timedelta(0) < lasts < AHEAD else None

    def _begins(self, event: Any, title: str, start: datetime) -> Iterator[datetime]:
        """Yield its beginnings: one, or those of its rule that no other event stands for."""
        rule = event.get("RRULE")
        if rule is None:
            yield start
            return
        try:
            every = list(self._walk(rule, start))
        except ValueError as error:
            self._note(f"{title[:80]}: {error}")
            return
        left_out = {_utc(moment) for moment in _dates(event.get("EXDATE"), self.zone)}
        left_out |= {_utc(in_utc(at, self.zone)) for uid, at in self.moved
                     if uid == str(event.get("UID")) and isinstance(at, datetime)}  # fmt: skip
        every += _dates(event.get("RDATE"), self.zone)
        yield from (begin for begin in every if _utc(begin) not in left_out)

    def _walk(self, told: Any, start: datetime) -> Iterator[datetime]:
        """Yield a rule's occurrences. It goes by the clock on the wall: 20:00 stays 20:00."""
        if isinstance(told, list):
            raise ValueError("more than one rule of repetition")  # noqa: TRY004  (of the calendar, not of ours)
        rule, zone = Rule.of(told), start.tzinfo
        last = (self.now + AHEAD).astimezone(zone).replace(tzinfo=None)
        for until in told.get("UNTIL", ()):
            last = min(last, _naive(until, zone))
        days = max((last.date() - start.date()).days, 0)
        if days > self.days_left:
            raise ValueError("it repeats since too long ago")
        self.days_left -= days
        for day in rule.days(start.date(), last.date()):
            begin = datetime.combine(day, start.time())
            if begin <= last:
                yield begin.replace(tzinfo=zone)

    def _fixture(self, event: Any, title: str, starts_at: datetime, ends_at: datetime | None) -> Fixture:
        return Fixture(
            source=self.spec.name,
            category=next(_categories(event), "") or self.spec.category or USUAL,
            title=title,
            starts_at=starts_at,
            ends_at=ends_at,
            channels=tuple(FixtureChannel(native_id=None, name=name) for name in _on_tv(event)),
        )


def _lack(event: Any, title: str, start: Any) -> str | None:
    """Return why an event can't be announced."""
    if not title:
        return "no SUMMARY"
    if not isinstance(start, datetime):
        return "no time of day"
    zone = event["DTSTART"].params.get("TZID")
    return f"nobody knows its time zone, {str(zone)[:40]}" if zone and not start.tzinfo else None


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _naive(until: date | datetime, zone: tzinfo | None) -> datetime:
    """Return an `UNTIL` on the wall's clock; a date is all of its day."""
    if not isinstance(until, datetime):
        return datetime(until.year, until.month, until.day, 23, 59, 59)  # noqa: DTZ001  (as the rule is walked)
    return until.astimezone(zone).replace(tzinfo=None) if until.tzinfo else until


def _dates(value: Any, zone: tzinfo) -> Iterator[datetime]:
    """Yield the moments of `EXDATE` or `RDATE`: one line of them, or several."""
    for line in value if isinstance(value, list) else [value] if value is not None else []:
        for told in line.dts:
            if isinstance(told.dt, datetime):
                yield told.dt if told.dt.tzinfo else told.dt.replace(tzinfo=zone)


def _categories(event: Any) -> Iterator[str]:
    value = event.get("CATEGORIES")
    for line in value if isinstance(value, list) else [value] if value is not None else []:
        for name in getattr(line, "cats", [line]):
            if text := " ".join(str(name).split())[:LONGEST]:
                yield text


def _on_tv(event: Any) -> list[str]:
    told = (match[1] for match in ON_TV.finditer(str(event.get("DESCRIPTION") or "")))
    names = (" ".join(name.split())[:LONGEST] for line in told for name in re.split(r"[,;]", line))
    return list(dict.fromkeys(filter(None, names)))[:MOST_CHANNELS]
