"""How each channel is doing, as last heard: from Redis when somebody asks, from NATS in between.

Reading is shared and at most every `FRESH_S`: when a replica dies, thousands of clients join here at
once. With Redis away the last known statuses are given.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator

from chassis.logging import get_logger
from chassis.redis import RedisClient
from contracts import keys
from contracts.channel import ChannelStatus
from pydantic import ValidationError
from redis.exceptions import RedisError

log = get_logger("statuses")

FRESH_S = 2.0


class Statuses:
    """The last status of every channel that has one."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._known: dict[str, ChannelStatus] = {}
        self._raw: dict[bytes, bytes] = {}
        self._reading = asyncio.Lock()
        self._read_at = float("-inf")

    def note(self, status: ChannelStatus) -> None:
        """Take over a status, unless a later one is known."""
        known = self._known.get(status.channel_id)
        if known is None or known.checked_at <= status.checked_at:
            self._known[status.channel_id] = status

    def knows(self, status: ChannelStatus) -> bool:
        """Whether this status, or a later one of its channel, is known."""
        known = self._known.get(status.channel_id)
        return known is not None and known.checked_at >= status.checked_at

    def of(self, channel_ids: Iterable[str] | None) -> Iterator[ChannelStatus]:
        """Yield the statuses of these channels, or of all; each as it is when its turn comes."""
        for channel_id in list(self._known) if channel_ids is None else channel_ids:
            if status := self._known.get(channel_id):
                yield status

    async def freshen(self) -> None:
        """Read Redis, unless that was just done. Its absence is no error."""
        async with self._reading:
            if time.monotonic() - self._read_at < FRESH_S:
                return
            try:
                self._take(await self._redis.hgetall(keys.STATUSES))
            except RedisError as error:
                log.debug("statuses.unreachable", error=repr(error))
            self._read_at = time.monotonic()

    def _take(self, raw: dict[bytes, bytes]) -> None:
        for channel_id, data in raw.items():
            if self._raw.get(channel_id) != data:
                self._note_raw(data)
        self._raw = raw

    def _note_raw(self, data: bytes) -> None:
        try:
            self.note(ChannelStatus.model_validate_json(data))
        except ValidationError as error:
            log.warning("status.unreadable", errors=error.error_count())
