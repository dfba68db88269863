"""Connections to sources, kept: one pool for each way out, bounded, with its figures.

A way is what the requests of a source have in common: its name, its permission for private addresses, its
SOCKS5 proxy. A connection that did its work waits for the next one to the same server; one too many pushes
out one that waits for another server; where all are at work, whoever asks waits in line, up to a deadline.

Where a way may lead is checked on the addresses that the connection is then opened to (`Resolver`), so that a
name that changes its mind gains nothing. Through SOCKS5 the proxy resolves; there names are checked by
`upstream`.
"""

import asyncio
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from chassis import tasks
from contracts.channel import Stream
from python_socks import ProxyError
from python_socks.async_.asyncio import Proxy

from streamer.errors import NoCapacity, UpstreamForbidden, UpstreamTimeout, UpstreamUnreachable
from streamer.slots import Slots
from streamer.wire import Connection

IDLE_S = 30.0
LIMITED_IDLE_S = 1.0
"""How long a connection rests whose source allows only so many: another node may want its place."""
DNS_AGE_S = 30.0
DNS_MOST = 1024
WAIT_S = 4.0
"""How long a request stands in line for a connection."""

Allowed = Callable[[IPv4Address | IPv6Address], bool]


@dataclass(frozen=True, slots=True)
class Way:
    """How a stream's requests go out: what they have in common, and so share a pool."""

    source: str
    private: bool
    socks5: str | None = field(repr=False)
    most: int | None = None
    """How many connections the source allows, all nodes together."""

    @classmethod
    def of(cls, stream: Stream) -> "Way":
        """Return the way of one stream."""
        return cls(stream.source, stream.allow_private, stream.socks5, stream.max_connections)


@dataclass(frozen=True, slots=True)
class Server:
    """Where a connection leads."""

    host: str
    port: int
    tls: bool


class Figures:
    """What pools count, all of them together."""

    def __init__(self) -> None:
        self.opened = 0
        self.reused = 0
        self.open = 0
        self.waiting = 0


class Resolver:
    """Names to addresses, remembered for a while; those that a source may not use are left out."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._known: dict[tuple[str, int], tuple[float, list[str]]] = {}

    async def addresses(self, server: Server) -> list[str]:
        """Return where the server is.

        Raises
        ------
        UpstreamForbidden
            If it has only addresses that may not be used.
        OSError
            If the name can't be resolved.
        """
        key = server.host, server.port
        known = self._known.get(key)
        if known is not None and time.monotonic() - known[0] < DNS_AGE_S:
            return known[1]
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(item[4][0]) for item in found))
        good = [address for address in addresses if self._allowed(ip_address(address.partition("%")[0]))]
        if not good:
            raise UpstreamForbidden(server.host)
        if len(self._known) >= DNS_MOST:
            self._known.clear()
        self._known[key] = time.monotonic(), good
        return good


class Pool:
    """The connections of one way. `most` bounds them, idle ones included."""

    def __init__(
        self,
        way: Way,
        resolver: Resolver,
        *,
        most: int,
        connect_s: float,
        pause_s: float,
        figures: Figures,
        tls: ssl.SSLContext,
        slots: Slots | None = None,
    ) -> None:
        self._way = way
        self._resolver = resolver
        self._most = most if way.most is None else min(most, way.most)
        self._slots = slots
        self._connect_s = connect_s
        self._pause_s = pause_s
        self._figures = figures
        self._tls = tls
        self._idle: dict[Server, deque[tuple[float, Connection]]] = {}
        self._open = 0
        self._line: deque[asyncio.Future[None]] = deque()
        self._all: set[Connection] = set()

    def close(self) -> None:
        """Close all connections."""
        for connection in list(self._all):
            connection.abort()

    async def acquire(self, server: Server) -> Connection:
        """Return a connection, kept or new. It has to be given back by `release`.

        Raises
        ------
        UpstreamError, NoCapacity
            If there is none to be had.
        """
        if (kept := self._kept(server)) is not None:
            self._figures.reused += 1
            return kept
        if self._open >= self._most and not self._push_out():
            await self._stand_in_line(server)
            return await self.acquire(server)
        self._open += 1
        try:
            return await self._connect(server)
        except BaseException:
            self._open -= 1
            self._next()
            raise

    def release(self, server: Server, connection: Connection) -> None:
        """Take a connection back: kept if it can be used again, else closed."""
        if connection.reusable:
            self._idle.setdefault(server, deque()).append((time.monotonic(), connection))
            self._next()
        else:
            connection.abort()

    def sweep(self) -> None:
        """Close what has waited for too long."""
        oldest = time.monotonic() - (IDLE_S if self._way.most is None else LIMITED_IDLE_S)
        for server in list(self._idle):
            kept = self._idle[server]
            while kept and (kept[0][0] < oldest or kept[0][1].closed.done()):
                kept.popleft()[1].abort()
            if not kept:
                del self._idle[server]

    def _kept(self, server: Server) -> Connection | None:
        kept = self._idle.get(server, ())
        while kept:
            _, connection = kept.pop()
            if connection.reusable:
                return connection
        return None

    def _push_out(self) -> bool:
        """Close a connection that waits for another server: its place is free at once."""
        for kept in self._idle.values():
            if kept:
                self._forget(kept.popleft()[1])
                return True
        return False

    async def _stand_in_line(self, server: Server) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(turn)
        self._figures.waiting += 1
        try:
            async with asyncio.timeout(WAIT_S):
                await turn
        except TimeoutError as error:
            raise NoCapacity(f"{self._most} connections to {server.host} are at work") from error
        finally:
            self._figures.waiting -= 1
            if turn in self._line:
                self._line.remove(turn)

    def _next(self) -> None:
        while self._line:
            turn = self._line.popleft()
            if not turn.done():
                return turn.set_result(None)

    async def _connect(self, server: Server) -> Connection:
        slot = ""
        if self._slots is not None and self._way.most is not None:
            slot = await self._slots.take(self._way.source, self._way.most)
        try:
            connection = await self._opened_in_time(server)
        except BaseException:
            self._free(slot)
            raise
        self._figures.opened += 1
        self._figures.open += 1
        self._all.add(connection)
        connection.closed.add_done_callback(lambda _: self._gone(connection, slot))
        return connection

    def _gone(self, connection: Connection, slot: str) -> None:
        self._forget(connection)
        self._free(slot)

    def _free(self, slot: str) -> None:
        if slot and self._slots is not None:
            tasks.spawn(self._slots.give_back(self._way.source, slot), "free slot")

    async def _opened_in_time(self, server: Server) -> Connection:
        try:
            async with asyncio.timeout(self._connect_s):
                return await (self._through_proxy if self._way.socks5 else self._direct)(server)
        except TimeoutError as error:
            raise UpstreamTimeout(server.host) from error
        except ssl.SSLError as error:
            raise UpstreamUnreachable(server.host, "no TLS with it") from error
        except ProxyError as error:
            raise UpstreamUnreachable(server.host, "the SOCKS5 proxy refused") from error
        except OSError as error:
            raise UpstreamUnreachable(server.host, "no connection") from error

    def _forget(self, connection: Connection) -> None:
        """Count a connection as gone, once, and close it."""
        if connection in self._all:
            self._all.discard(connection)
            self._open -= 1
            self._figures.open -= 1
            connection.abort()
            self._next()

    async def _direct(self, server: Server) -> Connection:
        addresses = await self._resolver.addresses(server)
        for address in addresses[:-1]:
            try:
                async with asyncio.timeout(self._connect_s / len(addresses)):
                    return await self._opened(server, host=address, port=server.port)
            except (OSError, TimeoutError):
                continue
        return await self._opened(server, host=addresses[-1], port=server.port)

    async def _through_proxy(self, server: Server) -> Connection:
        proxy = Proxy.from_url(f"socks5://{self._way.socks5}", rdns=True)
        tunnel = await proxy.connect(server.host, server.port)
        return await self._opened(server, sock=tunnel)

    async def _opened(self, server: Server, **where: Any) -> Connection:
        if server.tls:
            where |= {"ssl": self._tls, "server_hostname": server.host}
        connection = Connection(server.host, self._pause_s)
        await asyncio.get_running_loop().create_connection(lambda: connection, **where)
        return connection
