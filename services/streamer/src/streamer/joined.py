"""An HLS channel as one continuous MPEG-TS stream, for tuners that take nothing else.

The segments of the best variant that has its sound in itself are joined: decrypted, their counters made to go
on, discontinuities told. It begins three segments behind the live edge and sends each as it appears. What is
not MPEG-TS, or has its sound apart, goes through ffmpeg (`remux`), copied and not encoded.

Playlists and segments are read as any player reads them, by the addresses that the gateway itself gives out:
so they are shared with all other viewers.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Self

from streamer.errors import UnsupportedConversion
from streamer.follower import Fetch, Follower, Read
from streamer.forms import form_of, is_transport, starts_at, without_tag
from streamer.listing import Choice, Segment, choose
from streamer.playlist.grammar import parse
from streamer.remux import Feed, Remux, find_ffmpeg
from streamer.transport.seam import Seam

BEHIND_S = 8.0
"""How far back a newcomer begins: segments come in bursts, and he has to bridge the pause between two."""
SLICE_BYTES = 188 * 1024
SPEED = 4.0
"""How much faster than it plays a segment is sent: at once, it would be too much for some tuners' buffers."""


class Joined:
    """A channel, continuous: what `endless` opens instead of an upstream's answer."""

    host = "the channel"

    def __init__(self, read: Read, fetch: Fetch) -> None:
        self._read = read
        self._fetch = fetch
        self._seam = Seam()
        self._running: Remux | None = None

    async def __aenter__(self) -> Self:
        """Return itself: nothing is read before it is asked for."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End what runs for it."""
        if self._running is not None:
            await self._running.close()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield packets as segments appear.

        Raises
        ------
        UnsupportedConversion
            If ffmpeg would be needed and there is none, or it can't be joined at all.
        StreamerError
            If the channel fails.
        """
        choice = await self._choice()
        pictures = Follower(choice.address, self._read, self._fetch)
        first = await pictures.next()
        if first is None:
            return
        pictures.put_back(first)
        if choice.sound or not is_transport(first[1]):
            followers = [pictures]
            if choice.sound:
                followers.append(Follower(choice.sound, self._read, self._fetch))
            joined = self._converted(followers)
        else:
            joined = self._joined(pictures)
        async for piece in joined:
            yield piece

    async def _choice(self) -> Choice:
        playlist = parse(await self._read(""))
        return choose(playlist) if playlist.is_multivariant else Choice("")

    async def _joined(self, follower: Follower) -> AsyncIterator[bytes]:
        pause_s = 0.0
        while (item := await follower.next()) is not None:
            segment, content = item
            if segment.is_broken:
                self._seam.restart()
            else:
                self._seam.joint()
            async for piece in paced(self._seam.feed(content), pause_s):
                yield piece
            pause_s = segment.duration_s / SPEED

    async def _converted(self, followers: list[Follower]) -> AsyncIterator[bytes]:
        """Yield what ffmpeg makes of them: one run of it from each discontinuity to the next."""
        program = find_ffmpeg()
        if program is None:
            raise UnsupportedConversion("it would take ffmpeg, which is not installed here")
        while feeds := [feed for one in followers if (feed := await _feed(one)) is not None]:
            if len(feeds) < len(followers):
                return
            self._running = Remux(program, feeds)
            await self._running.start()
            async for piece in self._running.pieces():
                yield self._seam.feed(piece)
            await self._running.close()
            self._seam.restart()


async def _feed(follower: Follower) -> Feed | None:
    """Return what ffmpeg reads of a rendition: its segments up to the next that does not fit to the first."""
    first = await follower.next()
    if first is None:
        return None
    segment, content = first
    start = await follower.start_of(segment)
    begun = False

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal begun
        yield start
        item: tuple[Segment, bytes] | None = first
        pause_s = 0.0
        while item is not None:
            if begun and (item[0].is_broken or item[0].start != segment.start):
                follower.put_back(item)
                return
            begun = True
            async for piece in paced(without_tag(item[1]), pause_s):
                yield piece
            pause_s = item[0].duration_s / SPEED
            item = await follower.next()

    return Feed(pieces(), form_of(start, content), starts_at(content))


async def paced(content: bytes, for_s: float) -> AsyncIterator[bytes]:
    """Yield a segment in slices, spread over some time."""
    slices = range(0, len(content), SLICE_BYTES)
    for at in slices:
        yield content[at : at + SLICE_BYTES]
        await asyncio.sleep(for_s / len(slices))
