"""The API's memory: follows the current generations in Redis, and outlives Redis's absence.

The pointers are looked at often, the lists are fetched only when one moved, and are made into records and
an index off the event loop; the guide stays packed. When Redis is away, what was read last is served on.
"""

import asyncio
import gc
import itertools
from typing import NamedTuple

from chassis.logging import get_logger
from chassis.redis import RedisClient
from contracts import keys
from contracts.channel import Channel
from contracts.event import Event
from contracts.source import SourceReport
from redis.exceptions import RedisError

from catalog import store
from catalog.snapshot import Channels, Events, Guide, Snapshot

log = get_logger("library")

POLL_S = 0.5
REPORTS_EVERY = 10
"""Polls between two looks at the sources' reports."""


class Versions(NamedTuple):
    """Which generations are current."""

    channels: str | None
    events: str | None
    guide: str | None


class Library:
    """What the routes answer from. Owned by the app; `follow` is its one writer."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._away = False
        self.snapshot = Snapshot.empty()
        self.reports: tuple[SourceReport, ...] = ()

    async def follow(self) -> None:
        """Keep up with the current generations, for ever."""
        for round_ in itertools.count():
            try:
                await self.refresh()
                if round_ % REPORTS_EVERY == 0:
                    self.reports = await store.source_reports(self._redis)
                self._away = False
            except RedisError as error:
                self._note_absence(error)
            await asyncio.sleep(POLL_S)

    async def refresh(self) -> None:
        """Fetch what is newer than what is held."""
        held = self.snapshot
        current = [keys.current(topic) for topic in ("channels", "events", "guide")]
        found = [version.decode() if version else None for version in await self._redis.mget(current)]
        versions = Versions(*found)
        channels = await self._channels(held, versions.channels)
        events = await self._events(held, versions.events)
        guide = await self._guide(held, versions.guide)
        if channels is not held.channels or events is not held.events:
            self.snapshot = await asyncio.to_thread(_indexed, Snapshot(channels, events, guide))
        elif guide is not held.guide:
            self.snapshot = await asyncio.to_thread(held.with_guide, guide)
        if self.snapshot is not held:
            gc.collect(1)
            gc.freeze()  # or the collector goes through all lists again and again, in somebody's request
            log.info(
                "catalog.loaded",
                channels=len(channels.all),
                events=len(events.all),
                guided=len(guide),
                version=channels.version,
            )

    async def _channels(self, held: Snapshot, version: str | None) -> Channels:
        if not version or version == held.channels.version:
            return held.channels
        texts = await store.load(self._redis, "channels", version)
        return await asyncio.to_thread(_channels, version, texts)

    async def _events(self, held: Snapshot, version: str | None) -> Events:
        if not version or version == held.events.version:
            return held.events
        texts = await store.load(self._redis, "events", version)
        return await asyncio.to_thread(_events, version, texts)

    async def _guide(self, held: Snapshot, version: str | None) -> Guide:
        if not version or version == held.guide.version:
            return held.guide
        return Guide(version, await store.load(self._redis, "guide", version))

    def _note_absence(self, error: RedisError) -> None:
        if not self._away:
            log.warning("redis.unreachable", error=repr(error), serving=self.snapshot.channels.version)
        self._away = True


def _channels(version: str, texts: dict[str, bytes]) -> Channels:
    return Channels(version, (Channel.model_validate_json(text) for text in texts.values()))


def _events(version: str, texts: dict[str, bytes]) -> Events:
    return Events(version, (Event.model_validate_json(text) for text in texts.values()))


def _indexed(snapshot: Snapshot) -> Snapshot:
    snapshot.build_indexes()
    return snapshot
