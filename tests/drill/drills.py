"""The drills: one fault after the other, under load, each judged by what the viewers saw.

What is promised is the table in `docs/reliability.md`. A drill that it does not have, or a row without one,
is a fault of the project's own.
"""

import asyncio
import contextlib
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from bench.processes import Server
from drill.faults import (
    Fault,
    World,
    disk_full,
    flooded,
    flush,
    held_down,
    junk,
    killed,
    slow_readers,
    source_is,
    stopped,
)
from drill.source import CHANNELS
from drill.watching import Crowd, Seen
from support.servers import free_port, repository
from support.stack import Stack, until

VIEWERS = 24
WARM_SEGMENTS = 4
SETTLE_S = 40.0
ROW = re.compile(r"^\| ([^|]+) \| [^|]+ \| (\d+) \| (\d+) \|$", re.MULTILINE)


@contextlib.asynccontextmanager
async def nothing(_: World) -> AsyncIterator[None]:
    """Break nothing: the channel is broken from the start."""
    await asyncio.sleep(4)
    yield


DRILLS: dict[str, Fault] = {
    **{f"kill {name}": killed(name) for name in ("catalog", "worker", "clock", "realtime", "nats", "redis")},
    "kill cache": killed("cache"),
    "kill streamer": killed("streamer-1"),
    "kill both streamers": killed("streamer-1", "streamer-2"),
    "kill caddy": killed("caddy"),
    "redis gone 30 s, then flushed": held_down("redis", "cache", after=flush),
    "nats gone 30 s": held_down("nats"),
    **{f"source {mode}": source_is(mode) for mode in ("slow", "dead", "lying", "flapping")},
    "name without address": nothing,
    "200 slow readers": slow_readers,
    "connection flood": flooded,
    "junk": junk,
    "out of memory": killed("streamer-2"),
    "streamer stopped 20 s": stopped("streamer-1", 20.0),
    "disk full": disk_full,
}


@dataclass(frozen=True, slots=True)
class Promise:
    """What a viewer may notice at most."""

    still_s: float
    back_s: float


def promises() -> dict[str, Promise]:
    """Return the table."""
    text = (repository() / "docs" / "reliability.md").read_text()
    return {name: Promise(float(still), float(back)) for name, still, back in ROW.findall(text)}


async def drilled(names: list[str]) -> bool:
    """Do the drills that are named, or all; tell how each went, and return whether all kept their promise."""
    promised = promises()
    assert promised.keys() == DRILLS.keys(), promised.keys() ^ DRILLS.keys()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        async with running(Path(folder)) as world:
            verdicts = [await _drill(world, name, promised[name]) for name in names or DRILLS]
    print(f"{sum(verdicts)} of {len(verdicts)} drills kept what is promised")  # noqa: T201
    return all(verdicts)


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[World]:
    """Run the stack before the drill's sources, until all channels play."""
    port = free_port()
    tests = str(repository() / "tests")
    command = [sys.executable, "-m", "drill.source", str(port)]
    sources = Server("source", command, port, environment={"PYTHONPATH": tests})
    source = f"http://127.0.0.1:{port}"
    lists = " ".join(f"m3u={source}/{place}/list.m3u" for place in ("nowhere", "first", "second"))
    stack = Stack(folder, SOURCES=lists, WORKERS="2")
    sources.start()
    stack.start()
    try:
        await asyncio.to_thread(stack.wait_until_said, "is ready after")
        yield World(stack, source)
    finally:
        if not stack.ended():
            await asyncio.to_thread(stack.interrupt)
        for process in stack.left():
            process.kill()
        sources.stop()


async def channels_of(world: World) -> dict[str, str]:
    """Return the channels: name -> id, once all are listed."""

    def listed() -> dict[str, str]:
        return {each["name"]: each["id"] for each in world.stack.get("/api/channels")["channels"]}

    await asyncio.to_thread(until, lambda: set(CHANNELS) <= set(listed()))
    found = await asyncio.to_thread(listed)
    return {name: found[name] for name in CHANNELS}


async def _drill(world: World, name: str, promised: Promise) -> bool:
    """Break one thing while everybody watches, and judge."""
    if lack := await _lack(world):
        return _tell(name, promised, None, f"the stack is not whole: {lack}")
    channels = await channels_of(world)
    async with Crowd(world.stack.base, channels, VIEWERS) as crowd:
        if not await crowd.play_on(WARM_SEGMENTS, SETTLE_S):
            return _tell(name, promised, None, f"not everybody played before it: {crowd.segments()}")
        before = crowd.begin()
        async with DRILLS[name](world):
            began = time.monotonic()
        came_back = await crowd.play_on(1, SETTLE_S)
        back_s = time.monotonic() - began
        await crowd.play_on(2, SETTLE_S)
        seen = crowd.seen(before, back_s)
        after = crowd.segments()
    return _tell(name, promised, seen if came_back else None, f"not everybody played after it: {after}")


async def _lack(world: World) -> str:
    """Wait until what the last drill broke is back; return what is still missing."""
    lack = "nobody answers"
    ends_at = time.monotonic() + SETTLE_S
    while time.monotonic() < ends_at:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http,
                http.get(f"{world.stack.base}/health/detailed") as answer,
            ):
                said = await answer.json()
                nodes = [key for key in said["nodes"] if ":streamer:" in key]
                if said["status"] == "ok" and len(nodes) == 2:
                    return ""
                lack = f"{said['checks']}, {nodes}"
        await asyncio.sleep(0.5)
    return lack


def _tell(name: str, promised: Promise, seen: Seen | None, why: str) -> bool:
    if seen is None:
        print(f"FAIL {name}: {why}", flush=True)  # noqa: T201
        return False
    well = seen.stalled_s <= promised.still_s + 0.25 and seen.back_s <= promised.back_s and not seen.worse
    said = f"still {seen.stalled_s:.1f} of {promised.still_s:g} s"
    said += f", back {seen.back_s:.1f} of {promised.back_s:g} s"
    worse = "".join(f", {number} {kind}" for kind, number in seen.worse.items())
    print(f"{'ok  ' if well else 'FAIL'} {name}: {said}{worse}", flush=True)  # noqa: T201
    return well
