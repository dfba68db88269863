"""What a search finds, ranked; the same over HTTP and Socket.IO."""

from enum import StrEnum

from pydantic import Field

from contracts.record import Record


class HitKind(StrEnum):
    """What was found."""

    CHANNEL = "channel"
    EVENT = "event"


class Hit(Record):
    """One find. `score` is 0 to 100, best first."""

    kind: HitKind
    id: str
    name: str
    detail: str = ""
    """The channel's group, or the event's category."""
    number: int | None = None
    logo: str | None = None
    score: float = Field(ge=0, le=100)


class SearchResults(Record):
    """The answer to a search. `took_ms` is the time in the index."""

    query: str
    results: tuple[Hit, ...]
    took_ms: float
