"""From a channel's id to the address of its stream.

`Directory` knows the channels: it reads single ones from the current generation and keeps them while the
pointer stands, so that a Redis that is away costs nothing but news. `Locator` follows a stream's
pages until one names a playlist, each page the Referer of the next, within limits on depth, size and time.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from chassis.logging import get_logger
from chassis.redis import RedisClient
from contracts import channel as records
from contracts import keys
from contracts.channel import Channel, Stream
from redis.exceptions import RedisError

from streamer import pages
from streamer.errors import ChannelNotFound, NoCapacity, UpstreamTimeout, UpstreamUnreadable
from streamer.upstream import Upstream

log = get_logger("resolve")

POINTER_AGE_S = 1.0
DEPTH_MOST = 4
PAGES_MOST = 8
PAGE_MOST_BYTES = 1_000_000
PAGES_DEADLINE_S = 12.0
LOCATED_AGE_S = 600.0


class Directory:
    """The channel list, as far as it was asked for."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._version = ""
        self._checked_at = float("-inf")
        self._channels: dict[str, Channel] = {}
        self._stale: dict[str, Channel] = {}

    async def channel(self, channel_id: str) -> Channel:
        """Return a channel.

        Raises
        ------
        ChannelNotFound
            If the list has no such channel.
        NoCapacity
            If Redis is away and the channel was never asked for.
        """
        try:
            await self._follow_pointer()
            if channel_id not in self._channels:
                await self._read(channel_id)
        except RedisError as error:
            if known := self._channels.get(channel_id) or self._stale.get(channel_id):
                return known
            raise NoCapacity("the channel list can't be reached") from error
        return self._channels[channel_id]

    async def _follow_pointer(self) -> None:
        if time.monotonic() - self._checked_at < POINTER_AGE_S:
            return
        version = ((await self._redis.get(keys.current("channels"))) or b"").decode()
        self._checked_at = time.monotonic()
        if version != self._version:
            self._version = version
            self._stale = {**self._stale, **self._channels}
            self._channels = {}

    async def _read(self, channel_id: str) -> None:
        found = await self._redis.hget(keys.generation("channels", self._version), channel_id)
        if found is None:
            raise ChannelNotFound(channel_id)
        self._channels[channel_id] = Channel.model_validate_json(found)


@dataclass(frozen=True, slots=True)
class Located:
    """Where a stream is, and with which headers it wants to be asked."""

    stream: Stream
    address: str = field(repr=False)


@dataclass(slots=True)
class _Finding:
    """A stream of pages, and what was found on them. Who asks at once waits his turn."""

    stream: Stream
    found: Located | None = None
    at: float = field(default_factory=time.monotonic)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_old(self) -> bool:
        """Whether it is time to look again."""
        return time.monotonic() - self.at >= LOCATED_AGE_S


class Locator:
    """Finds a stream's playlist; remembers it until it went wrong, or the stream's settings changed."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._known: dict[tuple[str, str], _Finding] = {}

    async def locate(self, stream: Stream) -> Located:
        """Return where the stream is now. Those who ask at once wait for one answer.

        Raises
        ------
        UpstreamError
            If a page on the way can't be had, or none names a playlist.
        """
        if stream.locator is records.Locator.DIRECT:
            return Located(stream, stream.address)
        finding = self._finding(stream)
        async with finding.turn:
            if finding.found is None or finding.is_old:
                finding.found = await self._follow(stream)
                finding.at = time.monotonic()
            return finding.found

    def forget(self, stream: Stream) -> None:
        """Look again the next time: what was found doesn't work any more."""
        if (known := self._known.get((stream.source, stream.address))) is not None:
            known.found = None

    def _finding(self, stream: Stream) -> _Finding:
        key = stream.source, stream.address
        known = self._known.get(key)
        if known is not None and (known.stream is stream or known.stream == stream):
            known.stream = stream  # the same one comes again until the list changes: no more to compare
            return known
        self._known = {
            other: one for other, one in self._known.items() if one.turn.locked() or not one.is_old
        }
        made = self._known[key] = _Finding(stream)
        return made

    async def _follow(self, stream: Stream) -> Located:
        host = _host_of(stream.address)
        try:
            async with asyncio.timeout(PAGES_DEADLINE_S):
                return await self._search(stream, host)
        except TimeoutError as error:
            raise UpstreamTimeout(host) from error

    async def _search(self, stream: Stream, host: str) -> Located:
        waiting: list[tuple[str, str, int]] = [(stream.address, "", 0)]
        for _ in range(PAGES_MOST):
            if not waiting:
                break
            address, referer, depth = waiting.pop(0)
            headers = {"Referer": referer} if referer else {}
            async with await self._upstream.open(stream, address, headers) as answer:
                page = pages.read(await answer.text(PAGE_MOST_BYTES), answer.address)
                seen_at = answer.address
            if page.playlists:
                log.info("stream.located", source=stream.source, host=urlsplit(page.playlists[0]).hostname)
                return Located(with_referer(stream, seen_at), page.playlists[0])
            if depth < DEPTH_MOST:
                waiting += [(frame, seen_at, depth + 1) for frame in page.frames]
        raise UpstreamUnreadable(host, "neither it nor its frames name a playlist")


def _host_of(address: str) -> str:
    """Return the host, for errors; nothing of what can't be read: whoever asks for it is told so."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def with_referer(stream: Stream, page: str) -> Stream:
    """Return the stream with the headers that a browser on `page` would send."""
    parts = urlsplit(page)
    seen = {"Referer": page, "Origin": f"{parts.scheme}://{parts.netloc}"}
    return stream.model_copy(update={"headers": {**seen, **stream.headers}})


def in_order(channel: Channel, preferred: int, kind: str) -> Iterator[int]:
    """Yield the indices of the channel's streams of one kind: the one that works first, then as listed."""
    fitting = [index for index, stream in enumerate(channel.streams) if stream.kind == kind]
    yield from sorted(fitting, key=lambda index: index != preferred)
