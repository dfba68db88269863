"""The catalog's current generations, held in memory for searches and events.

A generation is read as a whole when its pointer moves: the pointer is looked at every few seconds and
whenever NATS says that the catalog changed. The index is built off the loop and then put in place of the
old one. With Redis away everything goes on from memory.
"""

import asyncio
import contextlib
import functools
import gc
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from chassis.logging import get_logger
from chassis.redis import RedisClient
from contracts import keys
from contracts.channel import Channel, ChannelView
from contracts.event import Event, EventState
from contracts.record import Record
from contracts.search import Hit
from finder import Index
from pydantic import ValidationError
from redis.exceptions import RedisError

from realtime.errors import CatalogUnavailable
from realtime.metrics import Metrics

log = get_logger("catalog")

TOPICS: tuple[keys.Topic, ...] = ("channels", "events")

LOOK_S = 5.0
AT_ONCE_MOST = 20_000
"""In a list no longer than this a search takes a millisecond: less than to hand it to a thread and back."""

FLIPS_MOST = 5
"""How often in a row the pointer may move while a generation is being read."""

NARROWED_MOST = 1_000
"""How many finds are looked through for those of some groups."""

R = TypeVar("R", bound=Record)


class Generation(NamedTuple):
    """What a pointer led to."""

    version: str
    records: list[bytes]


class Catalog:
    """Channels and events, findable."""

    def __init__(self, redis: RedisClient, metrics: Metrics) -> None:
        self._redis = redis
        self._metrics = metrics
        self._versions: dict[keys.Topic, str] = {}
        self._channels: tuple[ChannelView, ...] = ()
        self._ids_of: dict[frozenset[str], set[str]] = {}
        self._events: tuple[Event, ...] = ()
        self._index: Index | None = None
        self._changed = asyncio.Event()
        self._reachable = True
        self._searching = ThreadPoolExecutor(1, "search")
        """One thread: several at once would only take the processor from each other."""

    def wake(self) -> None:
        """Look at the pointers now: somebody said that they moved."""
        self._changed.set()

    async def follow(self) -> None:
        """Keep up with the catalog, for ever."""
        while True:
            self._changed.clear()
            await self.refresh()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._changed.wait()

    async def refresh(self) -> None:
        """Read what has changed. Redis being away is no error, but is said once."""
        try:
            await self._refresh()
        except RedisError as error:
            if self._reachable:
                log.warning("catalog.unreachable", error=repr(error))
            self._reachable = False
        else:
            self._reachable = True

    async def find(self, query: str, limit: int, groups: frozenset[str] = frozenset()) -> tuple[Hit, ...]:
        """Search; in some groups only, if they are said. In a long list off the loop.

        Raises
        ------
        CatalogUnavailable
            If nothing has been read yet.
        """
        if self._index is None:
            raise CatalogUnavailable
        with self._metrics.search_seconds.time():
            if not groups:
                return await self._find(self._index, query, limit)
            found = await self._find(self._index, query, NARROWED_MOST)
        shown = self._ids(groups) | {event.id for event in self._shown(groups)}
        return tuple(hit for hit in found if hit.id in shown)[:limit]

    async def _find(self, index: Index, query: str, limit: int) -> tuple[Hit, ...]:
        if len(index) <= AT_ONCE_MOST or index.known(query, limit) is not None:
            return index.find(query, limit)
        search = functools.partial(index.find, query, limit)
        return await asyncio.get_running_loop().run_in_executor(self._searching, search)

    def _ids(self, groups: frozenset[str]) -> set[str]:
        """Return the channels of some groups: looked for once in each list, which may be long."""
        known = self._ids_of  # before the channels: a new list comes from a thread, and then its empty memory
        if (ids := known.get(groups)) is None:
            ids = known[groups] = {each.id for each in self._channels if each.group.casefold() in groups}
        return ids

    def _shown(self, groups: frozenset[str]) -> Iterable[Event]:
        """Return the events of some groups' channels, with these alone."""
        if not groups:
            return self._events
        return [shown for event in self._events if (shown := self.narrowed(event, groups))]

    def narrowed(self, event: Event, groups: frozenset[str]) -> Event | None:
        """Return an event with the channels of some groups alone; None if it has none of them."""
        ids = self._ids(groups)
        channels = tuple(each for each in event.channels if each.id in ids)
        return event.model_copy(update={"channels": channels}) if channels else None

    def live_events(self, groups: frozenset[str] = frozenset()) -> list[Event]:
        """Return the events that are on now, in order of their start; of some groups only, if they are said.

        Raises
        ------
        CatalogUnavailable
            If nothing has been read yet.
        """
        if self._index is None:
            raise CatalogUnavailable
        now = datetime.now(UTC)
        live = (event for event in self._shown(groups) if event.state_at(now) is EventState.LIVE)
        return [event.model_copy(update={"state": EventState.LIVE}) for event in live]

    async def _refresh(self) -> None:
        fresh = {topic: found for topic in TOPICS if (found := await self._read(topic))}
        if not fresh and self._index is not None:
            return
        started = time.perf_counter()
        await asyncio.to_thread(self._rebuild, fresh)
        gc.freeze()  # or the collector goes through the whole list again and again: 0.2 s each time
        took_s = time.perf_counter() - started
        self._metrics.index_seconds.observe(took_s)
        log.info(
            "index.built", entries=len(self._index or ()), took_ms=round(took_s * 1000), **self._versions
        )

    async def _read(self, topic: keys.Topic) -> Generation | None:
        """Return a topic's current generation, if it isn't ours yet.

        A generation that is pruned while it is read has lost its pointer before: then we look again.
        """
        for _ in range(FLIPS_MOST):
            version = await self._version(topic)
            if not version or version == self._versions.get(topic):
                return None
            records = await self._redis.hvals(keys.generation(topic, version))
            if await self._version(topic) == version:
                return Generation(version, records)
        return None

    async def _version(self, topic: keys.Topic) -> str:
        version: bytes = await self._redis.get(keys.current(topic)) or b""
        return version.decode()

    def _rebuild(self, fresh: dict[keys.Topic, Generation]) -> None:
        if "channels" in fresh:
            views = (channel.view() for channel in _parsed(Channel, fresh["channels"].records))
            self._channels = tuple(sorted(views, key=lambda view: view.number))
            self._ids_of = {}
        if "events" in fresh:
            events = _parsed(Event, fresh["events"].records)
            self._events = tuple(sorted(events, key=lambda event: event.starts_at))
        self._index = Index.of(self._channels, self._events)
        self._versions |= {topic: found.version for topic, found in fresh.items()}


def _parsed(model: type[R], records: Iterable[bytes]) -> list[R]:
    """Read records; one that can't be read is left out and counted in the log."""
    good, bad = [], 0
    for record in records:
        try:
            good.append(model.model_validate_json(record))
        except ValidationError:
            bad += 1
    if bad:
        log.warning("catalog.unreadable", records=bad, model=model.__name__)
    return good
