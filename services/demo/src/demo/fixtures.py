"""The schedule once more, as others publish it (pure): as iCalendar, and as an API's JSON.

Both tell of the same matches as the site, each in its own words: a calendar says "A vs B" and the sport as a
category, in London's time; the API says "B @ A" here and "FC A - B" there, and a start that is some minutes
off. Quirks: a match that was called off, one without a time of day, a training that repeats without end, one
that repeats four times.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from demo.schedule import LONDON, SERIES, Series

BEHIND, AHEAD = timedelta(hours=3), timedelta(days=2)
OFF = timedelta(minutes=5)
_CHANNELS = {"52": "Summit Sports", "59": "Velocity Live"}
_HEAD = (
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//demo//fixtures//EN",
    "X-WR-CALNAME:Fixtures",
    "X-WR-TIMEZONE:Europe/London",
)


def calendar(timestamp: float) -> str:
    """Return the matches as iCalendar, with CRLF as the standard wants."""
    now = datetime.fromtimestamp(timestamp, UTC)
    lines = [*_HEAD]
    for series, index, start in _matches(now):
        lines += _event(
            f"{series.first}-{start:%Y%m%dT%H%M}",
            f"SUMMARY:{_escaped(_teams_of(series, index, start))}",
            f"DTSTART;TZID=Europe/London:{start:%Y%m%dT%H%M%S}",
            "DURATION:PT2H",
            f"CATEGORIES:{series.category.removesuffix('</span>')}",
            f"DESCRIPTION:{series.league}\\nTV: {_channel(series)}",
        )
    return "\r\n".join([*lines, *_odd(now), "END:VCALENDAR", ""])


def _odd(now: datetime) -> Iterator[str]:
    tomorrow = now + timedelta(days=1)
    evening = f"{tomorrow:%Y%m%d}T200000"
    yield from _event("off", "SUMMARY:Called Off vs Rained Out", f"DTSTART:{evening}Z", "STATUS:CANCELLED")
    yield from _event("day", "SUMMARY:Regatta", f"DTSTART;VALUE=DATE:{tomorrow:%Y%m%d}")
    yield from _event("ever", "SUMMARY:Training", f"DTSTART:{evening}", "RRULE:FREQ=WEEKLY")
    yield from _event("four", "SUMMARY:Quiz Night", f"DTSTART:{evening}", "RRULE:FREQ=DAILY;COUNT=4")


def _event(name: str, *lines: str) -> list[str]:
    return ["BEGIN:VEVENT", f"UID:{name}@demo", "DTSTAMP:20250101T000000Z", *lines, "END:VEVENT"]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")


def api(timestamp: float) -> str:
    """Return the matches as an API has them."""
    now = datetime.fromtimestamp(timestamp, UTC)
    items: list[dict[str, Any]] = []
    for series, index, start in _matches(now):
        one, other = _teams_of(series, index, start).split(" vs ")
        items.append(
            {
                "name": f"{other} @ {one}" if index % 2 else f"FC {one} - {other}",
                "kickoff": (start + OFF).astimezone(UTC).isoformat(),
                "sport": {"name": series.category.removesuffix("</span>")},
                "competition": series.league,
                "tv": [{"name": _channel(series)}, {"name": "Far Shore Sports"}],
            }
        )
    items.append({"name": "To be announced", "kickoff": None, "sport": {"name": "Soccer"}})
    return json.dumps({"status": "ok", "matches": items})


def _matches(now: datetime) -> Iterator[tuple[Series, int, datetime]]:
    """Yield what teams play, from the site's schedule."""
    today = now.astimezone(LONDON).date()
    for series in SERIES:
        if not series.versus or "52" not in series.channels:
            continue
        for offset in (-1, 0, 1, 2):
            for index, start in series.starts(today + timedelta(days=offset)):
                if now - BEHIND <= start.astimezone(UTC) < now + AHEAD:
                    yield series, index, start


def _teams_of(series: Series, index: int, start: datetime) -> str:
    return series.title(start.date(), index).partition(" : ")[2]


def _channel(series: Series) -> str:
    return _CHANNELS[next(id_ for id_ in series.channels if id_ in _CHANNELS)]
