"""A channel as continuous MPEG-TS, whatever its streams are: what `.ts`, tuners and the packager read.

Streams that are MPEG-TS are passed on (`endless`); HLS is joined (`joined`). Either way one of them serves
all viewers of this process, and a stream that does not begin gives way to the channel's next.
"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Protocol, TypeVar

from contracts.channel import Stream, StreamKind

from streamer.endless import Broadcasts, Open, Source
from streamer.errors import WrongKind
from streamer.joined import BEHIND_S, Joined

T = TypeVar("T")

Body = Callable[[str, int, Stream], Awaitable[Source]]
"""Opens one of a channel's streams, by its index."""
Read = Callable[[str, int, str], Awaitable[str]]
"""The text of a playlist of one of a channel's streams, by the address it was given; its own is empty."""
Fetch = Callable[[str, int, str], Awaitable[bytes]]
"""A segment, map or key of one of them, by the address that it was given."""


class Streams(Protocol):
    """Who knows a channel's streams."""

    async def first_that_works(
        self, channel_id: str, kind: StreamKind, use: Callable[[int, Stream], Awaitable[T]]
    ) -> T:
        """Return what `use` makes of the first stream with which it succeeds."""
        ...


class Tuner:
    """Continuous MPEG-TS by channel."""

    def __init__(self, *, streams: Streams, body: Body, read: Read, fetch: Fetch) -> None:
        self._streams = streams
        self._body = body
        self._read = read
        self._fetch = fetch
        self._broadcasts = Broadcasts()

    @contextlib.asynccontextmanager
    async def tune(self, channel_id: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open a channel, and give its packets as they come: the first are here already.

        Raises
        ------
        StreamerError
            If no stream of the channel begins; while reading, if the one that did breaks off for good.
        """
        async with AsyncExitStack() as stack:
            try:
                first, pieces = await self._begun(channel_id, StreamKind.TS, stack)
            except WrongKind:
                first, pieces = await self._begun(channel_id, StreamKind.HLS, stack)
            yield _after(first, pieces)

    async def _begun(
        self, channel_id: str, kind: StreamKind, stack: AsyncExitStack
    ) -> tuple[bytes, AsyncIterator[bytes]]:
        """Take a seat at the first stream that begins, for as long as the stack is open."""

        async def begin(index: int, stream: Stream) -> tuple[bytes, AsyncIterator[bytes]]:
            async with AsyncExitStack() as attempt:
                opened = self._opened(channel_id, index, stream, kind)
                is_joined = kind is StreamKind.HLS
                behind_s = BEHIND_S if is_joined else 0.0
                seat = self._broadcasts.join(f"{channel_id}:{index}", opened, behind_s, may_end=is_joined)
                pieces = (await attempt.enter_async_context(seat)).read()
                first = await anext(pieces)
                await stack.enter_async_context(attempt.pop_all())
                return first, pieces

        return await self._streams.first_that_works(channel_id, kind, begin)

    def _opened(self, channel_id: str, index: int, stream: Stream, kind: StreamKind) -> Open:
        if kind is StreamKind.TS:
            return lambda: self._body(channel_id, index, stream)

        async def read(address: str) -> str:
            return await self._read(channel_id, index, address)

        async def fetch(address: str) -> bytes:
            return await self._fetch(channel_id, index, address)

        async def joined() -> Source:
            return Joined(read, fetch)

        return joined


async def _after(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in pieces:
        yield piece
