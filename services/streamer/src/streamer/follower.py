"""The segments of one media playlist, each as it appears, decrypted.

It begins a few segments behind the live edge. What is lost is left out and told as a discontinuity, until too
much is.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from chassis.logging import get_logger
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from streamer.errors import NoCapacity, StreamerError, UpstreamBroken, UpstreamError
from streamer.listing import Key, Segment, listed
from streamer.playlist.grammar import parse

log = get_logger("follower")

BEHIND_SEGMENTS = 3
POLL_MOST_S = 1.0
LOST_MOST = 3
"""After so many lost segments in a row the channel is."""
SILENCE_MOST_S = 30.0

Read = Callable[[str], Awaitable[str]]
"""A playlist's text by its address; the channel's own is empty."""
Fetch = Callable[[str], Awaitable[bytes]]
"""A segment, map or key by its address."""


class Follower:
    """The segments of one media playlist, each as it appears."""

    def __init__(self, address: str, read: Read, fetch: Fetch) -> None:
        self._address = address
        self._read = read
        self._fetch = fetch
        self._waiting: list[Segment] = []
        self._back: tuple[Segment, bytes] | None = None
        self._last: int | None = None
        self._broken = False
        self._lost = 0
        self._ended = False
        self._news_at = time.monotonic()

    async def next(self) -> tuple[Segment, bytes] | None:
        """Return the next segment and its content, decrypted; None after a playlist's last.

        Raises
        ------
        StreamerError
            If there is nothing new for too long, or too much is missing.
        """
        if self._back is not None:
            item, self._back = self._back, None
            return item
        while True:
            while self._waiting:
                segment = self._waiting.pop(0)
                if (content := await self._content(segment)) is not None:
                    broken, self._broken = segment.is_broken or self._broken, False
                    return replace(segment, is_broken=broken), content
            if self._ended:
                return None
            await self._look()

    def put_back(self, item: tuple[Segment, bytes]) -> None:
        """Let `next` return it once more."""
        self._back = item

    async def start_of(self, segment: Segment) -> bytes:
        """Return a segment's initialization section, decrypted; nothing if it has none."""
        if not segment.start:
            return b""
        return await self._decrypted(await self._fetch(segment.start), segment, segment.start_key)

    async def _content(self, segment: Segment) -> bytes | None:
        """Return a segment; None if it is lost."""
        try:
            content = await self._decrypted(await self._fetch(segment.address), segment, segment.key)
        except (UpstreamError, NoCapacity, ValueError) as error:
            self._lost += 1
            self._broken = True
            log.info("segment.lost", sequence=segment.sequence, error=repr(error))
            if self._lost < LOST_MOST:
                return None
            raise error if isinstance(error, StreamerError) else _undecryptable() from error
        self._lost = 0
        return content

    async def _decrypted(self, content: bytes, segment: Segment, key: Key | None) -> bytes:
        if key is None:
            return content
        secret = await self._fetch(key.address)
        return decrypted(content, secret, key.vector or segment.sequence.to_bytes(16, "big"))

    async def _look(self) -> None:
        """Read the playlist; wait a little if it has nothing new."""
        try:
            playlist = parse(await self._read(self._address))
        except (UpstreamError, NoCapacity):
            if self._last is None or time.monotonic() - self._news_at > SILENCE_MOST_S:
                raise
            return await asyncio.sleep(POLL_MOST_S)
        self._ended = playlist.ended
        self._take(listed(playlist), from_start=playlist.ended)
        if self._waiting:
            self._news_at = time.monotonic()
        elif time.monotonic() - self._news_at > SILENCE_MOST_S:
            raise UpstreamBroken("the playlist", "it has had nothing new for too long")
        elif not self._ended:
            await asyncio.sleep(min(playlist.pace_s / 4, POLL_MOST_S))

    def _take(self, segments: list[Segment], *, from_start: bool) -> None:
        if not segments:
            return
        last = self._last
        if last is not None and segments[-1].sequence + len(segments) < last:
            last, self._broken = None, True  # it counts anew
        if last is None:
            new = segments if from_start else segments[-BEHIND_SEGMENTS:]
        else:
            new = [segment for segment in segments if segment.sequence > last]
            self._broken |= bool(new) and new[0].sequence > last + 1
        self._waiting += new
        self._last = segments[-1].sequence


def _undecryptable() -> UpstreamError:
    return UpstreamBroken("the channel", "segments that can't be decrypted")


def decrypted(content: bytes, key: bytes, vector: bytes) -> bytes:
    """Undo AES-128 (4.4.4.4).

    Raises
    ------
    ValueError
        If it is not what was encrypted with this key.
    """
    undone = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    padded = undone.update(content) + undone.finalize()
    unpadder = PKCS7(128).unpadder()
    return unpadder.update(padded) + unpadder.finalize()
