"""What goes wrong in a drill: each fault is a context, gone when it is left.

Processes are those of the stack that the drill started itself, found by the names that they were given.
"""

import asyncio
import contextlib
import resource
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from urllib.parse import urlsplit

import aiohttp
import psutil
import redis
from support.stack import Stack

Fault = Callable[["World"], AbstractAsyncContextManager[None]]

JUNK_PER_S = 10_000
FLOOD = 400
SLOW = 200
LONG_S = 30.0


class World:
    """The stack, and the source behind it."""

    def __init__(self, stack: Stack, source: str) -> None:
        self.stack = stack
        self.source = source

    def find(self, name: str) -> psutil.Process | None:
        """Return a program of the stack by its name in the log."""
        for process in psutil.Process(self.stack.pid).children():
            with contextlib.suppress(psutil.Error):
                said = process.environ().get("NODE_NAME") or " ".join(process.cmdline())
                if name in (said, _server(said)):
                    return process
        return None

    async def tell(self, mode: str) -> None:
        """Tell the first source how to behave."""
        async with aiohttp.ClientSession() as http, http.get(f"{self.source}/told/{mode}") as answer:
            await answer.read()


def _server(words: str) -> str:
    signs = {"cache.sock": "cache", "redis.sock": "redis", "nats-server": "nats", "caddy": "caddy"}
    return next((name for sign, name in signs.items() if sign in words), words)


def killed(*names: str) -> Fault:
    """Kill programs, as `kill -9` and the out-of-memory killer do; the supervisor brings them back."""

    @contextlib.asynccontextmanager
    async def fault(world: World) -> AsyncIterator[None]:
        for name in names:
            if (process := world.find(name)) is not None:
                process.kill()
        yield

    return fault


def stopped(name: str, for_s: float) -> Fault:
    """Stop a program in its tracks for a while: it takes connections and answers nothing."""

    @contextlib.asynccontextmanager
    async def fault(world: World) -> AsyncIterator[None]:
        process = world.find(name)
        assert process is not None, name
        process.suspend()
        try:
            await asyncio.sleep(for_s)
            yield
        finally:
            process.resume()

    return fault


def held_down(*names: str, for_s: float = LONG_S, after: Callable[[World], None] | None = None) -> Fault:
    """Kill programs again and again, so that they are gone for a while."""

    @contextlib.asynccontextmanager
    async def fault(world: World) -> AsyncIterator[None]:
        ends_at = asyncio.get_running_loop().time() + for_s
        while asyncio.get_running_loop().time() < ends_at:
            for name in names:
                if (process := world.find(name)) is not None:
                    with contextlib.suppress(psutil.Error):
                        process.kill()
            await asyncio.sleep(0.05)
        if after is not None:
            await asyncio.to_thread(after, world)
        yield

    return fault


def flush(world: World) -> None:
    """Empty both Redis, once they are back."""
    for name in ("redis", "cache"):
        client = redis.Redis(unix_socket_path=str(world.stack.data / "run" / f"{name}.sock"))
        for _ in range(200):
            with contextlib.suppress(redis.RedisError):
                client.flushall()
                break
            time.sleep(0.1)
        client.close()


def source_is(mode: str, for_s: float = 20.0) -> Fault:
    """Have the first source misbehave for a while."""

    @contextlib.asynccontextmanager
    async def fault(world: World) -> AsyncIterator[None]:
        await world.tell(mode)
        try:
            await asyncio.sleep(for_s)
        finally:
            await world.tell("ok")
        yield

    return fault


def _address(world: World) -> tuple[str, int]:
    parts = urlsplit(world.stack.base)
    return parts.hostname or "", parts.port or 80


@contextlib.asynccontextmanager
async def slow_readers(world: World) -> AsyncIterator[None]:
    """Have many ask for segments and take next to nothing of them."""
    address = f"{world.stack.base}/stream/{await first_channel(world)}.m3u8"
    async with aiohttp.ClientSession() as http, http.get(address) as answer:
        text = await answer.text()
    path = next(line for line in text.splitlines() if line.startswith("/content/"))
    writers = []
    for _ in range(SLOW):
        _, writer = await asyncio.open_connection(*_address(world), limit=1024)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        writers.append(writer)
    try:
        await asyncio.sleep(15)
        yield
    finally:
        for writer in writers:
            writer.close()


@contextlib.asynccontextmanager
async def flooded(world: World) -> AsyncIterator[None]:
    """Open many connections and say nothing, or half a request."""
    writers = []
    for number in range(FLOOD):
        _, writer = await asyncio.open_connection(*_address(world))
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX: " if number % 2 else b"")
        writers.append(writer)
    try:
        await asyncio.sleep(15)
        yield
    finally:
        for writer in writers:
            writer.close()


@contextlib.asynccontextmanager
async def junk(world: World) -> AsyncIterator[None]:
    """Ask for what is not there, `JUNK_PER_S` times a second, from a process of its own."""
    command = ["-m", "drill.junk", *map(str, _address(world)), str(JUNK_PER_S), "20"]
    process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    print(f"     {said.decode().strip()}")  # noqa: T201
    yield


@contextlib.asynccontextmanager
async def disk_full(world: World) -> AsyncIterator[None]:
    """Let no process of the stack write a file any more: what a full disk does to each of them.

    But for streamers, which write none: their segments lie in files in memory. A full disk leaves those
    alone, and this limit would not.
    """
    children = psutil.Process(world.stack.pid).children()
    limited = [one for one in children if "streamer" not in one.environ().get("NODE_NAME", "")]
    before = {process.pid: resource.prlimit(process.pid, resource.RLIMIT_FSIZE) for process in limited}
    try:
        for pid, (_, most) in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, most))
        await asyncio.sleep(15)
        yield
    finally:
        for pid, limits in before.items():
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


async def first_channel(world: World) -> str:
    """Return the id of a channel."""
    async with aiohttp.ClientSession() as http, http.get(f"{world.stack.base}/api/channels") as answer:
        return str((await answer.json())["channels"][0]["id"])
