"""Replicas of realtime that share a Redis and a NATS, and clients that write down what they are told.

A client does what the page does: it comes back to any replica that is there, joins with its cursor, holds
each announcement against that, and asks again where something is missing.
"""

import asyncio
import contextlib
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from bench import socketio
from bench.processes import Server, cores
from bench.subjects import nats, store
from support.servers import free_port

BACK_OFF_S = (0.2, 1.0)
ANSWER_S = 20.0


class Replicas:
    """The replicas on the first core, the stores on the last, running while `stack` is open."""

    def __init__(self, stack: ExitStack, count: int) -> None:
        self._stack = stack
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        self._core, load_core = cores()
        self.redis = self._run(store("redis", load_core))
        self.nats = self._run(nats(folder, load_core))
        self.nodes = [self._run(self._replica(f"replica-{number}", folder)) for number in range(count)]

    @property
    def redis_url(self) -> str:
        """Where the catalog is."""
        return f"redis://127.0.0.1:{self.redis.port}/0"

    @property
    def nats_url(self) -> str:
        """Where things are said."""
        return f"nats://127.0.0.1:{self.nats.port}"

    def _run(self, server: Server) -> Server:
        self._stack.callback(server.stop)
        server.start()
        return server

    def _replica(self, name: str, folder: Path) -> Server:
        port = free_port()
        told = {
            "LISTEN": f"127.0.0.1:{port}",
            "NODE_NAME": name,
            "REDIS_URL": self.redis_url,
            "NATS_URL": self.nats_url,
            "LOG_LEVEL": "warning",
            "DRAIN_S": "0",
            "SHUTDOWN_S": "1",
        }
        command = [sys.executable, "-m", "realtime"]
        return Server(
            "realtime", command, port, core=self._core, environment=told, log=folder / f"{name}.log"
        )

    def rss_bytes(self) -> int:
        """Return the memory of all replicas."""
        return sum(node.rss_bytes() for node in self.nodes)

    def cpu_s(self) -> float:
        """Return the processor time of all replicas until now."""
        return sum(node.cpu_s() for node in self.nodes)


@dataclass(slots=True)
class Book:
    """What one client was told: sequences in the order of their coming, and each channel's last state."""

    sequences: list[int] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    repeated: int = 0
    """Announcements that came again, and were not written down again."""
    holes: int = 0
    """How often something was missing in between, and was asked for."""
    resyncs: int = 0
    connects: int = 0


def place(cursor: str) -> int:
    """Return a cursor's sequence."""
    return int(cursor.rpartition("-")[2])


class Follower:
    """A client on all channels, for as long as it is not told to stop."""

    def __init__(self, ports: Sequence[int], number: int) -> None:
        self._ports = ports
        self._number = number
        self._client: socketio.Client | None = None
        self._catching_up = False
        self._asked: set[asyncio.Task[None]] = set()
        self.cursor: str | None = None
        self.book = Book()
        self.took_ms: list[float] = []
        self.joined = asyncio.Event()

    async def follow(self) -> None:
        """Be connected, to whichever replica is there, until cancelled."""
        choice = random.Random(self._number)  # noqa: S311
        at = self._number
        try:
            while True:
                with contextlib.suppress(OSError, TimeoutError):
                    await self._stay(self._ports[at % len(self._ports)])
                self.joined.clear()
                at += 1
                await asyncio.sleep(choice.uniform(*BACK_OFF_S))
        finally:
            if self._client:
                self._client.close()

    async def _stay(self, port: int) -> None:
        client = self._client = await socketio.connect(port, self._heard, 5.0)
        self.book.connects += 1
        request = {"cursor": self.cursor} if self.cursor else {}
        await self._catch_up(client, "join_channel_updates", request)
        self.joined.set()
        await client.gone

    async def _catch_up(self, client: socketio.Client, event: str, request: dict[str, Any]) -> None:
        self._catching_up = True
        try:
            async with asyncio.timeout(ANSWER_S):
                answer = await client.ask(event, request)
            if self.cursor is None or place(answer["cursor"]) > place(self.cursor):
                self.cursor = answer["cursor"]
        finally:
            self._catching_up = False

    def _heard(self, client: socketio.Client, text: bytes) -> None:
        event, body = orjson.loads(text)
        if event == "resync":
            self.book.resyncs += 1
            self.cursor = body["cursor"]
        elif self._is_next(client, body):
            self._note(body)

    def _is_next(self, client: socketio.Client, body: dict[str, Any]) -> bool:
        if client is not self._client or not body.get("after"):
            return False
        if self.cursor and place(body["cursor"]) <= place(self.cursor):
            self.book.repeated += 1
            return False
        if self.cursor and place(body["after"]) > place(self.cursor):
            if not self._catching_up:
                self.book.holes += 1
                self._ask(self._catch_up(client, "join_channel_updates", {"cursor": self.cursor}))
            return False
        self.cursor = body["cursor"]
        return True

    def _ask(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(_quietly(work))
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    def _note(self, body: dict[str, Any]) -> None:
        self.book.sequences.append(place(body["cursor"]))
        if "channel_id" in body:
            self.book.states[body["channel_id"]] = body["latency_ms"]
            sent_at = float(body.get("reason") or 0)
            self.took_ms.append((time.time() - sent_at) * 1000)


async def _quietly(work: Any) -> None:
    with contextlib.suppress(OSError, TimeoutError):
        await work


def judge(book: Book, said: dict[int, str]) -> tuple[int, int]:
    """Return how many announcements are missing in a book, and how many stand there twice.

    `said` is each sequence's channel. None is missing where a later one of the same channel was told: within
    a tick, or while a client was away, only the last of a channel counts.
    """
    first = book.sequences[0] if book.sequences else 0
    told = set(book.sequences)
    latest: dict[str, int] = {}
    for sequence in book.sequences:
        latest[said[sequence]] = max(sequence, latest.get(said[sequence], 0))
    missing = sum(
        sequence not in told and sequence > latest.get(channel, 0)
        for sequence, channel in said.items()
        if sequence >= first
    )
    ordered = sum(one >= other for one, other in zip(book.sequences, book.sequences[1:], strict=False))
    return missing, ordered
