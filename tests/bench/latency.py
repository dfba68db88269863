"""`make bench-latency`: how much later a part arrives through the gateway, and what waiting costs the source.

A low-latency client waits for each part with a blocking reload, fetches it, and notes how long ago the source
had it complete: at the source itself, through one gateway (Caddy and its streamers), and through two, of
which the outer one has the inner one for its source. hls.js plays the same three, and tells how old the
picture is that it shows. Then many clients wait for one playlist.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from math import inf
from statistics import median, quantiles
from urllib.parse import urljoin

import uvloop
from bench.balance import Balancer, FailedError
from bench.cluster import Nodes
from bench.demo import Demo
from bench.options import Latency
from bench.report import say
from contracts.channel import Channel, Stream
from demo.live import EPOCH, Timeline
from demo.playlists import published
from support.playing import HlsJs, browser

CHANNEL = "59"
PLAYLIST = f"/live/{CHANNEL}/index.m3u8"
TIMELINE = Timeline.cut(60.0, 4.0)
SETTLE_S = 3.0
RAMP_S = 3.0
MORE_MOST_MS = 300.0
"""What two hops may add."""


@dataclass(frozen=True, slots=True)
class Place:
    """A part's place: its segment's number, and its own in that."""

    segment: int
    part: int

    def age_ms(self) -> float:
        """Return how long ago the source had it complete."""
        return (time.time() - EPOCH - published(TIMELINE, self.segment, self.part)) * 1000


def parts(playlist: str) -> tuple[dict[Place, str], Place]:
    """Return the parts that are listed, and the place of the next one."""
    said = re.search(r"#EXT-X-MEDIA-SEQUENCE:(\d+)", playlist)
    at, part = int(said[1]) if said else 0, 0
    at += int(skipped[1]) if (skipped := re.search(r"SKIPPED-SEGMENTS=(\d+)", playlist)) else 0
    found: dict[Place, str] = {}
    for line in playlist.splitlines():
        if line.startswith("#EXT-X-PART:"):
            found[Place(at, part)] = line.partition('URI="')[2].partition('"')[0]
            part += 1
        elif line and not line.startswith("#"):
            at, part = at + 1, 0
    return found, Place(at, part)


@dataclass
class Client:
    """A low-latency client. What it notes is in milliseconds after a part was complete."""

    base: int
    path: str
    name: str = "client"
    fetches: bool = True
    told_ms: list[float] = field(default_factory=list)
    """When it knew of a part."""
    had_ms: list[float] = field(default_factory=list)
    """When it had one."""
    failed: int = 0

    async def watch(self, after_s: float, seconds: float) -> None:
        """Tune in after a while, and wait for part after part."""
        await asyncio.sleep(after_s)
        balancer = Balancer([self.base], "roundrobin")
        seen, query = Place(0, 0), ""
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at:
            try:
                text = (await balancer.get(self.path + query, self.name)).body.decode()
            except FailedError:
                self.failed += 1
                continue
            listed, upcoming = parts(text)
            new = {place: address for place, address in listed.items() if place.segment >= seen.segment}
            fresh = [place for place in new if (place.segment, place.part) >= (seen.segment, seen.part)]
            if query:
                await self._note(balancer, {place: listed[place] for place in fresh})
            seen = upcoming
            query = f"?_HLS_msn={upcoming.segment}&_HLS_part={upcoming.part}"

    async def _note(self, balancer: Balancer, fresh: dict[Place, str]) -> None:
        self.told_ms += [place.age_ms() for place in fresh]
        if not self.fetches:
            return
        for place, address in fresh.items():
            try:
                answer = await balancer.get(urljoin(self.path, address), self.name)
            except FailedError:
                self.failed += 1
                continue
            self.failed += answer.status != 200
            self.had_ms.append(place.age_ms())


def measured(options: Latency) -> bool:
    """Measure both; return whether they are as they should be."""
    with ExitStack() as stack:
        demo = Demo(stack, CHANNEL)
        inner = Nodes(
            stack, {"a": demo.channel("a", 1, f"{CHANNEL}/index.m3u8")}, nodes=options.nodes
        ).front()
        source = Stream(
            source="inner", address=f"http://127.0.0.1:{inner.port}/stream/a.m3u8", allow_private=True
        )
        outer_channel = Channel(id="b", number=1, name="b", streams=(source,)).model_dump_json().encode()
        outer = Nodes(stack, {"b": outer_channel}, nodes=options.nodes).front()
        direct = Client(int(demo.base.rpartition(":")[2]), PLAYLIST)
        one, two = Client(inner.port, "/stream/a.m3u8"), Client(outer.port, "/stream/b.m3u8")
        _run(lambda: _together([direct, one, two], options.seconds))
        clients = {"direct": direct, "one gateway": one, "two gateways": two}
        shown = _played(
            {name: f"http://127.0.0.1:{client.base}{client.path}" for name, client in clients.items()},
            options.seconds,
        )
        well = _tell_latency(clients) and shown
        crowd = [Client(inner.port, "/stream/a.m3u8", f"viewer/{n}", fetches=False) for n in range(options.n)]
        before, began = demo.asked()[PLAYLIST], time.monotonic()
        _run(lambda: _together(crowd, options.seconds, RAMP_S))
        asked = (demo.asked()[PLAYLIST] - before) / (time.monotonic() - began)
        return _tell_crowd(crowd, asked, demo.at_once()[PLAYLIST]) and well


def _played(addresses: dict[str, str], seconds: float) -> bool:
    """Tell how old a picture is when hls.js shows it.

    One after the other, for a browser decodes by software here. hls.js begins as far behind as loading takes
    it, and then comes as near as the playlist allows: what counts is the second half.
    """
    ages: dict[str, float] = {}
    with browser() as chromium:
        for name, address in addresses.items():
            page = chromium.new_page()
            player = HlsJs(page)
            player.play(address, low_latency=True)
            player.wait(seconds)
            seen = player.seen()
            page.close()
            later = seen.samples[len(seen.samples) // 2 :]
            ages[name] = _middle([sample[3] for sample in later])
            more_ms = (ages[name] - ages["direct"]) * 1000
            say(
                f"{'ok    ' if more_ms <= MORE_MOST_MS else 'NOT OK'} {name:<12} hls.js shows a picture of "
                f"{ages[name]:.2f} s ago, {more_ms:+.0f} ms; says {_middle([one[4] for one in later]):.2f} s "
                f"itself; paused {len(seen.pauses_s)}, waited {seen.waits}"
            )
    return all((age - ages["direct"]) * 1000 <= MORE_MOST_MS for age in ages.values())


def _middle(values: list[float | None]) -> float:
    """Return the median; endless if it never began."""
    said = [value for value in values if value is not None]
    return median(said) if said else inf


def _run(work: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await work()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


async def _together(clients: list[Client], seconds: float, ramp_s: float = 0.0) -> None:
    async with asyncio.TaskGroup() as group:
        for number, client in enumerate(clients):
            group.create_task(client.watch(number * ramp_s / len(clients), seconds))


def _cuts(values: list[float]) -> tuple[float, float]:
    """Return the median and the 95th percentile."""
    return median(values), quantiles(values, n=20, method="inclusive")[18]


def _tell_latency(clients: dict[str, Client]) -> bool:
    base = _cuts(clients["direct"].had_ms)
    well = True
    for name, client in clients.items():
        told, had = _cuts(client.told_ms), _cuts(client.had_ms)
        more = [figure - other for figure, other in zip(had, base, strict=True)]
        is_good = max(more) <= MORE_MOST_MS and not client.failed
        well = well and is_good
        say(
            f"{'ok    ' if is_good else 'NOT OK'} {name:<12} {len(client.had_ms)} parts: known after p50 "
            f"{told[0]:.0f} ms, p95 {told[1]:.0f}; had after p50 {had[0]:.0f} ms, p95 {had[1]:.0f}; "
            f"{more[0]:+.0f} and {more[1]:+.0f}; failed {client.failed}"
        )
    return well


def _tell_crowd(clients: list[Client], asked: float, at_once: int) -> bool:
    told = [age for client in clients for age in client.told_ms]
    failed = sum(client.failed for client in clients)
    p50, p95 = _cuts(told)
    say(
        f"{len(clients)} waiting: {len(told)} parts known after p50 {p50:.0f} ms, p95 {p95:.0f}; "
        f"failed {failed}"
    )
    say(
        f"{'ok    ' if at_once == 1 else 'NOT OK'} asked the source {asked:.1f} times a second, "
        f"{at_once} at once"
    )
    return at_once == 1 and not failed
