"""What changes by the minute, read from Redis when somebody asks, and no more often than every two seconds.

However many ask, Redis is asked once; those who come in between are given what was read last. When Redis is
away, that is what everybody is given.
"""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any, NamedTuple

from chassis import registry
from chassis.logging import get_logger
from chassis.redis import RedisClient
from contracts import keys
from contracts.channel import Channel, ChannelStatus, Status
from contracts.now import Bus, ChannelNow, Media, Node
from contracts.programme import Programme
from redis.exceptions import RedisError

from catalog.snapshot import Snapshot

log = get_logger("pulse")

LASTS_S = 2.0


class Reading(NamedTuple):
    """What Redis said."""

    statuses: dict[str, ChannelStatus]
    viewers: dict[str, int]
    nodes: tuple[Node, ...]
    jobs: dict[str, int] = {}  # noqa: RUF012  (never written to)
    """What jobs did: `{job}:ok`, `{job}:failed`, `{job}:ms`."""

    waiting: int | None = None
    """Announcements in the outbox."""

    @property
    def media(self) -> Media:
        """What the streamers that are there have done, together."""
        told = [found for each in self.nodes if isinstance(found := each.details.get("media"), dict)]
        return Media(**{name: sum(int(each.get(name, 0)) for each in told) for name in Media.model_fields})

    @property
    def bus(self) -> Bus:
        """How announcements travel."""
        told = [each.details.get("nats") for each in self.nodes if each.service == "realtime"]
        return Bus(listening=told.count("ok"), replicas=len(told), waiting=self.waiting)

    @property
    def clients(self) -> int:
        """How many Socket.IO clients there are, on all replicas."""
        counts = (node.details.get("clients") for node in self.nodes if node.service == "realtime")
        return sum(count for count in counts if isinstance(count, int))


class OnAir(NamedTuple):
    """What a channel shows, and until when that is true."""

    until: datetime
    now: Programme | None
    next: Programme | None


class Pulse:
    """The last reading, and what is on."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._reading = Reading({}, {}, ())
        self._read_at = float("-inf")
        self._turn = asyncio.Lock()
        self._of: Snapshot | None = None
        self._on_air: dict[str, OnAir] = {}

    @property
    def last(self) -> Reading:
        """What was read last, however old it is."""
        return self._reading

    async def reading(self) -> Reading:
        """Return what is known, at most `LASTS_S` old."""
        async with self._turn:
            if time.monotonic() - self._read_at >= LASTS_S:
                try:
                    self._reading = await self._read()
                except RedisError as error:
                    log.debug("redis.unreachable", error=repr(error))
                self._read_at = time.monotonic()
        return self._reading

    async def _read(self) -> Reading:
        texts = await self._redis.hgetall(keys.STATUSES)
        statuses = {id_.decode(): ChannelStatus.model_validate_json(text) for id_, text in texts.items()}
        present = await registry.present(self._redis, keys.NODES)
        jobs = {name.decode(): int(count) for name, count in (await self._redis.hgetall(keys.JOBS)).items()}
        waiting = int(await self._redis.llen(keys.OUTBOX))
        return Reading(statuses, await self._viewers(), tuple(_nodes(present)), jobs, waiting)

    async def _viewers(self) -> dict[str, int]:
        found = [key async for key in self._redis.scan_iter(match=keys.AUDIENCES, count=500)]
        async with self._redis.pipeline(transaction=False) as pipeline:
            for key in found:
                pipeline.zcount(key, time.time(), "+inf")
            counts = await pipeline.execute()
        prefix = keys.audience("")
        return {
            key.decode().removeprefix(prefix): int(count) for key, count in zip(found, counts, strict=True)
        }

    def of(self, channel: Channel, reading: Reading, snapshot: Snapshot, moment: datetime) -> ChannelNow:
        """Return how a channel is at a moment."""
        status = reading.statuses.get(channel.id)
        on_air = self._on(channel.id, snapshot, moment)
        return ChannelNow(
            id=channel.id,
            status=status.status if status else Status.UNKNOWN,
            latency_ms=status.latency_ms if status else None,
            viewers=reading.viewers.get(channel.id, 0),
            now=on_air.now,
            next=on_air.next,
        )

    def _on(self, channel_id: str, snapshot: Snapshot, moment: datetime) -> OnAir:
        """Return what is on. It is looked up once per programme: guides are packed."""
        if snapshot is not self._of:
            self._of, self._on_air = snapshot, {}
        found = self._on_air.get(channel_id)
        if found is None or moment >= found.until:
            on, following = snapshot.listings.now_and_next(channel_id, moment)
            until = on.stop if on else following.start if following else datetime.max.replace(tzinfo=UTC)
            found = self._on_air[channel_id] = OnAir(until, on, following)
        return found


def _nodes(present: dict[str, dict[str, Any]]) -> list[Node]:
    prefix = keys.node("", "").rstrip(":")
    found = []
    for key, details in present.items():
        service, _, name = key.removeprefix(prefix).lstrip(":").partition(":")
        found.append(Node(service=service, name=name, details=details))
    return found
