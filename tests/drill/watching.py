"""The viewers of a drill: players who follow playlists in real time and judge all that they get.

A player has a buffer as a real one does, so that a fault that ends before the buffer does is none to him.
What he notices is a stall; what would be worse (bytes that are not the source's, a playlist that runs
backwards) is a fault at once.
"""

import asyncio
import contextlib
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Self

import aiohttp
from bench.live import segment
from bench.player import Buffer, Listed, Place, reload_after_s

RETRY_S = 0.3
REQUEST_S = 10.0
"""When a request is given up and made again: hls.js waits as long for a first byte."""
SEGMENT_S = 25.0
"""When a segment is."""
BROKEN = (aiohttp.ClientError, TimeoutError, OSError)


@dataclass
class Viewer:
    """One player of one channel."""

    base: str
    channel: str
    id: str
    place: Place = field(default_factory=Place)
    buffer: Buffer = field(default_factory=lambda: Buffer(time.monotonic()))
    faults: Counter[str] = field(default_factory=Counter)
    segments: int = 0
    last_at: float = 0.0

    async def watch(self, http: aiohttp.ClientSession) -> None:
        """Watch until cancelled."""
        while True:
            began = time.monotonic()
            wait_s = await self._reload(http)
            self.buffer.play(time.monotonic())
            await asyncio.sleep(max(0.0, began + wait_s - time.monotonic()))

    async def _reload(self, http: aiohttp.ClientSession) -> float:
        body = await self._get(http, f"/stream/{self.id}.m3u8")
        if body is None:
            return RETRY_S
        listed = Listed.read(body.decode())
        changed, new = self.place.follow(listed)
        for _, address in new:
            await self._download(http, address, listed.target_s)
        return reload_after_s(listed.target_s, changed=changed) / 2

    async def _download(self, http: aiohttp.ClientSession, address: str, duration_s: float) -> None:
        body = None
        ends_at = time.monotonic() + SEGMENT_S
        while body is None and time.monotonic() < ends_at:
            body = await self._get(http, address)
            if body is None:
                await asyncio.sleep(RETRY_S)
        if body is None:
            self.faults["segments lost"] += 1
            return
        # After a failover the gateway's numbers may not be the source's: the bytes say which they are.
        head = body.partition(b";")[0].decode("latin-1")
        theirs = head.rpartition("/")[2]
        is_whole = theirs.isdigit() and body == segment(self.channel, int(theirs))
        self.faults["wrong bodies"] += not is_whole
        self.segments += 1
        self.last_at = time.monotonic()
        self.buffer.add(self.last_at, duration_s)

    async def _get(self, http: aiohttp.ClientSession, path: str) -> bytes | None:
        with contextlib.suppress(*BROKEN):
            async with http.get(self.base + path) as answer:
                body = await answer.read()
                return body if answer.status == 200 else None
        return None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the viewers noticed of one fault."""

    stalled_s: float
    """The longest that one of them saw a still picture."""
    back_s: float
    """How long after the fault's end the last of them had a new segment."""
    worse: dict[str, int]
    """What must never be."""


class Crowd:
    """Some viewers, watching while the context is open."""

    def __init__(self, base: str, channels: dict[str, str], number: int) -> None:
        named = list(channels.items())
        self.viewers = [Viewer(base, *named[at % len(named)]) for at in range(number)]
        self._tasks: list[asyncio.Task[None]] = []
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Have them come, each with a connection of his own."""
        timeout = aiohttp.ClientTimeout(total=REQUEST_S, connect=4)
        for viewer in self.viewers:
            http = await self._stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
            self._tasks.append(asyncio.ensure_future(viewer.watch(http)))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Have them leave."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    async def play_on(self, segments: int, within_s: float) -> bool:
        """Return whether everybody got so many more segments."""
        wanted = [viewer.segments + segments for viewer in self.viewers]
        ends_at = time.monotonic() + within_s
        while any(viewer.segments < most for viewer, most in zip(self.viewers, wanted, strict=True)):
            if time.monotonic() > ends_at:
                return False
            await asyncio.sleep(0.1)
        return True

    def segments(self) -> list[int]:
        """Return how many segments each of them got."""
        return [viewer.segments for viewer in self.viewers]

    def begin(self) -> list[float]:
        """Return how long each has stalled so far; the worst is counted from here on."""
        now = time.monotonic()
        for viewer in self.viewers:
            viewer.buffer.play(now)
            viewer.faults.clear()
            viewer.place.backwards = 0
        return [viewer.buffer.stalled_s for viewer in self.viewers]

    def seen(self, before: list[float], back_s: float) -> Seen:
        """Return what was noticed since `begin`."""
        now = time.monotonic()
        for viewer in self.viewers:
            viewer.buffer.play(now)
        stalled = [viewer.buffer.stalled_s - was for viewer, was in zip(self.viewers, before, strict=True)]
        worse = sum((viewer.faults for viewer in self.viewers), Counter[str]())
        worse["ran backwards"] += sum(viewer.place.backwards for viewer in self.viewers)
        return Seen(max(stalled), back_s, {kind: number for kind, number in worse.items() if number})
