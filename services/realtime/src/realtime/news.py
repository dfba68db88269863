"""What arrives on NATS, as what leaves on Socket.IO. Pure.

`stream.failed` is between services: it has no place here but in the sequence.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from chassis.logging import get_logger
from contracts import subjects
from contracts.channel import ChannelStatus
from contracts.messages import CatalogChanged, EventStateChanged
from contracts.record import Record
from pydantic import ValidationError

log = get_logger("news")


@dataclass(frozen=True, slots=True)
class News:
    """One announcement: `record` is its body. Of a channel's only the latest counts."""

    sequence: int
    event: str
    record: Record
    channel_id: str | None = None

    def body(self, epoch: str, after: int) -> dict[str, Any]:
        """Return what clients get. Nothing that they could be told lies between `after` and this."""
        place = {"cursor": f"{epoch}-{self.sequence}", "after": f"{epoch}-{after}"}
        return {**self.record.model_dump(mode="json"), **place}


def _status(sequence: int, data: bytes) -> News:
    status = ChannelStatus.model_validate_json(data)
    return News(sequence, "channel_status", status, status.channel_id)


def _event(sequence: int, data: bytes) -> News:
    return News(sequence, "live_event", EventStateChanged.model_validate_json(data))


def _catalog(sequence: int, data: bytes) -> News:
    return News(sequence, "catalog_changed", CatalogChanged.model_validate_json(data))


READERS: dict[str, Callable[[int, bytes], News]] = {
    subjects.CHANNEL_STATUS: _status,
    subjects.EVENT_STATE: _event,
    subjects.CATALOG_CHANGED: _catalog,
}


def read(subject: str, sequence: int, data: bytes) -> News | None:
    """Return the announcement in a message; None where it holds nothing for clients."""
    reader = READERS.get(subject)
    try:
        return reader(sequence, data) if reader else None
    except ValidationError as error:
        log.warning("news.unreadable", subject=subject, sequence=sequence, errors=error.error_count())
        return None


def coalesce(news: Iterable[News]) -> list[News]:
    """Keep of each channel the last status, and all else, in order."""
    kept: dict[object, News] = {}
    for item in news:
        key: object = item.channel_id or item.sequence
        kept.pop(key, None)
        kept[key] = item
    return list(kept.values())
