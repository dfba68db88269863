"""Several replicas behind the project's own Caddyfile, one of which dies."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from chassis.registry import present
from contracts import keys, subjects
from contracts.messages import CatalogChanged
from redis.asyncio import Redis
from socketio.exceptions import SocketIOError
from support.front_door import front_door
from support.realtime import CHANNELS, Publisher, Viewer, publishing, viewing, write_generation
from support.servers import Program, free_port

PATIENCE_S = 60.0
QUESTIONS = 30
NOBODY = "127.0.0.1:1"


class Site:
    """Replicas, and the address of the Caddy before them."""

    def __init__(self, base: str, replicas: list[Program]) -> None:
        self.base = base
        self.replicas = replicas

    async def clients(self) -> list[int]:
        """Return how many clients each replica has."""
        async with httpx.AsyncClient() as http:
            told = [await http.get(f"http://127.0.0.1:{each.port}/metrics") for each in self.replicas]
        marked = "iptv_realtime_clients "
        lines = [line for answer in told for line in answer.text.splitlines() if line.startswith(marked)]
        return [int(float(line.removeprefix(marked))) for line in lines]


def replica(number: int, redis_url: str, nats_url: str) -> Program:
    """Return a replica as operators get it, not yet started."""
    port = free_port()
    told = {
        "LISTEN": f"127.0.0.1:{port}",
        "NODE_NAME": f"r{number}",
        "REDIS_URL": redis_url,
        "NATS_URL": nats_url,
        "LOG_LEVEL": "warning",
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    words = [f"{name}={value}" for name, value in {**kept, **told}.items()]
    return Program(["env", "-i", *words, sys.executable, "-m", "realtime"], port)


@pytest.fixture
async def publisher(nats_url: str) -> AsyncIterator[Publisher]:
    async with publishing(nats_url) as publisher:
        yield publisher


@pytest.fixture
def site(redis_url: str, nats_url: str, tmp_path: Path) -> Iterator[Site]:
    write_generation(redis_url, "channels", "v1", *CHANNELS)
    with ExitStack() as stack:
        replicas = [replica(number, redis_url, nats_url) for number in range(3)]
        for each in replicas:
            stack.callback(each.kill)
            each.start()
        where = " ".join(f"127.0.0.1:{each.port}" for each in replicas)
        yield Site(front_door(stack, NOBODY, NOBODY, where, tmp_path), replicas)


async def until_all_hear(redis_url: str, number: int) -> None:
    """Wait until so many replicas hear what is said."""
    async with Redis.from_url(redis_url) as redis, asyncio.timeout(PATIENCE_S):
        while True:
            leases = (await present(redis, keys.NODES)).values()
            if sum(lease["status"] == "ok" for lease in leases) == number:
                return
            await asyncio.sleep(0.05)


WAYS = [
    pytest.param("polling", True, id="polling, with cookies"),
    pytest.param("polling", False, id="polling, without cookies"),
    pytest.param("upgraded", True, id="upgraded, with cookies"),
    pytest.param("upgraded", False, id="upgraded, without cookies"),
    pytest.param("websocket", False, id="websocket"),
]


@pytest.mark.parametrize(("transport", "cookies"), WAYS)
async def test_a_session_stays_with_its_replica(site: Site, transport: str, *, cookies: bool) -> None:
    """Each request of one would be refused by another replica; only browsers keep cookies."""
    async with viewing(site.base, transport=transport, cookies=cookies) as viewer:
        for _ in range(QUESTIONS):
            assert await viewer.ask("leave_channel_updates") == {"joined": 0}
        assert sorted(await site.clients()) == [0, 0, 1]
        assert not viewer.disconnected.is_set()


async def test_websockets_are_spread(site: Site) -> None:
    """Although all come from one address, each replica has its share."""
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(9):
            await stack.enter_async_context(viewing(site.base))
        assert await site.clients() == [3, 3, 3]


class Reader:
    """A client that comes back, joins with its cursor, and holds each announcement against that."""

    def __init__(self, base: str, transport: str, *, cookies: bool) -> None:
        self._base, self._transport, self._cookies = base, transport, cookies
        self._cursor: str | None = None
        self.joined = asyncio.Event()
        self.connects = 0
        self.heard: list[int] = []

    async def read(self) -> None:
        """Be connected, for ever."""
        while True:
            with contextlib.suppress(SocketIOError):
                async with viewing(self._base, transport=self._transport, cookies=self._cookies) as viewer:
                    await self._stay(viewer)
            await asyncio.sleep(0.1)

    async def _stay(self, viewer: Viewer) -> None:
        self.connects += 1
        answer = await viewer.ask("join_channel_updates", {"cursor": self._cursor} if self._cursor else {})
        self._cursor = self._cursor or answer["cursor"]
        self.joined.set()
        while told := await viewer.any():
            self._hear(*told)

    def _hear(self, event: str, body: dict[str, str]) -> None:
        assert event == "catalog_changed", (event, body)
        mine = place(self._cursor or "")
        if place(body["after"]) <= mine < place(body["cursor"]):
            self._cursor = body["cursor"]
            self.heard.append(place(body["cursor"]))


def place(cursor: str) -> int:
    return int(cursor.rpartition("-")[2])


@contextlib.asynccontextmanager
async def reading(base: str) -> AsyncIterator[list[Reader]]:
    ways = [("websocket", False), ("polling", True), ("polling", False), ("upgraded", True)]
    readers = [Reader(base, way, cookies=cookies) for way, cookies in ways for _ in range(3)]
    tasks = [asyncio.ensure_future(reader.read()) for reader in readers]
    try:
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(*(reader.joined.wait() for reader in readers))
        yield readers
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_clients_of_a_replica_that_dies_go_on_at_another(
    site: Site, publisher: Publisher, redis_url: str
) -> None:
    """By polling and by websocket: what was said before, meanwhile and after is heard once, in order."""
    await until_all_hear(redis_url, len(site.replicas))
    async with reading(site.base) as readers:
        had = await site.clients()
        dying = had.index(max(had))
        said = []
        for number in range(60):
            said.append(await publisher.say(subjects.CATALOG_CHANGED, CatalogChanged(version=str(number))))
            if number == 20:
                await asyncio.to_thread(site.replicas[dying].kill)
            await asyncio.sleep(0.05)
        async with asyncio.timeout(PATIENCE_S):
            while any(reader.heard[-1:] != said[-1:] for reader in readers):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    assert [reader.heard for reader in readers] == [said] * len(readers)
    assert sum(reader.connects - 1 for reader in readers) >= had[dying] > 0
