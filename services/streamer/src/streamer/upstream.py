"""The only place that asks a source for anything.

Deadlines on connecting and on every pause; redirects followed by hand, because each stop on the way is
checked like the first; cookies kept per way, since some sources want them with their segments.

Where a source may lead: public addresses; private ones only if the source itself is in the house; metadata
services, link-local and our own Redis and NATS never. What need not be resolved is refused here, the rest by
the pool's resolver at the time of connecting. Through SOCKS5 the proxy resolves, so there it is made on names
alone.

The trap: an upstream's query is signed, and a signature does not survive tidying up. What an address says
goes out byte for byte, but for what can't stand in a request line.
"""

import asyncio
import base64
import re
import ssl
import zlib
from collections.abc import AsyncIterator, Mapping
from email.message import Message
from functools import partial
from http.cookiejar import CookieJar
from typing import Self
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit
from urllib.request import Request

from chassis import tasks
from chassis.guard import allowed, literal, named_in_house, named_never, spelled
from contracts.channel import Stream

from streamer.body import Body
from streamer.errors import (
    UpstreamBroken,
    UpstreamError,
    UpstreamForbidden,
    UpstreamRefused,
    UpstreamUnreachable,
)
from streamer.pieces import Pieces
from streamer.pools import Figures, Pool, Resolver, Server, Way
from streamer.slots import Slots
from streamer.wire import Choose, Connection, Exchange, Head, Sink, StaleConnection, request

USER_AGENT = "StepDaddyLiveHD/0.1"
GOOD = (200, 206)
REDIRECTS = {301, 302, 303, 307, 308}
REDIRECTS_MOST = 5
FOR_ONE_HOST = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Headers that a redirect to another host does not take along."""
TEXT_MOST_BYTES = 8 * 1024 * 1024
SWEEP_S = 1.0


class Answer:
    """A source's answer, its head read, its body not. Always used as a context."""

    def __init__(
        self, exchange: Exchange, connection: Connection, pool: Pool, server: Server, address: str
    ) -> None:
        self._exchange = exchange
        self._connection = connection
        self._pool = pool
        self._server = server
        self.address = address
        """Where it came from in the end, redirects followed."""
        self.host = server.host
        self.status = exchange.head.status
        self.headers: Mapping[str, str] = exchange.head.headers
        self.length = exchange.head.length
        """The body's, as it is sent; None where the source does not say it."""

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Give the connection back where the body was read to its end, else close it."""
        self._pool.release(self._server, self._connection)

    async def receive(self, sink: Sink) -> None:
        """Put the body where `sink` says.

        Raises
        ------
        UpstreamTimeout, UpstreamBroken
            If it pauses for too long, ends before its length, or is too large.
        """
        await self._exchange.receive(sink)

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes, what waits together at once.

        Raises
        ------
        UpstreamError
            As `receive`.
        """
        pieces = Pieces(self._connection)
        receiving = tasks.spawn(self._into(pieces), "receive pieces")
        try:
            while piece := await pieces.take():
                yield piece
            if error := await receiving:
                raise error
        finally:
            receiving.cancel()

    async def _into(self, pieces: Pieces) -> UpstreamError | None:
        try:
            await self.receive(pieces)
        except UpstreamError as error:
            return error
        finally:
            pieces.end()
        return None

    async def text(self, most_bytes: int = TEXT_MOST_BYTES) -> str:
        """Return a small body as text, decompressed.

        Raises
        ------
        UpstreamError
            As `receive`, and if it is larger than `most_bytes`.
        """
        body = Body(None, most_bytes + 1)
        await self.receive(body)
        content = self._decompressed(body, most_bytes)
        if len(content) > most_bytes:
            raise UpstreamBroken(self.host, f"more than {most_bytes} bytes of text")
        return content.decode(errors="replace")

    def _decompressed(self, body: Body, most_bytes: int) -> bytes:
        if self.headers.get("content-encoding", "").lower() not in ("gzip", "x-gzip", "deflate"):
            return bytes(body.whole())
        unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        try:
            return unpacking.decompress(body.whole(), most_bytes + 1)
        except zlib.error as error:
            raise UpstreamBroken(self.host, "its compression is broken") from error


def _joined(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError:
        return location


def _server_of(address: str) -> str:
    """Return host and port as they are written; nothing of what can't be read: `_checked` refuses that."""
    try:
        return urlsplit(address).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def undecided(_: Head) -> Sink | None:
    """Leave it to whoever reads the answer."""
    return None


class Upstream:
    """All requests to sources. `blocked` are hosts that no source may lead to."""

    def __init__(
        self,
        *,
        connect_s: float,
        pause_s: float,
        pool_connections: int,
        blocked: frozenset[str] = frozenset(),
        slots: Slots | None = None,
    ) -> None:
        self._slots = slots
        self.figures = Figures()
        self._connect_s = connect_s
        self._pause_s = pause_s
        self._connections = pool_connections
        self._blocked = blocked
        self._pools: dict[Way, Pool] = {}
        self._cookies: dict[Way, CookieJar] = {}
        self._tls = ssl.create_default_context()
        self._resolvers = {private: Resolver(partial(allowed, private=private)) for private in (False, True)}

    async def keep_sweeping(self) -> None:
        """Close connections that nobody needs any more, for ever."""
        while True:
            await asyncio.sleep(SWEEP_S)
            for pool in self._pools.values():
                pool.sweep()

    async def close(self) -> None:
        """Close all pools."""
        for pool in self._pools.values():
            pool.close()

    async def open(
        self,
        stream: Stream,
        address: str,
        headers: Mapping[str, str] | None = None,
        choose: Choose = undecided,
    ) -> Answer:
        """Ask for `address` with the stream's headers and `headers` on top; follow redirects.

        `choose` may say where the body of a good answer goes; it is `receive`d there.

        Raises
        ------
        UpstreamError
            For anything but a 200 or 206.
        """
        way = Way.of(stream)
        asked = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "gzip", **stream.headers}
        asked |= headers or {}
        own = _server_of(address)
        for _ in range(REDIRECTS_MOST + 1):
            answer = await self._ask(way, address, asked, choose)
            if answer.status in GOOD:
                return answer
            async with answer:
                if answer.status not in REDIRECTS or "location" not in answer.headers:
                    raise UpstreamRefused(answer.host, answer.status)
                address = _joined(address, answer.headers["location"])
                if _server_of(address) != own:
                    asked = {name: said for name, said in asked.items() if name.lower() not in FOR_ONE_HOST}
        raise UpstreamUnreachable(answer.host, "redirects without end", may_pass=False)

    async def _ask(self, way: Way, address: str, headers: Mapping[str, str], choose: Choose) -> Answer:
        parts, server = self._checked(way, address)
        pool, text = self._pool(way), self._request(way, address, parts, headers)
        while True:
            connection = await pool.acquire(server)
            try:
                exchange = await connection.ask(
                    text, lambda head: choose(head) if head.status in GOOD else None
                )
            except StaleConnection:
                # A kept connection that the source closed meanwhile looks like this: once more, on the next.
                pool.release(server, connection)
                continue
            except BaseException:
                connection.abort()
                raise
            self._keep_cookies(way, address, exchange.head.cookies)
            return Answer(exchange, connection, pool, server, address)

    def _request(self, way: Way, address: str, parts: SplitResult, headers: Mapping[str, str]) -> bytes:
        said = dict(headers)
        login, _, host = parts.netloc.rpartition("@")
        if login:
            said.setdefault("Authorization", f"Basic {base64.b64encode(unquote(login).encode()).decode()}")
        if jar := self._cookies.get(way):
            asking = Request(address)  # noqa: S310  (never opened: the jar reads addresses from such)
            jar.add_cookie_header(asking)
            if cookie := asking.get_header("Cookie"):
                said["Cookie"] = "; ".join(filter(None, (said.get("Cookie"), cookie)))
        mark = "?" if "?" in address.partition("#")[0] else ""
        target = f"{parts.path or '/'}{mark}{parts.query}"
        return request(host, target if PLAIN.fullmatch(target) else quote(target, safe=SAID), said)

    def _keep_cookies(self, way: Way, address: str, cookies: list[str]) -> None:
        if cookies:
            jar = self._cookies.setdefault(way, CookieJar())
            jar.extract_cookies(SetCookies(cookies), Request(address))  # type: ignore[arg-type]  # noqa: S310

    def _checked(self, way: Way, address: str) -> tuple[SplitResult, Server]:
        """Return where an address leads; refuse what need not be resolved to be refused."""
        try:
            parts = urlsplit(address)
            host, port = spelled(parts.hostname or ""), parts.port
        except ValueError:
            raise UpstreamForbidden(address[:40]) from None
        if parts.scheme not in ("http", "https") or not host or host.rstrip(".") in self._blocked:
            raise UpstreamForbidden(host)
        if (written := literal(host)) is not None:
            if not allowed(written, private=way.private):
                raise UpstreamForbidden(host)
        elif (way.socks5 and named_never(host)) or (way.socks5 and not way.private and named_in_house(host)):
            raise UpstreamForbidden(host)
        if not parts.netloc.isascii():
            login, at, _ = parts.netloc.rpartition("@")
            parts = parts._replace(netloc=f"{login}{at}{host}{'' if port is None else f':{port}'}")
        tls = parts.scheme == "https"
        return parts, Server(host, port or (443 if tls else 80), tls)

    def _pool(self, way: Way) -> Pool:
        if way not in self._pools:
            self._pools[way] = Pool(
                way,
                self._resolvers[way.private],
                most=self._connections,
                connect_s=self._connect_s,
                pause_s=self._pause_s,
                figures=self.figures,
                tls=self._tls,
                slots=self._slots,
            )
        return self._pools[way]


PLAIN = re.compile(r"[!-~]++")
SAID = "!#$%&'()*+,/:;=?@[]~\"<>\\^`{|}-._"
"""What stands in a target as it is: all that can be written, however unwise."""


class SetCookies:
    """Set-Cookie headers as a cookie jar wants to be shown them."""

    def __init__(self, cookies: list[str]) -> None:
        self._message = Message()
        for cookie in cookies:
            self._message["Set-Cookie"] = cookie

    def info(self) -> Message:
        """Return the headers."""
        return self._message
