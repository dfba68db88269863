"""Endless MPEG-TS: one upstream connection, many viewers.

Nobody reads from the beginning here, since there is none worth having: a viewer gets what comes from the
moment he joins, on a packet's boundary. Each has a bounded queue; who does not keep up is cut off, and
costs the others nothing. The last one leaving closes the connection.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable

from chassis import tasks

from streamer.errors import StreamerError, UpstreamBroken
from streamer.upstream import Answer

PACKET = 188
SYNC = 0x47
BEHIND_MOST_BYTES = 8 * 1024 * 1024

Open = Callable[[], Awaitable[Answer]]


class Viewer:
    """One viewer's queue."""

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._news = asyncio.Event()
        self._error: StreamerError | None = None

    def put(self, piece: bytes) -> None:
        """Give him a piece; give him up if he is too far behind."""
        self._size += len(piece)
        self._pieces.append(piece)
        if self._size > BEHIND_MOST_BYTES:
            self.end(UpstreamBroken("the relay", "the viewer was too slow"))
        self._news.set()

    def end(self, error: StreamerError) -> None:
        """Tell him that nothing more will come."""
        self._error = error
        self._news.set()

    async def read(self) -> AsyncIterator[bytes]:
        """Yield pieces as they come, for ever.

        Raises
        ------
        StreamerError
            When the upstream ended, or he fell behind.
        """
        while True:
            if self._error is not None:
                raise self._error
            if self._pieces:
                waiting = b"".join(self._pieces)
                self._pieces.clear()
                self._size = 0
                yield waiting
                continue
            self._news.clear()
            await self._news.wait()


class Broadcast:
    """One upstream connection and who watches it. Owned by `Broadcasts`."""

    def __init__(self) -> None:
        self.viewers: set[Viewer] = set()
        self.task: asyncio.Task[None] | None = None
        self._rest = b""

    async def run(self, open_answer: Open) -> None:
        """Read the upstream and hand out whole packets until it ends."""
        try:
            async with await open_answer() as answer:
                async for piece in answer.pieces():
                    self._hand_out(piece)
                raise UpstreamBroken(answer.host, "an endless stream ended")
        except StreamerError as error:
            for viewer in self.viewers:
                viewer.end(error)

    def _hand_out(self, piece: bytes) -> None:
        data = self._rest + piece
        start = max(0, _boundary(data))
        end = start + (len(data) - start) // PACKET * PACKET
        self._rest = data[end:]
        if end > start:
            for viewer in self.viewers:
                viewer.put(data[start:end])


class Broadcasts:
    """All endless streams of this process, by name."""

    def __init__(self) -> None:
        self._running: dict[str, Broadcast] = {}

    def join(self, name: str, open_answer: Open) -> "Seat":
        """Join a stream, or start it."""
        broadcast = self._running.get(name)
        if broadcast is None:
            broadcast = self._running[name] = Broadcast()
            broadcast.task = tasks.spawn(self._run(name, broadcast, open_answer), f"broadcast {name}")
        return Seat(self, name, broadcast)

    async def _run(self, name: str, broadcast: Broadcast, open_answer: Open) -> None:
        try:
            await broadcast.run(open_answer)
        finally:
            self._forget(name, broadcast)

    def leave(self, name: str, broadcast: Broadcast, viewer: Viewer) -> None:
        """Note that somebody left; the last one takes the connection along."""
        broadcast.viewers.discard(viewer)
        if not broadcast.viewers and broadcast.task is not None:
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
        broadcast.viewers.add(self._viewer)

    async def __aenter__(self) -> Viewer:
        """Return the viewer."""
        return self._viewer

    async def __aexit__(self, *_: object) -> None:
        """Leave."""
        self._broadcasts.leave(self._name, self._broadcast, self._viewer)


def _boundary(data: bytes) -> int:
    """Return where the first packet begins: a sync byte with another one packet later, where there is one."""
    at = data.find(SYNC)
    while at >= 0 and at + PACKET < len(data) and data[at + PACKET] != SYNC:
        at = data.find(SYNC, at + 1)
    return at
