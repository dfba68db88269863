"""Endless MPEG-TS: one upstream connection, many viewers.

A viewer who tunes in gets PAT, PMT and the bytes since the last key frame, then what comes. Each has a
bounded queue; who does not keep up is cut off, and costs the others nothing. The last one leaving closes
the connection.

An upstream that breaks off is opened again, a few times, while the viewers wait. What it then sends begins
at a key frame, goes on in its continuity counters and says that its clock is another one. A stream that
never sent anything is not tried again here: the channel may have another. Nor is one that is over.

The trap: what is joined from segments begins some of them back each time it is opened. A list that stands
still would be shown again and again, if silence could make a connection a good one.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Protocol, Self

from chassis import requests, tasks
from chassis.logging import get_logger

from streamer.backlog import Backlog
from streamer.errors import NoCapacity, StreamerError, UpstreamBroken, UpstreamError
from streamer.transport.pictures import Scanner
from streamer.transport.seam import Seam

log = get_logger("endless")

QUEUE_MOST_BYTES = 16 * 1024 * 1024
"""How far behind a viewer may be: what he gets first, and some seconds."""
PAUSES_S = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Before each attempt to open a lost stream again. After the last of them it is given up."""
GOOD_S = 10.0
"""A connection that still sends after so long is a good one: its loss is counted as the first."""
NOTHING_MOST_BYTES = 8 * 1024 * 1024
"""After so much without a packet, or after a break without a key frame, it is no stream to wait for."""


class Source(Protocol):
    """Where an endless stream comes from: an upstream's answer, or what joins one from segments."""

    @property
    def host(self) -> str:
        """Whom to name where it breaks."""
        ...

    async def __aenter__(self) -> Self:
        """Open it."""
        ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        """Close it."""
        ...

    def pieces(self) -> AsyncIterator[bytes]:
        """Yield what comes; raise a `StreamerError` where it breaks."""
        ...


Open = Callable[[], Awaitable[Source]]


class Viewer:
    """One viewer's queue."""

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._news = asyncio.Event()
        self._error: StreamerError | None = None

    def put(self, *pieces: bytes) -> None:
        """Give him some pieces; give him up if he is too far behind."""
        if self._error is not None:
            return
        self._size += sum(map(len, pieces))
        self._pieces.extend(pieces)
        if self._size > QUEUE_MOST_BYTES:
            self._pieces.clear()
            self.end(UpstreamBroken("the relay", "the viewer was too slow"))
        self._news.set()

    def end(self, error: StreamerError) -> None:
        """Tell him that nothing more will come."""
        self._error = self._error or error
        self._news.set()

    async def read(self) -> AsyncIterator[bytes]:
        """Yield pieces as they come, for ever.

        Raises
        ------
        StreamerError
            When the upstream ended, or he fell behind.
        """
        while True:
            if self._pieces:
                waiting = b"".join(self._pieces)
                self._pieces.clear()
                self._size = 0
                yield waiting
            elif self._error is not None:
                raise self._error
            else:
                self._news.clear()
                await self._news.wait()


class Broadcast:
    """One upstream connection and who watches it. Owned by `Broadcasts`."""

    def __init__(self, behind_s: float = 0.0, *, may_end: bool = False) -> None:
        self._viewers: set[Viewer] = set()
        self.task: asyncio.Task[None] | None = None
        self._backlog = Backlog(behind_s)
        self._seam = Seam()
        self._scanner = Scanner()
        self._may_end = may_end
        self._is_over = False
        self._last = b""
        """What was handed out last."""

    @property
    def is_watched(self) -> bool:
        """Whether anybody is left."""
        return bool(self._viewers)

    def seat(self, viewer: Viewer) -> None:
        """Let a viewer in: first what is there, then what comes."""
        if pieces := self._backlog.pieces():
            viewer.put(*pieces)
        self._viewers.add(viewer)

    def unseat(self, viewer: Viewer) -> None:
        """Let a viewer go."""
        self._viewers.discard(viewer)

    async def run(self, open_source: Open) -> None:
        """Read the upstream and hand out whole packets until it is lost for good."""
        error: StreamerError = UpstreamBroken("the relay", "it ended")
        try:
            error = await self._keep_reading(open_source)
        finally:
            for viewer in self._viewers:
                viewer.end(error)

    async def _keep_reading(self, open_source: Open) -> StreamerError:
        failures = 0
        while True:
            error, was_good = await self._try(open_source)
            failures = 0 if was_good else failures
            if failures == len(PAUSES_S) or not self._may_come_back(error):
                return error
            log.info("endless.reopened", attempt=failures + 1, code=error.code, detail=str(error))
            await asyncio.sleep(PAUSES_S[failures])
            failures += 1
            self._seam.restart()

    def _may_come_back(self, error: StreamerError) -> bool:
        """Whether it is worth another attempt: it did send, is not over, and what is wrong may pass."""
        return bool(self._last) and not self._is_over and isinstance(error, (UpstreamError, NoCapacity))

    async def _try(self, open_source: Open) -> tuple[StreamerError, bool]:
        """Read until it is lost; return why, and whether it still sent after `GOOD_S`."""
        by_then: list[bytes] = []
        looking = asyncio.get_running_loop().call_later(GOOD_S, lambda: by_then.append(self._last))
        try:
            error = await self._read(open_source)
        finally:
            looking.cancel()
        return error, bool(by_then) and by_then[0] is not self._last

    async def _read(self, open_source: Open) -> StreamerError:
        try:
            async with await open_source() as source:
                nothing = 0
                async for piece in source.pieces():
                    nothing = 0 if self._hand_out(piece) else nothing + len(piece)
                    if nothing > NOTHING_MOST_BYTES:
                        raise UpstreamBroken(source.host, "what it sends is no MPEG-TS")
                self._is_over = self._may_end
                return UpstreamBroken(source.host, "an endless stream ended")
        except StreamerError as error:
            return error

    def _hand_out(self, piece: bytes) -> bool:
        """Hand out what a piece completes; return whether it was anything."""
        packets = self._seam.feed(piece)
        if not packets:
            return False
        self._last = packets
        self._backlog.grow(packets, self._scanner.feed(packets))
        for viewer in self._viewers:
            viewer.put(packets)
        return True


class Broadcasts:
    """All endless streams of this process, by name."""

    def __init__(self) -> None:
        self._running: dict[str, Broadcast] = {}

    def join(self, name: str, open_source: Open, behind_s: float = 0.0, *, may_end: bool = False) -> "Seat":
        """Join a stream, or start it; begin `behind_s` back where it comes in bursts.

        `may_end` says that its end is one: a playlist tells, while a connection only breaks.
        """
        broadcast = self._running.get(name)
        if broadcast is None:
            broadcast = self._running[name] = Broadcast(behind_s, may_end=may_end)
            broadcast.task = tasks.spawn(self._run(name, broadcast, open_source), f"broadcast {name}")
        return Seat(self, name, broadcast)

    async def _run(self, name: str, broadcast: Broadcast, open_source: Open) -> None:
        requests.forget()  # it is for all who watch
        try:
            await broadcast.run(open_source)
        finally:
            self._forget(name, broadcast)

    def leave(self, name: str, broadcast: Broadcast, viewer: Viewer) -> None:
        """Note that somebody left; the last one takes the connection along."""
        broadcast.unseat(viewer)
        if not broadcast.is_watched and broadcast.task is not None:
            self._forget(name, broadcast)
            broadcast.task.cancel()

    def _forget(self, name: str, broadcast: Broadcast) -> None:
        if self._running.get(name) is broadcast:
            del self._running[name]


class Seat:
    """A viewer's stay: a context, so that he always leaves."""

    def __init__(self, broadcasts: Broadcasts, name: str, broadcast: Broadcast) -> None:
        self._broadcasts, self._name, self._broadcast = broadcasts, name, broadcast
        self._viewer = Viewer()
        broadcast.seat(self._viewer)

    async def __aenter__(self) -> Viewer:
        """Return the viewer."""
        return self._viewer

    async def __aexit__(self, *_: object) -> None:
        """Leave it."""
        self._broadcasts.leave(self._name, self._broadcast, self._viewer)
