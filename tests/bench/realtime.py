"""`make bench-realtime`: many Socket.IO clients, on replicas that may die.

    crowd     everybody hears of an event: how soon, and what a client costs in memory
    changes   clients on all channels while these change: each ends with every channel's last state
    search    questions at fixed times, by many clients, over a long list
    faults    every replica killed, NATS and Redis restarted under load: nobody misses or repeats anything

Replicas share the first core, the load and the stores have the last. The client (`socketio.py`) is written
for this: it takes frames apart by hand, so that at 5,000 clients it takes 20 µs for each announcement.
"""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from statistics import median
from typing import Any

import nats as nats_client
import uvloop
from bench import socketio
from bench.compare import DOCUMENT
from bench.options import Realtime
from bench.processes import cores
from bench.replicas import Follower, Replicas, judge
from bench.report import say, today, write
from chassis.nats import ensure_stream
from contracts import subjects
from contracts.channel import Channel, ChannelStatus, Status
from contracts.event import EventState
from contracts.messages import EventStateChanged
from nats.js.client import JetStreamContext
from support.realtime import EVENT, write_generation

AT_ONCE = 50
SETTLE_S = 3.0
PUBLISH_S = 2.0
LATE_S = 30.0
WARM_S = 3.0
"""A new list's first searches are slower: what is asked often is remembered."""
WORDS = ("sport", "news", "cinema", "kids", "music", "world", "one", "two", "plus", "gold", "arena", "europe")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was measured, and what was asked for."""

    what: str
    figure: str
    asked: str
    is_well: bool


def part_of(values: list[float], part: float) -> float:
    """Return a percentile: of 100 values the 99th is the last but one."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


async def crowd(replicas: Replicas, options: Realtime) -> list[Line]:
    """Tell everybody of an event, some times."""
    heard: list[float] = []
    await asyncio.sleep(SETTLE_S)
    before = replicas.rss_bytes()
    began = time.perf_counter()
    clients = await _connected(replicas, options.clients, lambda *_: heard.append(time.perf_counter()))
    connected_s = time.perf_counter() - began
    await asyncio.sleep(SETTLE_S)
    kb = (replicas.rss_bytes() - before) / len(clients) / 1024
    took, worst, cpu = list[float](), list[float](), list[float]()
    async with _stream(replicas) as stream:
        for number in range(options.rounds):
            one = await _told(replicas, stream, heard, len(clients), number)
            took += one[0]
            worst.append(part_of(one[0], 0.99))
            cpu.append(one[1])
    for client in clients:
        client.close()
    p99, n = part_of(took, 0.99), len(clients)
    lost, per_client_us = n * options.rounds - len(took), median(cpu) / n * 1e6
    spread = f"{median(worst):.0f}, {max(worst):.0f} ms"
    return [
        Line(f"{n} clients: all hear of an event, p99", f"{p99:.0f} ms", "300 ms", p99 <= 300),
        Line(
            "the same, by announcement: median, worst p99",
            spread,
            "",
            True,
        ),
        Line(
            "announcements that did not come",
            str(lost),
            "0",
            not lost,
        ),
        Line("memory of a client", f"{kb:.1f} KB", "60 KB", kb <= 60),
        Line("processor time for one announcement to one client", f"{per_client_us:.0f} µs", "", True),
        Line("clients connected per second, on one core", f"{n / connected_s:.0f}", "", True),
    ]


async def _connected(replicas: Replicas, number: int, heard: socketio.Heard) -> list[socketio.Client]:
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(at: int) -> socketio.Client:
        async with turn:
            return await socketio.connect(replicas.nodes[at % len(replicas.nodes)].port, heard)

    return list(await asyncio.gather(*map(one, range(number))))


async def _told(
    replicas: Replicas, stream: JetStreamContext, heard: list[float], clients: int, number: int
) -> tuple[list[float], float]:
    """Tell everybody; return how long it took to come to each, in ms, and its processor time."""
    heard.clear()
    cpu_s, began = replicas.cpu_s(), time.perf_counter()
    state = EventState.LIVE if number % 2 else EventState.ENDED
    await _say(stream, subjects.EVENT_STATE, EventStateChanged(event=EVENT, state=state))
    while len(heard) < clients and time.perf_counter() < began + LATE_S:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    cpu_s = replicas.cpu_s() - cpu_s
    await asyncio.sleep(0.5)
    return [(at - began) * 1000 for at in heard], cpu_s


async def changes(replicas: Replicas, options: Realtime) -> list[Line]:
    """Change channels' statuses at a fixed rate while clients are on all of them."""
    async with _following(replicas, options.followers) as followers, _stream(replicas) as stream:
        cpu_s = replicas.cpu_s()
        said, last = await _change(stream, options.rate, options.seconds)
        await _until_all_have(followers, max(said))
        cpu_s = replicas.cpu_s() - cpu_s
    figures = [judge(follower.book, said) for follower in followers]
    ended = sum(follower.book.states == last for follower in followers)
    missing, doubled = sum(one for one, _ in figures), sum(two for _, two in figures)
    took = [ms for follower in followers for ms in follower.took_ms]
    n, told = len(followers), sum(len(follower.book.sequences) for follower in followers)
    title = f"{n} clients, {len(said)} changes, {options.rate} per second"
    waits = f"{median(took):.0f}, {part_of(took, 0.99):.0f} ms"
    return [
        Line(f"{title}: ended with every channel's last state", f"{ended} of {n}", "all", ended == n),
        Line("cursors missing, doubled", f"{missing}, {doubled}", "0, 0", not missing and not doubled),
        Line(
            "from change to client: median, p99",
            waits,
            "",
            True,
        ),
        Line("told, of all changes times clients", f"{told / n / len(said):.1%}", "", True),
        Line("share of the replicas' core", f"{cpu_s / options.seconds:.0%}", "", True),
    ]


@asynccontextmanager
async def _following(replicas: Replicas, number: int) -> AsyncIterator[list[Follower]]:
    followers = [Follower([node.port for node in replicas.nodes], at) for at in range(number)]
    tasks = [asyncio.ensure_future(follower.follow()) for follower in followers]
    try:
        await asyncio.gather(*(follower.joined.wait() for follower in followers))
        for follower in followers:
            follower.book.connects = 0
        yield followers
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _change(
    stream: JetStreamContext, rate: int, seconds: float
) -> tuple[dict[int, str], dict[str, int]]:
    """Say so many changes; return each sequence's channel, and each channel's last state."""
    choice, said, last = random.Random(1), dict[int, str](), dict[str, int]()  # noqa: S311
    began = time.monotonic()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(began + number / rate - time.monotonic())
        channel_id = f"channel-{choice.randrange(1000)}"
        status = ChannelStatus(
            channel_id=channel_id,
            status=Status.ONLINE,
            latency_ms=number,
            checked_at=datetime.now(UTC),
            reason=f"{time.time():.6f}",
        )
        said[await _say(stream, subjects.CHANNEL_STATUS, status, f"change-{number}")] = channel_id
        last[channel_id] = number
    return said, last


async def _until_all_have(followers: list[Follower], last: int) -> None:
    ends_at = time.monotonic() + LATE_S
    while time.monotonic() < ends_at:
        if all(follower.book.sequences and follower.book.sequences[-1] >= last for follower in followers):
            return
        await asyncio.sleep(0.1)


async def search(replicas: Replicas, options: Realtime) -> list[Line]:
    """Ask at fixed times, whether answers come or not."""
    names = _names(options.channels)
    records = [
        Channel(id=f"channel-{number}", number=number, name=name) for number, name in enumerate(names, 1)
    ]
    await asyncio.to_thread(write_generation, replicas.redis_url, "channels", "bench", *records)
    clients = await _connected(replicas, 100, lambda *_: None)
    for client in clients:
        while not (await client.ask("search_channels", {"query": names[0]}))["results"]:  # noqa: ASYNC110
            await asyncio.sleep(0.5)
    took, tasks = list[float](), list[asyncio.Task[None]]()
    choice, began, cpu_s = random.Random(2), time.perf_counter(), replicas.cpu_s()  # noqa: S311

    async def ask(client: socketio.Client, query: str, due: float) -> None:
        found = await client.ask("search_channels", {"query": query})
        if found["results"]:
            took.append((time.perf_counter() - due) * 1000)

    warm = int(options.queries * WARM_S)
    total = int(options.queries * options.search_seconds)
    for number in range(-warm, total):
        due = began + (number + warm) / options.queries
        await asyncio.sleep(due - time.perf_counter())
        tasks.append(asyncio.create_task(ask(clients[number % len(clients)], _query(choice, names), due)))  # noqa: TID251
    await asyncio.gather(*tasks)
    cpu_s = (replicas.cpu_s() - cpu_s) * total / len(tasks)
    took = took[warm:]
    for client in clients:
        client.close()
    p99 = part_of(took, 0.99)
    return [
        Line(
            f"{options.queries} searches per second in {options.channels} channels: p99",
            f"{p99:.1f} ms",
            "25 ms",
            p99 <= 25,
        ),
        Line("the same: median, greatest", f"{median(took):.1f}, {max(took):.1f} ms", "", True),
        Line("searches that found nothing", str(total - len(took)), "0", total == len(took)),
        Line("processor time of one search", f"{cpu_s / total * 1000:.1f} ms", "", True),
    ]


def _names(number: int) -> list[str]:
    choice = random.Random(3)  # noqa: S311
    return [f"{' '.join(choice.sample(WORDS, 2)).title()} {at}" for at in range(number)]


def _query(choice: random.Random, names: list[str]) -> str:
    """Return what somebody types: a whole name, its beginning, or a name with a letter left out."""
    name = choice.choice(names)
    kind = choice.randrange(3)
    if kind == 0:
        return name
    return name[: choice.randrange(3, 9)].strip() if kind == 1 else name[:2] + name[3:]


async def faults(replicas: Replicas, options: Realtime) -> list[Line]:
    """Kill each replica once, restart NATS once and Redis once, while channels change."""
    async with _following(replicas, options.followers) as followers, _stream(replicas) as stream:
        changing = asyncio.ensure_future(_change(stream, options.fault_rate, options.fault_seconds))
        pause_s = options.fault_seconds / (len(replicas.nodes) + 3)
        for server in (*replicas.nodes, replicas.nats, replicas.redis):
            await asyncio.sleep(pause_s * 0.7)
            await asyncio.to_thread(server.kill)
            await asyncio.sleep(pause_s * 0.3)
            await asyncio.to_thread(server.start)
        said, last = await changing
        await _until_all_have(followers, max(said))
    figures = [judge(follower.book, said) for follower in followers]
    missing, doubled = sum(one for one, _ in figures), sum(two for _, two in figures)
    ended = sum(follower.book.states == last for follower in followers)
    books, n = [follower.book for follower in followers], len(followers)
    title, resyncs = f"{n} clients, {len(said)} changes", sum(book.resyncs for book in books)
    return [
        Line(
            f"{title}: ended with every channel's last state",
            f"{ended} of {n}",
            "all",
            ended == n,
        ),
        Line("cursors missing, doubled", f"{missing}, {doubled}", "0, 0", not missing and not doubled),
        Line("connections made anew", str(sum(book.connects for book in books)), "", True),
        Line(
            "sent to fetch everything",
            str(resyncs),
            "0",
            not resyncs,
        ),
        Line("asked again for what came in between", str(sum(book.holes for book in books)), "", True),
        Line("repeated, known by its cursor", str(sum(book.repeated for book in books)), "", True),
    ]


@asynccontextmanager
async def _stream(replicas: Replicas) -> AsyncIterator[JetStreamContext]:
    client = await nats_client.connect(
        replicas.nats_url, max_reconnect_attempts=-1, reconnect_time_wait=0.2, error_cb=_unheard
    )
    await ensure_stream(client, subjects.STREAM, [subjects.WILDCARD], subjects.MAX_AGE_S)
    try:
        yield client.jetstream(timeout=PUBLISH_S)
    finally:
        await client.close()


async def _unheard(_: Exception) -> None:
    """A NATS that is away is what we want to see."""


IDS = count()


async def _say(stream: JetStreamContext, subject: str, record: Any, message_id: str = "") -> int:
    """Publish until it is acknowledged, under one id: so does the outbox."""
    headers = {"Nats-Msg-Id": f"{message_id or next(IDS)}-{os.getpid()}"}
    while True:
        try:
            ack = await stream.publish(subject, record.model_dump_json().encode(), headers=headers)
        except Exception:  # noqa: BLE001  (NATS is away: the library has many ways to say so)
            await asyncio.sleep(0.1)
        else:
            return ack.seq


SCENARIOS: dict[str, Callable[[Replicas, Realtime], Coroutine[Any, Any, list[Line]]]] = {
    "crowd": crowd,
    "changes": changes,
    "search": search,
    "faults": faults,
}


def relayed(options: Realtime) -> bool:
    """Run the scenarios that were asked for; tell, and write down. Return whether all was as it should be."""
    chosen = [name for name in SCENARIOS if name in options.only] or list(SCENARIOS)
    os.sched_setaffinity(0, {cores()[1]})
    sections, well = {}, True
    for name in chosen:
        with ExitStack() as stack, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            lines = runner.run(SCENARIOS[name](Replicas(stack, options.nodes), options))
        sections[f"realtime-{name}"] = _markdown(lines, options)
        for line in lines:
            say(f"{'ok    ' if line.is_well else 'NOT OK'} {name}: {line.what}: {line.figure}")
        well &= all(line.is_well for line in lines)
    if options.write:
        write(DOCUMENT, sections)
    return well


def _markdown(lines: list[Line], options: Realtime) -> str:
    rows = [f"| {line.what} | {line.figure} | {line.asked} |" for line in lines]
    head = [f"{options.nodes} replicas; {today()}.", "", "| what | figure | at most |", "| --- | --- | --- |"]
    return "\n".join([*head, *rows])
