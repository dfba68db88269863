"""One fetch, many readers.

The first request for a thing opens the upstream; those that come while it runs join it and read from
byte 0. When the last reader leaves, the fetch is cancelled. A fetch that failed fails its readers once,
each with the same error, and is forgotten: the next request tries again. A body that breaks off is resumed
where it broke, once, before anybody is told.

The trap: a reader that stops reading must cost nobody else anything, so what has arrived is kept by the fetch
and each reader walks it at its own pace.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

from chassis import tasks

from streamer.body import Body
from streamer.cache import Cache, Cached
from streamer.errors import (
    SegmentGone,
    StreamerError,
    UnexpectedError,
    UpstreamBroken,
    UpstreamError,
    UpstreamTimeout,
    forget_way,
)
from streamer.tier import Tier
from streamer.upstream import Answer
from streamer.wire import Choose, Head, Sink

Elsewhere = Callable[[], Awaitable[bytes | None]]
"""Gives a body that another node fetches; nothing where it is this node's to fetch."""

Open = Callable[[int, Choose], Awaitable[Answer]]
"""Opens the upstream's body from some byte on, and says where it goes."""

EMPTY = memoryview(b"")


class Fetch:
    """One upstream body, growing. Owned by the `Relay`; readers only look."""

    in_place = True

    def __init__(self) -> None:
        self._body = Body()
        self._waiting: list[asyncio.Future[None]] = []
        self._begun = False
        self._length: int | None = None
        self.done = False
        self._error: StreamerError | None = None
        self.readers = 0
        self.task: asyncio.Task[None] | None = None

    # for readers

    async def length(self) -> int | None:
        """Wait for the answer's head; return the body's length where the upstream says it.

        Raises
        ------
        StreamerError
            If there is no such answer.
        """
        while not self._begun:
            if self._error is not None:
                raise self._error
            await self._growth()
        return self._length

    async def take(self, at: int) -> memoryview:
        """Return what is there from byte `at` on, as soon as there is something; nothing at the end.

        Raises
        ------
        StreamerError
            If the upstream broke off: the reader has fewer bytes than were promised.
        """
        while not (piece := self._body.take(at)):
            if self._error is not None:
                raise self._error
            if self.done:
                return EMPTY
            await self._growth()
        return piece

    async def read(self) -> AsyncIterator[memoryview]:
        """Yield every piece from the first, then end as the fetch ended.

        Raises
        ------
        StreamerError
            As `take`.
        """
        at = 0
        while piece := await self.take(at):
            at += len(piece)
            yield piece

    async def _growth(self) -> None:
        grown: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(grown)
        await grown

    # for the connection, as its sink

    def room(self) -> memoryview:
        """Return where the next bytes go."""
        return self._body.room()

    def advance(self, count: int) -> None:
        """Note that they are there."""
        self._body.advance(count)
        self._wake()

    def write(self, piece: bytes | memoryview) -> None:
        """Take a piece that lies elsewhere."""
        self._body.write(piece)
        self._wake()

    # for the relay

    async def run(self, open_answer: Open) -> memoryview | None:
        """Fetch the body; return it whole, or None if it failed."""
        try:
            await self._bring(open_answer)
        except StreamerError as error:
            self.abandon(error)
            return None
        self._end(None)
        return self._body.whole()

    def give(self, body: bytes) -> memoryview:
        """Be the whole body at once: another node fetched it."""
        whole = memoryview(body)
        self._body = Body(len(body))
        self._body.write(whole)
        self._begun, self._length = True, len(body)
        self._end(None)
        return self._body.whole()

    def abandon(self, error: StreamerError) -> None:
        """End it before it is whole, for whoever still looks."""
        forget_way(error)
        self._end(error)

    async def _bring(self, open_answer: Open) -> None:
        async with await open_answer(0, self._begin) as answer:
            try:
                return await answer.receive(self)
            except (UpstreamBroken, UpstreamTimeout) as error:
                if not self._length or not 0 < self._body.size < self._length:
                    raise
                broke = error
        await self._resume(open_answer, self._length, broke)

    def _begin(self, head: Head) -> Sink:
        """Make room for the body as soon as its length is known."""
        length = None if "content-encoding" in head.headers else head.length
        self._body = Body(length)
        self._begun, self._length = True, length
        self._wake()
        return self

    async def _resume(self, open_answer: Open, length: int, broke: UpstreamError) -> None:
        """Fetch what is missing; where the source can't do that, say how it broke."""
        missing = length - self._body.size

        def fits(head: Head) -> Sink | None:
            return self if head.status == 206 and head.length == missing else None

        try:
            async with await open_answer(self._body.size, fits) as rest:
                if rest.status != 206 or rest.length != missing:
                    raise broke
                await rest.receive(self)
        except UpstreamError as error:
            raise broke from error

    def _end(self, error: StreamerError | None) -> None:
        self.done, self._error = True, error
        self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for grown in waiting:
            if not grown.done():
                grown.set_result(None)


class Relay:
    """Bodies by name: from the cache, from a fetch under way, or from a new one."""

    def __init__(self, cache: Cache, tier: Tier | None = None) -> None:
        self._cache = cache
        self._tier = tier
        self._fetches: dict[str, Fetch] = {}
        self.fetched_bodies = self.fetched_bytes = 0
        """What came from sources, whole: beside what was sent it shows what sharing saves."""

    @property
    def under_way(self) -> int:
        """How many fetches run."""
        return len(self._fetches)

    def cached(self, name: str) -> Cached | None:
        """Return a finished body."""
        return self._cache.get(name)

    async def keep(self, name: str, content: bytes, keep_s: float, *, give: bool) -> None:
        """Keep a body that was made here, and tell all nodes; `give` it before anybody asks.

        One that is too large to be kept here is given.
        """
        body = memoryview(content)
        self._cache.put(name, body, keep_s)
        if self._tier is not None:
            if give or name not in self._cache:
                await self._tier.give(name, body)
            await self._tier.fetched(name, body, keep_s)

    async def recall(self, name: str, keep_s: float) -> bool:
        """Hold a body here, too, that another node made; whether it is still to be had."""
        try:
            body = await self.whole(name, _gone, keep_s)
        except StreamerError:
            return False
        if self._tier is not None:
            await self._tier.fetched(name, memoryview(body.read()), keep_s)
        return True

    async def give(self, names: Iterable[str]) -> None:
        """Give bodies that are here to all nodes: this one is about to leave."""
        for name in names:
            if self._tier is not None and (body := self.held(name)) is not None:
                await self._tier.give(name, body)

    def held(self, name: str) -> bytes | memoryview | None:
        """Return a finished body's bytes, for another node."""
        body = self._cache.get(name)
        return None if body is None else body.read()

    def join(
        self, name: str, open_answer: Open, keep_s: float, elsewhere: Elsewhere | None = None
    ) -> "Reading":
        """Join the fetch of `name`, or start it: what `elsewhere` gives, else with `open_answer`."""
        fetch = self._fetches.get(name)
        if fetch is None:
            fetch = self._fetches[name] = Fetch()
            fetch.task = tasks.spawn(self._run(name, fetch, open_answer, keep_s, elsewhere), "fetch")
        return Reading(self, name, fetch)

    async def whole(
        self, name: str, open_answer: Open, keep_s: float, elsewhere: Elsewhere | None = None
    ) -> Cached:
        """Return the whole body, for those who can't begin with less.

        Raises
        ------
        StreamerError
            As the fetch.
        """
        if (body := self._cache.get(name)) is not None:
            return body
        async with self.join(name, open_answer, keep_s, elsewhere) as fetch:
            content = b"".join([piece async for piece in fetch.read()])
        return self._cache.get(name) or Cached(memoryview(content), 0.0)

    async def _run(
        self, name: str, fetch: Fetch, open_answer: Open, keep_s: float, elsewhere: Elsewhere | None
    ) -> None:
        try:
            if elsewhere is not None and (body := await elsewhere()) is not None:
                self._cache.put(name, fetch.give(body), keep_s)
            elif self._tier is None:
                await self._fetch(name, fetch, open_answer, keep_s)
            else:
                await self._share(self._tier, name, fetch, open_answer, keep_s)
        except StreamerError as error:
            fetch.abandon(error)
        finally:
            if not fetch.done:  # a fault of ours: nobody waits for what will not come
                fetch.abandon(UnexpectedError())
            self._forget(name, fetch)
            fetch.task = None  # who was cancelled keeps where, and so the fetch

    async def _fetch(self, name: str, fetch: Fetch, open_answer: Open, keep_s: float) -> memoryview | None:
        body = await fetch.run(open_answer)
        if body is not None:
            self.fetched_bodies += 1
            self.fetched_bytes += len(body)
            self._cache.put(name, body, keep_s)
        self._forget(name, fetch)
        return body

    async def _share(self, tier: Tier, name: str, fetch: Fetch, open_answer: Open, keep_s: float) -> None:
        """Fetch the body for all nodes, or take it from the one that did."""
        turn = await tier.turn(name)
        body: memoryview | None = None
        try:
            if turn.body is not None:
                self._cache.put(name, fetch.give(turn.body), keep_s)
            else:
                body = await self._fetch(name, fetch, open_answer, keep_s)
        finally:
            if turn.leads:
                await tier.fetched(name, body, keep_s)

    def leave(self, name: str, fetch: Fetch) -> None:
        """Note that a reader left; the last one takes the fetch along."""
        fetch.readers -= 1
        if fetch.readers == 0 and fetch.task is not None and not fetch.done:
            self._forget(name, fetch)
            fetch.abandon(UpstreamBroken("the relay", "nobody was left to read"))
            fetch.task.cancel()

    def _forget(self, name: str, fetch: Fetch) -> None:
        if self._fetches.get(name) is fetch:
            del self._fetches[name]


async def _gone(_: int, __: Choose) -> Answer:
    raise SegmentGone


class Reading:
    """A reader's stay with a fetch: a context, so that it always leaves."""

    def __init__(self, relay: Relay, name: str, fetch: Fetch) -> None:
        self._relay, self._name, self._fetch = relay, name, fetch
        fetch.readers += 1

    async def __aenter__(self) -> Fetch:
        """Return the fetch."""
        return self._fetch

    async def __aexit__(self, *_: object) -> None:
        """Leave it."""
        self._relay.leave(self._name, self._fetch)
