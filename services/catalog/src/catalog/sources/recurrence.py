"""Rules of repetition (RFC 5545, 3.3.10), as far as fixtures have them, walked day by day. Pure.

Walking days costs as many steps as there are days, whatever the rule says. Libraries that jump from one
occurrence to the next look for that of the 30th of February until the year 9999.

Understood are days, weeks, months and years, every so many of them, on weekdays, days of the month and in
months. A rule with anything else in it is refused: half a rule would be another one.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

UNDERSTOOD = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTHDAY", "BYMONTH"})
OFTEN = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WEEKDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")


@dataclass(frozen=True)
class Rule:
    """A rule. A weekday's place is in its month: 0 for every, 1 for the first, -1 for the last."""

    often: str
    interval: int = 1
    count: int | None = None
    week_starts: int = 0
    weekdays: frozenset[tuple[int, int]] = frozenset()
    month_days: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Rule":
        """Read a rule's parts.

        Raises
        ------
        ValueError
            If it isn't one that is understood; the message says why.
        """
        parts = {name.upper(): value for name, value in told.items()}
        often = str(_first(parts, "FREQ")).upper()
        if not {"COUNT", "UNTIL"} & parts.keys():
            raise ValueError("it repeats without end")
        if often not in OFTEN:
            raise ValueError("it repeats more often than daily")
        weekdays = frozenset(_weekday(str(day)) for day in parts.get("BYDAY", ()))
        in_month = often == "MONTHLY" or (often == "YEARLY" and "BYMONTH" in parts)
        if parts.keys() - UNDERSTOOD or (any(place for _, place in weekdays) and not in_month):
            raise ValueError("its rule of repetition is not understood")
        count = _first(parts, "COUNT")
        return cls(
            often,
            max(int(_first(parts, "INTERVAL") or 1), 1),
            int(count) if count is not None else None,
            DAYS.index(str(_first(parts, "WKST") or "MO").upper()),
            weekdays,
            frozenset(map(int, parts.get("BYMONTHDAY", ()))),
            frozenset(map(int, parts.get("BYMONTH", ()))),
        )

    def days(self, first: date, last: date) -> Iterator[date]:
        """Yield the days from `first`, which is one of them, to `last`."""
        every = (first + timedelta(days=step) for step in range((last - first).days + 1))
        return islice((day for day in every if day == first or self._has(day, first)), self.count)

    def _has(self, day: date, first: date) -> bool:
        return self._in_turn(day, first) and self._on(day, first)

    def _in_turn(self, day: date, first: date) -> bool:
        match self.often:
            case "DAILY":
                turns = (day - first).days
            case "WEEKLY":
                week_began = first - timedelta(days=(first.weekday() - self.week_starts) % 7)
                turns = (day - week_began).days // 7
            case "MONTHLY":
                turns = (day.year - first.year) * 12 + day.month - first.month
            case _:
                turns = day.year - first.year
        return turns % self.interval == 0

    def _on(self, day: date, first: date) -> bool:
        """Whether weekday, day and month are right; what the rule doesn't say is as on the first day."""
        if self.often == "YEARLY" and not self.months and not self.weekdays and day.month != first.month:
            return False
        if self.months and day.month not in self.months:
            return False
        days_in_month = monthrange(day.year, day.month)[1]
        if self.month_days and not {day.day, day.day - days_in_month - 1} & self.month_days:
            return False
        if self.weekdays:
            places = {0, (day.day - 1) // 7 + 1, -((days_in_month - day.day) // 7 + 1)}
            return any((day.weekday(), place) in self.weekdays for place in places)
        if self.often == "WEEKLY":
            return day.weekday() == first.weekday()
        return self.often == "DAILY" or bool(self.month_days) or day.day == first.day


def _first(parts: Mapping[str, Any], name: str) -> Any:
    value = parts.get(name)
    return (value[0] if value else None) if isinstance(value, list | tuple) else value


def _weekday(text: str) -> tuple[int, int]:
    match = WEEKDAY.fullmatch(text.upper())
    if match is None:
        raise ValueError("its rule of repetition is not understood")
    return DAYS.index(match[2]), int(match[1] or 0)
