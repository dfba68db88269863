"""`make bench-zap`: viewers who never stay, and what they leave behind: memory, connections, leases.

Each watches a channel for some seconds and goes on to another; some leave in the middle of a segment.

The trap: a node's memory grows until its segment memory (`CACHE_MB`) is full, which takes minutes. So memory
is judged twice: without the segments, after a short warm-up; and with them, from when they grow no more.
"""

import asyncio
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

import httpx
import psutil
import redis
import uvloop
from bench.balance import Balancer, FailedError
from bench.cluster import Cluster
from bench.live import SEGMENT_BYTES
from bench.options import Zapping
from bench.player import Listed, Place
from bench.report import say

STAYS_S = (2.0, 8.0)
LEAVES_MIDWAY = 0.2
"""How many of the segments a viewer leaves in the middle, and the channel with it."""
RELOAD_S = 1.0
LOOK_S = 10.0
WARM_UP_S = 120.0
FULL = 0.97
"""A segment memory that holds so much of its greatest size, for the rest of the run, is full."""
FLAT = 0.05
PATIENCE_S = 60.0
"""On a machine that does much else an answer may take this long."""
SETTLE_S = 40.0
"""Longer than idle connections to a source are kept."""
LEASES = ("iptv:media:poller:*", "iptv:media:fetching:*")


@dataclass(frozen=True, slots=True)
class Look:
    """What a node holds."""

    memory_mb: float
    """Its own pages, and the files in memory that hot segments are sent from."""
    segments_mb: float
    upstream: int
    """Connections to the source."""
    files: int
    fetches: float
    """Bodies under way, as /metrics says it."""


def zapped(options: Zapping) -> bool:
    """Let people zap; tell what they leave behind, and return whether it is nothing."""
    with ExitStack() as stack:
        cluster = Cluster(stack, nodes=options.nodes, channels=options.channels)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            balancer = Balancer([node.port for node in cluster.nodes], options.balance)
            looks = runner.run(_zapped(options, cluster, balancer))
        return _verdict(cluster, balancer, looks)


async def _zapped(options: Zapping, cluster: Cluster, balancer: Balancer) -> list[list[Look]]:
    ends_at = time.monotonic() + options.minutes * 60
    looks: list[list[Look]] = []
    async with asyncio.TaskGroup() as group:
        for number in range(options.n):
            group.create_task(_zaps(Random(number), f"zapper/{number}", cluster, balancer, ends_at))  # noqa: S311
        while time.monotonic() < ends_at:
            await asyncio.sleep(LOOK_S)
            looks.append(await asyncio.to_thread(look, cluster))
            _tell(looks[-1])
    return looks


async def _zaps(choice: Random, name: str, cluster: Cluster, balancer: Balancer, ends_at: float) -> None:
    while time.monotonic() < ends_at:
        leaves_at = min(ends_at, time.monotonic() + choice.uniform(*STAYS_S))
        try:
            await _stay(choice, f"/stream/{choice.choice(cluster.channels)}.m3u8", name, balancer, leaves_at)
        except FailedError:
            await asyncio.sleep(RELOAD_S)


async def _stay(choice: Random, path: str, name: str, balancer: Balancer, leaves_at: float) -> None:
    place = Place()
    while time.monotonic() < leaves_at:
        answer = await balancer.get(path, name)
        if answer.status != 200:
            balancer.counted[f"failed: status {answer.status}"] += 1
            raise FailedError(str(answer.status))
        for _, address in place.follow(Listed.read(answer.body.decode()))[1]:
            if choice.random() < LEAVES_MIDWAY:
                await balancer.get(address, name, most_bytes=choice.randrange(1, SEGMENT_BYTES // 2))
                return
            await balancer.get(address, name)
        await asyncio.sleep(RELOAD_S)


def look(cluster: Cluster) -> list[Look]:
    """Return what each node holds now."""
    return [_look(node.pid, node.port, cluster.live.port) for node in cluster.nodes]


def _look(pid: int, port: int, source_port: int) -> Look:
    process = psutil.Process(pid)
    upstream = [one for one in process.net_connections("tcp") if one.raddr and one.raddr.port == source_port]
    said = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE_S).text
    memory_mb = (process.memory_info().rss + files_bytes(pid)) / 1e6
    segments_mb = _gauge(said, "cache_bytes") / 1e6
    return Look(memory_mb, segments_mb, len(upstream), process.num_fds(), _gauge(said, "fetches"))


def files_bytes(pid: int) -> int:
    """Return what a process holds in files without a name: no page of theirs is mapped into it."""
    found = 0
    for one in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            found += one.stat().st_size if str(one.readlink()).startswith("/memfd:") else 0
    return found


def _gauge(said: str, name: str) -> float:
    return next(
        float(line.split()[1]) for line in said.splitlines() if line.startswith(f"iptv_streamer_{name} ")
    )


def _tell(looks: list[Look]) -> None:
    said = [
        f"{one.memory_mb:.0f} MB ({one.segments_mb:.0f} segments), {one.upstream} upstream, "
        f"{one.files} files, {one.fetches:.0f} fetches"
        for one in looks
    ]
    say("   ".join(said))


def drift(memory_mb: list[float]) -> float:
    """Return how much the last quarter of a row differs from its first, as a share."""
    quarter = max(1, len(memory_mb) // 4)
    return median(memory_mb[-quarter:]) / median(memory_mb[:quarter]) - 1


def full_since(segments_mb: list[float]) -> int:
    """Return from where on a row stays near its greatest: its length, where that is only its end."""
    near = [one >= FULL * max(segments_mb) for one in segments_mb]
    since = len(near) - next((at for at, one in enumerate(reversed(near)) if not one), len(near))
    return since if since < len(near) * 3 / 4 else len(near)


def memory(looks: list[Look]) -> dict[str, bool]:
    """Judge one node's memory: without its segments, and with them once they grow no more."""
    warm = looks[int(min(WARM_UP_S / LOOK_S, len(looks) / 3)) :]
    without = [one.memory_mb - one.segments_mb for one in warm]
    # What it is a share of is all memory: a few pages of the allocator's are no leak.
    beside = (median(without) * drift(without)) / median(one.memory_mb for one in warm)
    verdicts = {f"memory without segments: {beside:+.1%} of all": abs(beside) < FLAT}
    full = looks[full_since([one.segments_mb for one in looks]) :]
    if not full:
        return {**verdicts, "memory: the segments' never filled, not judged": True}
    whole = drift([one.memory_mb for one in full])
    return {**verdicts, f"memory once the segments' is full: {whole:+.1%}": abs(whole) < FLAT}


def _verdict(cluster: Cluster, balancer: Balancer, looks: list[list[Look]]) -> bool:
    say(f"everybody has left; {SETTLE_S:.0f} s later:")
    time.sleep(SETTLE_S)
    after = look(cluster)
    _tell(after)
    with redis.Redis(port=cluster.cache.port) as client:
        leases = sum(len(list(client.scan_iter(pattern))) for pattern in LEASES)
    failed = sum(count for kind, count in balancer.counted.items() if kind.startswith("failed"))
    upstream, fetches = sum(one.upstream for one in after), sum(one.fetches for one in after)
    verdicts = [
        (f"{node.name} {number}: {said}", well)
        for number, node in enumerate(cluster.nodes, start=1)
        for said, well in memory([row[number - 1] for row in looks]).items()
    ]
    verdicts += [
        (f"connections to the source: {upstream}", not upstream),
        (f"bodies under way: {fetches:.0f}", not fetches),
        (f"leases in Redis: {leases}", not leases),
        (f"failed requests: {failed} of {balancer.counted['requests']}", not failed),
    ]
    for said, well in verdicts:
        say(f"{'ok    ' if well else 'NOT OK'} {said}")
    return all(well for _, well in verdicts)
