"""Moments, as feeds write them: ISO 8601, seconds or milliseconds since 1970, the dates of mail headers.

What comes without a zone is of the source's. A date alone is no moment: nobody can be told when it begins.
"""

import re
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any

NUMBER = re.compile(r"-?\d{9,14}(?:\.\d{1,9})?")
HAS_TIME = re.compile(r"\d[T ]\s*\d{1,2}:?\d\d")
MILLISECONDS_FROM = 1e11
"""Beyond it a number of seconds would be in the year 5138."""


def moment(value: Any, zone: tzinfo) -> datetime | None:
    """Return the moment that a value says, in UTC; None where it says none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value).strip()
    try:
        if NUMBER.fullmatch(text):
            number = float(text)
            return datetime.fromtimestamp(number / 1000 if abs(number) > MILLISECONDS_FROM else number, UTC)
        return in_utc(_written(text), zone)
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None


def _written(text: str) -> datetime:
    if HAS_TIME.search(text[:24]) and text[:4].isdigit():
        return datetime.fromisoformat(re.sub(r"(\d)\s+(?=[+-]\d\d)", r"\1", text))
    return parsedate_to_datetime(text)


def in_utc(value: datetime, zone: tzinfo) -> datetime:
    """Return a moment in UTC; without a zone of its own it is in `zone`."""
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
