"""Many viewers at once, each with a buffer that plays in real time: what fails them, and who stalls.

Nothing is asserted of speed: a machine that stands still for a while stalls everybody. So stalls are told
apart from requests that failed.
"""

import asyncio
import contextlib
import threading
import time
from types import TracebackType
from typing import Self

import aiohttp
from bench.player import Buffer, Listed, Place, reload_after_s

DEADLINE = aiohttp.ClientTimeout(total=30)
JOIN_S = 60


class Crowd:
    """So many viewers of a channel, in a thread, for as long as the context is open."""

    def __init__(self, base: str, channels: list[str], count: int) -> None:
        self._base, self._channels, self._count = base, channels, count
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._leaving = threading.Event()
        self.requests = 0
        self.segments = 0
        self.faults: list[str] = []
        self.buffers: list[Buffer] = []
        self.backwards = 0

    def __enter__(self) -> Self:
        """Have them come, and wait until each has seen something."""
        self._thread.start()
        ends_at = time.monotonic() + JOIN_S
        while sum(buffer.started_at is not None for buffer in self.buffers) < self._count:
            assert time.monotonic() < ends_at, f"not everybody sees something: {self.faults[:5]}"
            time.sleep(0.1)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Have them go."""
        self._leaving.set()
        self._thread.join(JOIN_S)

    @property
    def stalls(self) -> int:
        """How often anybody's picture stood still."""
        return sum(buffer.stalls for buffer in self.buffers)

    def play_on(self, segments: int, within_s: float = 90) -> None:
        """Return once so many more segments, for each on average, were seen."""
        wanted, ends_at = self.segments + segments * self._count, time.monotonic() + within_s
        while self.segments < wanted:
            assert time.monotonic() < ends_at, f"they see nothing more: {self.faults[:5]}"
            time.sleep(0.1)

    def told(self) -> str:
        """Return what became of them, in a line."""
        return (
            f"{self._count} viewers, {self.requests} requests, {self.segments} segments, "
            f"{len(self.faults)} failed, {self.stalls} stalls, {self.backwards} backwards"
        )

    def _run(self) -> None:
        asyncio.run(self._all())

    async def _all(self) -> None:
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(self._base, timeout=DEADLINE, connector=connector) as client:
            await asyncio.gather(*(self._view(client, number) for number in range(self._count)))

    async def _view(self, client: aiohttp.ClientSession, number: int) -> None:
        await asyncio.sleep(number * 0.05)  # they don't come all at once
        channel = self._channels[number % len(self._channels)]
        place, buffer = Place(), Buffer(time.monotonic())
        self.buffers.append(buffer)
        address = f"/stream/{channel}.m3u8"
        while not self._leaving.is_set():
            text = (await self._get(client, address) or b"").decode()
            if "#EXT-X-STREAM-INF" in text:
                address = Listed.read(text).addresses[0]
                continue
            changed, upcoming = place.follow(Listed.read(text)) if text else (False, [])
            for _, segment in upcoming:
                if await self._get(client, segment):
                    self.segments += 1
                    buffer.add(time.monotonic(), Listed.read(text).target_s)
            buffer.play(time.monotonic())
            await asyncio.sleep(reload_after_s(Listed.read(text).target_s or 1, changed=changed))
        self.backwards += place.backwards

    async def _get(self, client: aiohttp.ClientSession, address: str) -> bytes | None:
        self.requests += 1
        with contextlib.suppress(asyncio.CancelledError):
            try:
                async with client.get(address) as answer:
                    body = await answer.read()
                    if answer.status == 200:
                        return body
                    self.faults.append(f"{address[:40]}: {answer.status} {body[:150]!r}")
            except (aiohttp.ClientError, TimeoutError) as error:
                self.faults.append(f"{address[:40]}: {error!r}")
        return None
