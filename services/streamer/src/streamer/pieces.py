"""A body without end, as it comes, for one reader who takes what waits all at once."""

import asyncio
from collections import deque

from streamer.wire import Connection

AHEAD_MOST_BYTES = 1024 * 1024
"""How much of an endless body may wait for its reader before the source is held back."""


class Pieces:
    """A body without end, piece by piece, for one reader. The source is held back while too much waits."""

    in_place = False

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._news = asyncio.Event()
        self.ended = False

    def room(self) -> memoryview:
        """Not lent: see `in_place`."""
        raise NotImplementedError

    def advance(self, count: int) -> None:
        """Not lent: see `in_place`."""
        raise NotImplementedError

    def write(self, piece: bytes) -> None:
        """Take a piece."""
        self._waiting.append(piece)
        before, self._size = self._size, self._size + len(piece)
        if before < AHEAD_MOST_BYTES <= self._size:
            self._connection.pause()
        self._news.set()

    def end(self) -> None:
        """Wake the reader for the last time."""
        self.ended = True
        self._news.set()

    async def take(self) -> bytes:
        """Return all that waits, as soon as there is something; nothing at the end."""
        while not self._waiting and not self.ended:
            self._news.clear()
            await self._news.wait()
        pieces, size = b"".join(self._waiting), self._size
        self._waiting.clear()
        self._size = 0
        if size >= AHEAD_MOST_BYTES:
            self._connection.resume()
        return pieces
