"""One fetch, many readers.

The first request for a thing opens the upstream; those that come while it runs join it and read from
byte 0. When the last reader leaves, the fetch is cancelled. A fetch that failed fails its readers once,
each with the same error, and is forgotten: the next request tries again.

The trap: a reader that stops reading must cost nobody else anything, so pieces are kept by the fetch
and each reader walks them at its own pace.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from chassis import tasks

from streamer.cache import Cache
from streamer.errors import StreamerError, UpstreamBroken
from streamer.tier import Tier
from streamer.upstream import Answer

BODY_MOST_BYTES = 64 * 1024 * 1024
"""No segment is larger: an upstream that sends for ever is cut off here."""

Open = Callable[[], Awaitable[Answer]]


class Fetch:
    """One upstream body, growing. Owned by the `Relay`; readers only look."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._grown = asyncio.Event()
        self._head: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self.done = False
        self._error: StreamerError | None = None
        self.readers = 0
        self.task: asyncio.Task[None] | None = None

    async def length(self) -> int | None:
        """Wait for the answer's head; return the body's length where the upstream says it.

        Raises
        ------
        StreamerError
            If there is no such answer.
        """
        return await asyncio.shield(self._head)

    async def read(self) -> AsyncIterator[bytes]:
        """Yield every piece from the first, those that wait together as one, then end as the fetch ended.

        Raises
        ------
        StreamerError
            If the upstream broke off: the reader has fewer bytes than were promised.
        """
        at = 0
        while True:
            waiting = self._pieces[at:]
            at += len(waiting)
            if waiting:
                yield waiting[0] if len(waiting) == 1 else b"".join(waiting)
            elif self._error is not None:
                raise self._error
            elif self.done:
                return
            else:
                await self._grown.wait()

    async def run(self, open_answer: Open) -> bytes | None:
        """Fetch the body; return it whole, or None if it failed."""
        try:
            async with await open_answer() as answer:
                self._head.set_result(answer.length)
                async for piece in answer.pieces():
                    self._grow(piece, answer.host)
                self._check_length(answer)
        except StreamerError as error:
            self._end(error)
            return None
        self._end(None)
        return b"".join(self._pieces)

    def give(self, body: bytes) -> None:
        """Be the whole body at once: another node fetched it."""
        self._head.set_result(len(body))
        self._pieces.append(body)
        self._end(None)

    def abandon(self) -> None:
        """End it for whoever may still look: nobody should."""
        self._end(UpstreamBroken("the relay", "nobody was left to read"))

    def _grow(self, piece: bytes, host: str) -> None:
        self._size += len(piece)
        if self._size > BODY_MOST_BYTES:
            raise UpstreamBroken(host, f"more than {BODY_MOST_BYTES} bytes")
        self._pieces.append(piece)
        self._wake()

    def _check_length(self, answer: Answer) -> None:
        if answer.length is not None and answer.length != self._size:
            raise UpstreamBroken(answer.host, f"{self._size} of {answer.length} bytes")

    def _end(self, error: StreamerError | None) -> None:
        self.done, self._error = True, error
        if error is not None and not self._head.done():
            self._head.set_exception(error)
            self._head.exception()  # seen: a fetch whose readers all left must not warn
        self._wake()

    def _wake(self) -> None:
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()


class Relay:
    """Bodies by name: from the cache, from a fetch under way, or from a new one."""

    def __init__(self, cache: Cache, tier: Tier | None = None) -> None:
        self._cache = cache
        self._tier = tier
        self._fetches: dict[str, Fetch] = {}

    @property
    def under_way(self) -> int:
        """How many fetches run."""
        return len(self._fetches)

    def cached(self, name: str) -> bytes | None:
        """Return a finished body."""
        return self._cache.get(name)

    async def keep(self, name: str, body: bytes, keep_s: float) -> None:
        """Keep a body that was made here, for all nodes."""
        self._cache.put(name, body, keep_s)
        if self._tier is not None:
            await self._tier.put(name, body, keep_s)

    def join(self, name: str, open_answer: Open, keep_s: float) -> "Reading":
        """Join the fetch of `name`, or start it with `open_answer`."""
        fetch = self._fetches.get(name)
        if fetch is None:
            fetch = self._fetches[name] = Fetch()
            fetch.task = tasks.spawn(self._run(name, fetch, open_answer, keep_s), f"fetch {name}")
        return Reading(self, name, fetch)

    async def whole(self, name: str, open_answer: Open, keep_s: float) -> bytes:
        """Return the whole body, for those who can't begin with less.

        Raises
        ------
        StreamerError
            As the fetch.
        """
        if (body := self._cache.get(name)) is not None:
            return body
        async with self.join(name, open_answer, keep_s) as fetch:
            return b"".join([piece async for piece in fetch.read()])

    async def _run(self, name: str, fetch: Fetch, open_answer: Open, keep_s: float) -> None:
        try:
            if self._tier is None:
                await self._fetch(name, fetch, open_answer, keep_s)
            else:
                await self._share(self._tier, name, fetch, open_answer, keep_s)
        finally:
            self._forget(name, fetch)

    async def _fetch(self, name: str, fetch: Fetch, open_answer: Open, keep_s: float) -> bytes | None:
        body = await fetch.run(open_answer)
        if body is not None:
            self._cache.put(name, body, keep_s)
        return body

    async def _share(self, tier: Tier, name: str, fetch: Fetch, open_answer: Open, keep_s: float) -> None:
        """Fetch the body for all nodes, or take it from the one that did."""
        async with tier.turn(name) as turn:
            if turn.body is not None:
                fetch.give(turn.body)
                self._cache.put(name, turn.body, keep_s)
            elif (body := await self._fetch(name, fetch, open_answer, keep_s)) is not None:
                await tier.put(name, body, keep_s)

    def leave(self, name: str, fetch: Fetch) -> None:
        """Note that a reader left; the last one takes the fetch along."""
        fetch.readers -= 1
        if fetch.readers == 0 and fetch.task is not None and not fetch.done:
            self._forget(name, fetch)
            fetch.abandon()
            fetch.task.cancel()

    def _forget(self, name: str, fetch: Fetch) -> None:
        if self._fetches.get(name) is fetch:
            del self._fetches[name]


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
