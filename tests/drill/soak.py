"""`make soak`: everything that people do, for long, and what it leaves behind.

Some watch, some zap, some search, some refresh the page's lists. What each process holds is looked at every
so often; in the end the last quarter is judged against the first one after the warm-up.
"""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

import aiohttp
import psutil
import redis
from bench.zap import files_bytes
from drill.drills import channels_of, running
from drill.faults import World
from drill.watching import Crowd

WATCHERS, ZAPPERS, READERS = 12, 6, 4
LOOKS = 60
WARM = 0.25
"""The share of the time that is not judged: caches fill."""
MORE = {
    "memory_mb": (0.08, 12.0),
    "descriptors": (0.05, 12.0),
    "threads": (0.0, 4.0),
    "connections": (0.1, 12.0),
}
"""By what share, or by how much in all, a figure may grow."""
KEYS_MORE = (0.05, 20.0)
PATHS = ("/api/channels", "/api/now", "/api/events", "/api/guide", "/api/status", "/playlist.m3u8",
         "/epg.xml", "/lineup.json")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """What a process holds. Memory is with the files in memory that segments lie in."""

    memory_mb: float
    descriptors: float
    threads: float
    connections: float


async def soaked(minutes: float) -> bool:
    """Let people use it; tell what is left, and return whether it is flat."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        async with running(Path(folder)) as world, busy(world, minutes * 60) as failed:
            looks, counted = await _looked(world, minutes * 60)
            return _told(looks, counted, failed)


@contextlib.asynccontextmanager
async def busy(world: World, seconds: float) -> AsyncIterator[list[int]]:
    """Have everybody do what they do."""
    channels, failed = await channels_of(world), [0, 0]
    ends_at = time.monotonic() + seconds
    async with Crowd(world.stack.base, channels, WATCHERS), aiohttp.ClientSession() as http:
        ids = list(channels.values())
        zapping = (_zaps(Random(number), http, world, ids, failed, ends_at) for number in range(ZAPPERS))  # noqa: S311
        reading = (_reads(Random(number), http, world, failed, ends_at) for number in range(READERS))  # noqa: S311
        tasks = [asyncio.ensure_future(one) for one in (*zapping, *reading)]
        try:
            yield failed
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _zaps(
    choice: Random,
    http: aiohttp.ClientSession,
    world: World,
    ids: list[str],
    failed: list[int],
    ends_at: float,
) -> None:
    while time.monotonic() < ends_at:
        text = await _get(http, f"{world.stack.base}/stream/{choice.choice(ids)}.m3u8", failed)
        for line in text.splitlines()[-1:]:
            if choice.random() < 0.5 and line.startswith("/"):
                await _get(http, world.stack.base + line, failed)
        await asyncio.sleep(choice.uniform(0.2, 2.0))


async def _reads(
    choice: Random, http: aiohttp.ClientSession, world: World, failed: list[int], ends_at: float
) -> None:
    number = 0
    while time.monotonic() < ends_at:
        number += 1
        path = choice.choice((*PATHS, f"/api/search?q=drill{number}", f"/api/channels?q={number}"))
        await _get(http, world.stack.base + path, failed)
        await asyncio.sleep(choice.uniform(0.1, 1.0))


async def _get(http: aiohttp.ClientSession, address: str, failed: list[int]) -> str:
    failed[1] += 1
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        async with http.get(address) as answer:
            body = await answer.read()
            if answer.status == 200:
                return body.decode("latin-1")
    failed[0] += 1
    return ""


async def _looked(world: World, seconds: float) -> tuple[dict[str, list[Look]], list[float]]:
    looks: dict[str, list[Look]] = {}
    counted: list[float] = []
    for _ in range(LOOKS):
        await asyncio.sleep(seconds / LOOKS)
        for name, one in (await asyncio.to_thread(_all, world)).items():
            looks.setdefault(name, []).append(one)
        counted.append(await asyncio.to_thread(_keys, world))
    return looks, counted


def _all(world: World) -> dict[str, Look]:
    found = {}
    for process in psutil.Process(world.stack.pid).children():
        with contextlib.suppress(psutil.Error, OSError):
            words = process.environ().get("NODE_NAME") or Path(process.exe()).name + f"-{process.pid}"
            memory_mb = (process.memory_info().rss + files_bytes(process.pid)) / 1e6
            connections = len(process.net_connections("all"))
            found[words] = Look(memory_mb, process.num_fds(), process.num_threads(), connections)
    return found


def _keys(world: World) -> float:
    number = 0
    for name in ("redis", "cache"):
        with redis.Redis(unix_socket_path=str(world.stack.data / "run" / f"{name}.sock")) as client:
            number += int(client.dbsize())
    return float(number)


def growth(row: list[float]) -> tuple[float, float]:
    """Return the medians of a row's first quarter, after the warm-up, and of its last."""
    judged = row[int(len(row) * WARM) :]
    quarter = max(1, len(judged) // 4)
    return median(judged[:quarter]), median(judged[-quarter:])


def is_flat(row: list[float], share: float, least: float) -> bool:
    """Whether a row grew by no more than a share of it, or so little that it means nothing."""
    first, last = growth(row)
    return last - first <= max(first * share, least)


def _told(looks: dict[str, list[Look]], counted: list[float], failed: list[int]) -> bool:
    verdicts = [_verdict("Redis' keys", counted, *KEYS_MORE)]
    for name, row in sorted(looks.items()):
        for what, (share, least) in MORE.items():
            verdicts.append(_verdict(f"{name}, {what}", [getattr(one, what) for one in row], share, least))
    well = failed[0] <= failed[1] // 1000
    print(f"{'ok  ' if well else 'FAIL'} {failed[0]} of {failed[1]} requests failed")  # noqa: T201
    return all(verdicts) and well


def _verdict(name: str, row: list[float], share: float, least: float) -> bool:
    first, last = growth(row)
    well = is_flat(row, share, least)
    print(f"{'ok  ' if well else 'FAIL'} {name}: {first:.0f}, then {last:.0f}")  # noqa: T201
    return well
