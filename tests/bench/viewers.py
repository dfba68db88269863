"""`make bench-viewers`: simulated players on live channels, over several nodes, some of which may die.

Each loads the playlist, downloads what is new, plays it in real time, and judges all that it gets: media
sequences that run backwards, and bodies that are not the source's.
"""

import asyncio
import contextlib
import time
from collections import Counter
from contextlib import ExitStack
from statistics import quantiles

import uvloop
from bench.balance import Balancer, FailedError
from bench.cluster import Cluster
from bench.live import TARGET_S, segment
from bench.options import Viewers
from bench.player import Buffer, Listed, Place, reload_after_s
from bench.report import say

RAMP_S = 5.0
"""Players come one after the other within so long."""
ROLLS = 2
RETRY_S = 0.5


class Player:
    """One viewer of one channel."""

    def __init__(self, number: int, channel: str, balancer: Balancer) -> None:
        self._name = f"player/{number}"
        self._channel = channel
        self._balancer = balancer
        self.faults: Counter[str] = Counter()
        self.place = Place()
        self.buffer = Buffer(0.0)
        self.segments = 0

    async def watch(self, after_s: float, ending: asyncio.Event) -> None:
        """Tune in after a while, and watch until the end."""
        await asyncio.sleep(after_s)
        self.buffer = Buffer(time.monotonic())
        while not ending.is_set():
            began = time.monotonic()
            wait_s = await self._reload()
            left_s = began + wait_s - time.monotonic()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), max(0.0, left_s))
        self.buffer.play(time.monotonic())

    async def _reload(self) -> float:
        body = await self._get(f"/stream/{self._channel}.m3u8")
        if body is None:
            return RETRY_S
        listed = Listed.read(body.decode())
        changed, new = self.place.follow(listed)
        for number, address in new:
            await self._download(number, address, listed.target_s)
        return reload_after_s(listed.target_s, changed=changed)

    async def _download(self, number: int, address: str, duration_s: float) -> None:
        body = await self._get(address) or await self._get(address)
        if body is None:
            return
        self.segments += 1
        self.faults["wrong body"] += body != segment(self._channel, number)
        self.buffer.add(time.monotonic(), duration_s)

    async def _get(self, path: str) -> bytes | None:
        try:
            answer = await self._balancer.get(path, self._name)
        except FailedError:
            return None
        if answer.status != 200:
            self._balancer.counted[f"failed: status {answer.status}"] += 1
            return None
        return answer.body


def watched(options: Viewers) -> bool:
    """Let people watch; tell how it was, and return whether it was as it should be."""
    with ExitStack() as stack:
        cluster = Cluster(stack, nodes=options.nodes, channels=options.channels)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_watched(options, cluster))


async def _watched(options: Viewers, cluster: Cluster) -> bool:
    ports = [node.port for node in cluster.nodes]
    balancer = Balancer(ports, options.balance, retries_lost=options.kill)
    names = cluster.channels
    players = [Player(number, names[number % len(names)], balancer) for number in range(options.n)]
    ending, began = asyncio.Event(), time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number, player in enumerate(players):
            group.create_task(player.watch(number * RAMP_S / options.n, ending))
        await _happens(options, cluster)
        await asyncio.sleep(max(0.0, began + options.seconds - time.monotonic()))
        ending.set()
    asked = await asyncio.to_thread(cluster.asked)
    return _tell(options, players, balancer.counted, Upstream(asked, time.monotonic() - began))


async def _happens(options: Viewers, cluster: Cluster) -> None:
    if options.kill:
        await asyncio.sleep(options.seconds / 2)
        cluster.nodes[0].kill()
    if options.roll:
        await asyncio.sleep(2 * RAMP_S)
        await asyncio.to_thread(cluster.roll, ROLLS)


class Upstream:
    """What the source was asked, over `seconds`."""

    def __init__(self, asked: dict[str, int], seconds: float) -> None:
        segments = [count for path, count in asked.items() if path.endswith(".ts")]
        playlists = [count for path, count in asked.items() if path.endswith(".m3u8")]
        self.segments = len(segments)
        self.per_segment = sum(segments) / max(1, len(segments))
        self.more_than_once = sum(count > 1 for count in segments)
        self.polls = sum(playlists) / max(1, len(playlists)) / (seconds / TARGET_S)


def _tell(options: Viewers, players: list[Player], counted: Counter[str], upstream: Upstream) -> bool:
    faults = sum((player.faults for player in players), Counter[str]())
    starts = sorted(player.buffer.start_up_s or float("inf") for player in players)
    cuts = quantiles(starts, n=20, method="inclusive") if len(starts) > 1 else starts * 20
    failed = sum(count for kind, count in counted.items() if kind.startswith("failed"))
    wrong = {
        "failed requests": failed,
        "wrong bodies": faults["wrong body"],
        "media sequence ran backwards": sum(player.place.backwards for player in players),
        "segments skipped": sum(player.place.skipped for player in players),
        "stalls": sum(player.buffer.stalls for player in players),
        "players that never began": sum(player.buffer.started_at is None for player in players),
    }
    say(f"{options.n} players, {options.channels} channels, {options.nodes} nodes, {options.balance}")
    say(f"segments played     {sum(player.segments for player in players)}")
    say(f"start-up            p50 {cuts[9] * 1000:.0f} ms, p95 {cuts[18] * 1000:.0f} ms")
    say(f"stalled             {sum(player.buffer.stalled_s for player in players):.1f} s in all")
    say(
        f"upstream fetches    {upstream.per_segment:.3f} per segment; {upstream.more_than_once} of "
        f"{upstream.segments} segments more than once"
    )
    say(f"upstream polls      {upstream.polls:.2f} per target duration and rendition")
    for kind, number in sorted(counted.items()):
        say(f"{kind:<28} {number}")
    for kind, number in wrong.items():
        say(f"{kind:<28} {number}")
    return not any(wrong.values())
