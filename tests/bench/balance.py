"""A balancer in the client, with as much of HTTP/1.1 as it needs and no library's courtesy.

What fails, shows. It asks another node where a connection is refused, as Caddy does, and leaves that one
alone for two seconds. A kept connection that turns out closed before a byte of the answer came is asked
again on a new one and counted (`stale`), as Go's transport does. Where an answer breaks off, that is a
failure and nothing is tried again here; but `retries_lost`, for nodes that are killed, asks another node if
not even the head has come.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Literal
from zlib import crc32

Policy = Literal["roundrobin", "leastconn", "hash"]

DEADLINE_S = 20.0
CONNECT_S = 1.0
DOWN_S = 2.0
TRY_S = 3.0
TRY_AGAIN_S = 0.1
LIMIT_BYTES = 1 << 20


class FailedError(Exception):
    """A request failed. Its text is a kind, to be counted."""


class _RefusedError(Exception):
    pass


class _StaleError(Exception):
    pass


class _LostError(Exception):
    pass


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(slots=True)
class Node:
    """A node, as a balancer knows it."""

    port: int
    under_way: int = 0
    down_until: float = 0.0
    idle: list[Connection] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. `body` may be cut by whoever asked."""

    status: int
    body: bytes = field(repr=False)


class Balancer:
    """Nodes behind a policy. `counted` has what was tried again and what failed."""

    def __init__(self, ports: Sequence[int], policy: Policy, *, retries_lost: bool = False) -> None:
        self.nodes = [Node(port) for port in ports]
        self.counted: Counter[str] = Counter()
        self._policy = policy
        self._retries_lost = retries_lost
        self._turn = count()

    async def get(self, path: str, viewer: str, *, most_bytes: int | None = None) -> Answer:
        """Ask some node for a path; leave after `most_bytes`, where they are told.

        Raises
        ------
        FailedError
            If no node could be asked, or one's answer broke off.
        """
        self.counted["requests"] += 1
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await self._tried(path, viewer, most_bytes)
        except TimeoutError:
            raise self._failed("no answer in time") from None

    async def _tried(self, path: str, viewer: str, most_bytes: int | None) -> Answer:
        ends_at = time.monotonic() + TRY_S
        while time.monotonic() < ends_at:
            node = self._choose(path)
            try:
                return await self._asked(node, path, viewer, most_bytes)
            except _RefusedError:
                self.counted["refused, asked another"] += 1
                node.down_until = time.monotonic() + DOWN_S
            except _LostError:
                if not self._retries_lost:
                    raise self._failed("no answer") from None
                self.counted["lost, asked another"] += 1
            if not any(self._up()):
                await asyncio.sleep(TRY_AGAIN_S)
        raise self._failed("no node")

    def _failed(self, kind: str) -> FailedError:
        self.counted[f"failed: {kind}"] += 1
        return FailedError(kind)

    def _up(self) -> list[Node]:
        now = time.monotonic()
        return [node for node in self.nodes if node.down_until <= now]

    def _choose(self, path: str) -> Node:
        up = self._up() or self.nodes
        if self._policy == "hash" and not path.partition("?")[0].endswith(".m3u8"):
            return max(up, key=lambda node: crc32(f"{node.port} {path}".encode()))
        if self._policy == "roundrobin":
            return up[next(self._turn) % len(up)]
        turn = next(self._turn)
        return min(up, key=lambda node: (node.under_way, (self.nodes.index(node) + turn) % len(self.nodes)))

    async def _asked(self, node: Node, path: str, viewer: str, most_bytes: int | None) -> Answer:
        node.under_way += 1
        try:
            while True:
                try:
                    return await self._on_one(node, path, viewer, most_bytes)
                except _StaleError:
                    self.counted["stale, asked again"] += 1
        finally:
            node.under_way -= 1

    async def _on_one(self, node: Node, path: str, viewer: str, most_bytes: int | None) -> Answer:
        async with _connection(node) as (reader, writer, kept):
            request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {viewer}\r\n\r\n"
            head = await _head(reader, writer, request.encode(), kept=kept)
            try:
                body, whole = await _body(reader, head, most_bytes)
            except (OSError, asyncio.IncompleteReadError):
                raise self._failed("cut") from None
            if whole and b"connection: close" not in head:
                node.idle.append((reader, writer))
            return Answer(int(head[9:12]), body)


@contextlib.asynccontextmanager
async def _connection(node: Node) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, bool]]:
    """Give a kept connection, or a new one. Unless it is put back it is closed."""
    while node.idle and (node.idle[-1][0].at_eof() or node.idle[-1][1].is_closing()):
        node.idle.pop()[1].close()
    kept = bool(node.idle)
    reader, writer = node.idle.pop() if kept else await _opened(node)
    try:
        yield reader, writer, kept
    finally:
        if (reader, writer) not in node.idle:
            writer.close()


async def _opened(node: Node) -> Connection:
    try:
        async with asyncio.timeout(CONNECT_S):
            return await asyncio.open_connection("127.0.0.1", node.port, limit=LIMIT_BYTES)
    except (OSError, TimeoutError):
        raise _RefusedError from None


async def _head(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, *, kept: bool
) -> bytes:
    try:
        writer.write(request)
        return (await reader.readuntil(b"\r\n\r\n")).lower()
    except asyncio.IncompleteReadError as error:
        raise (_StaleError if kept and not error.partial else _LostError) from None
    except OSError:
        raise (_StaleError if kept else _LostError) from None


async def _body(reader: asyncio.StreamReader, head: bytes, most_bytes: int | None) -> tuple[bytes, bool]:
    """Return the body and whether it is whole."""
    if b"transfer-encoding: chunked" in head:
        return await _chunks(reader), True
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    wanted = length if most_bytes is None else min(length, most_bytes)
    return await reader.readexactly(wanted), wanted == length


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    pieces = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        pieces.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(pieces)
