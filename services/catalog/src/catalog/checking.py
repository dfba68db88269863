"""Reading a source once, to see whether it can be read: what `iptv sources check` does. Nothing is kept."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from catalog.errors import SourceError
from catalog.sources import guide_address, open_schedule, open_source
from catalog.sources.fetch import Fetcher, open_fetcher
from catalog.sources.spec import SourceSpec
from catalog.sources.xmltv import Broadcast, Reader, Span

ALWAYS = Span(0, 2**40)


class Finding(NamedTuple):
    """What came of it. `fault` is why nothing was read."""

    topic: str
    items: int = 0
    unread: tuple[str, ...] = ()
    fault: str | None = None
    took_s: float = 0.0


async def check(spec: SourceSpec, deadline_s: float, guide_deadline_s: float) -> list[Finding]:
    """Read all that a source has: its channels, its events, its guide."""
    async with open_fetcher(spec) as fetcher:
        found = [
            await _timed("channels", _channels, spec, fetcher, deadline_s),
            await _timed("events", _events, spec, fetcher, deadline_s),
            await _timed("guide", _guide, spec, fetcher, guide_deadline_s),
        ]
    return [finding for finding in found if finding]


Work = Callable[[SourceSpec, Fetcher], Awaitable[tuple[int, tuple[str, ...]] | None]]


async def _timed(
    topic: str, work: Work, spec: SourceSpec, fetcher: Fetcher, deadline_s: float
) -> Finding | None:
    started = time.monotonic()
    try:
        async with asyncio.timeout(deadline_s):
            found = await work(spec, fetcher)
    except TimeoutError:
        fault = f"it took longer than {deadline_s:g} s"
    except SourceError as error:
        fault = error.reason
    else:
        took_s = time.monotonic() - started
        return Finding(topic, *found, took_s=took_s) if found else None
    return Finding(topic, fault=fault, took_s=time.monotonic() - started)


async def _channels(spec: SourceSpec, fetcher: Fetcher) -> tuple[int, tuple[str, ...]] | None:
    source = open_source(spec, fetcher)
    if source is None:
        return None
    reading = await source.channels()
    if not reading.channels:
        raise SourceError(spec.name, "no channel is left: look at include and exclude")
    return len(reading.channels), reading.unread


async def _events(spec: SourceSpec, fetcher: Fetcher) -> tuple[int, tuple[str, ...]] | None:
    source = open_schedule(spec, fetcher)
    if source is None:
        return None
    schedule = await source.schedule()
    return len(schedule.fixtures), schedule.unread


async def _guide(spec: SourceSpec, fetcher: Fetcher) -> tuple[int, tuple[str, ...]] | None:
    address = guide_address(spec)
    if address is None:
        return None
    programmes = 0

    def count(_: str, __: Broadcast) -> None:
        nonlocal programmes
        programmes += 1

    reader = Reader(spec.name, ALWAYS, find=lambda *_: None, wants=lambda _: True, keep=count)
    async with contextlib.aclosing(fetcher.pieces(address)) as pieces:
        async for piece in pieces:
            await asyncio.to_thread(reader.feed, piece)
    await asyncio.to_thread(reader.close)
    return programmes, ()
