"""The only place that opens a connection to a source.

One pool per way out (direct, or a SOCKS5 proxy) and per source, kept alive. Deadlines on connecting and
on every pause; redirects followed by hand, because each stop on the way is checked like the first.

Where a source may lead: public addresses; private ones only if the source itself is in the house; metadata
services, link-local and our own Redis and NATS never. The check is made on the addresses that the
connection is then opened to (`GuardedResolver`), so that a name that changes its mind gains nothing.
Through SOCKS5 the proxy resolves, so there it is made on names and literal addresses alone.

The trap: aiohttp (yarl) tidies addresses up, and a signed query does not survive that: they go in as
`encoded=True`.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp_socks import ProxyConnector
from contracts.channel import Stream
from yarl import URL

from streamer.errors import (
    UpstreamBroken,
    UpstreamError,
    UpstreamForbidden,
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamUnreachable,
)

USER_AGENT = "StepDaddyLiveHD/0.1"
REDIRECTS = {301, 302, 303, 307, 308}
REDIRECTS_MOST = 5
TEXT_MOST_BYTES = 8 * 1024 * 1024

NEVER = tuple(
    ip_network(network)
    for network in (
        "169.254.0.0/16",
        "fe80::/10",
        "100.100.100.200/32",
        "fd00:ec2::254/128",
        "0.0.0.0/8",
        "::/128",
    )
)
"""Link-local (cloud metadata lives there) and addresses that mean this machine in disguise."""

SHARED = ip_network("100.64.0.0/10")


def allowed(address: IPv4Address | IPv6Address, *, private: bool) -> bool:
    """Whether a source may lead to `address`; `private` is its permission for the house's own."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return allowed(inner, private=private)
    if any(address in network for network in NEVER) or address.is_multicast:
        return False
    return private or (address.is_global and address not in SHARED)


class GuardedResolver(AbstractResolver):
    """Resolves names and leaves out the addresses that the source may not use."""

    def __init__(self, *, private: bool) -> None:
        self._inner = aiohttp.ThreadedResolver()
        self._private = private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of `host` that may be used.

        Raises
        ------
        UpstreamForbidden
            If it has only others.
        """
        found = await self._inner.resolve(host, port, family)
        good = [item for item in found if allowed(ip_address(item["host"]), private=self._private)]
        if not good:
            raise UpstreamForbidden(host)
        return good

    async def close(self) -> None:
        """Close nothing: threads are the loop's."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a stream's requests go out: what they have in common, and so share a pool."""

    source: str
    private: bool
    socks5: str | None = field(repr=False)

    @classmethod
    def of(cls, stream: Stream) -> "Way":
        """Return the way of one stream."""
        return cls(stream.source, stream.allow_private, stream.socks5)


class Answer:
    """An upstream's answer, its head read, its body not. Always used as a context."""

    def __init__(self, response: aiohttp.ClientResponse, address: str) -> None:
        self._response = response
        self.address = address
        """Where it came from in the end, redirects followed."""
        self.host = urlsplit(address).hostname or ""
        self.status = response.status
        self.headers: Mapping[str, str] = response.headers
        encoded = "Content-Encoding" in response.headers
        self.length = None if encoded else response.content_length

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the connection back where the body was read to its end, else close it."""
        if not self._response.content.at_eof():
            self._response.close()
        self._response.release()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes, what waits together at once.

        Raises
        ------
        UpstreamTimeout, UpstreamBroken
            If it pauses for too long, or ends before its length.
        """
        with translated(self.host):
            async for piece in self._response.content.iter_any():
                yield piece

    async def text(self, most_bytes: int = TEXT_MOST_BYTES) -> str:
        """Return a small body as text.

        Raises
        ------
        UpstreamError
            As `pieces`, and if it is larger than `most_bytes`.
        """
        body = bytearray()
        async for piece in self.pieces():
            body += piece
            if len(body) > most_bytes:
                raise UpstreamBroken(self.host, f"more than {most_bytes} bytes of text")
        return body.decode(errors="replace")


@contextlib.contextmanager
def translated(host: str) -> Iterator[None]:
    """Turn everything that aiohttp raises into this service's errors. The only border there is."""
    try:
        yield
    except UpstreamError:
        raise
    except TimeoutError as error:
        raise UpstreamTimeout(host) from error
    except aiohttp.ClientPayloadError as error:
        raise UpstreamBroken(host, "the body ended early") from error
    except aiohttp.ClientConnectorError as error:
        raise UpstreamUnreachable(host, "no connection") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise UpstreamUnreachable(host, type(error).__name__) from error
    except Exception as error:
        # python-socks raises errors of its own, with no root that it would share with aiohttp's.
        if type(error).__module__.startswith(("python_socks", "aiohttp_socks")):
            raise UpstreamUnreachable(host, "the SOCKS5 proxy refused") from error
        raise


class Upstream:
    """Connections to sources, pooled. `blocked` are hosts that no source may lead to."""

    def __init__(
        self,
        *,
        connect_s: float,
        pause_s: float,
        pool_connections: int,
        blocked: frozenset[str] = frozenset(),
    ) -> None:
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect_s, sock_read=pause_s)
        self._connections = pool_connections
        self._blocked = blocked
        self._sessions: dict[Way, aiohttp.ClientSession] = {}

    async def close(self) -> None:
        """Close all pools."""
        await asyncio.gather(*(session.close() for session in self._sessions.values()))

    async def open(self, stream: Stream, address: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask for `address` with the stream's headers and `headers` on top; follow redirects.

        Raises
        ------
        UpstreamError
            For anything but a 200 or 206.
        """
        way = Way.of(stream)
        asked = {"User-Agent": USER_AGENT, **stream.headers, **(headers or {})}
        for _ in range(REDIRECTS_MOST + 1):
            answer = await self._ask(way, address, asked)
            if answer.status in (200, 206):
                return answer
            async with answer:
                if answer.status not in REDIRECTS or "Location" not in answer.headers:
                    raise UpstreamRefused(answer.host, answer.status)
                address = urljoin(address, answer.headers["Location"])
        raise UpstreamUnreachable(urlsplit(address).hostname or "", "redirects without end")

    async def _ask(self, way: Way, address: str, headers: Mapping[str, str]) -> Answer:
        parts = urlsplit(address)
        host = parts.hostname or ""
        self._check(way, parts.scheme, host)
        with translated(host):
            response = await self._session(way).get(
                URL(address, encoded=True), headers=headers, allow_redirects=False
            )
        return Answer(response, address)

    def _check(self, way: Way, scheme: str, host: str) -> None:
        """Refuse what need not be resolved to be refused."""
        if scheme not in ("http", "https") or not host or host.lower() in self._blocked:
            raise UpstreamForbidden(host)
        try:
            literal = ip_address(host)
        except ValueError:
            if way.socks5 and not way.private and ("." not in host or host.endswith((".local", ".internal"))):
                raise UpstreamForbidden(host) from None
        else:
            if not allowed(literal, private=way.private):
                raise UpstreamForbidden(host)

    def _session(self, way: Way) -> aiohttp.ClientSession:
        if way not in self._sessions:
            self._sessions[way] = aiohttp.ClientSession(
                connector=self._connector(way),
                timeout=self._timeout,
                cookie_jar=aiohttp.CookieJar(unsafe=True),
                read_bufsize=256 * 1024,
                max_line_size=32_768,
                max_field_size=32_768,
                skip_auto_headers=("User-Agent",),
            )
        return self._sessions[way]

    def _connector(self, way: Way) -> aiohttp.BaseConnector:
        if way.socks5:
            connector: aiohttp.BaseConnector = ProxyConnector.from_url(
                f"socks5://{way.socks5}", rdns=True, limit=self._connections, keepalive_timeout=30
            )
            return connector
        return aiohttp.TCPConnector(
            limit=self._connections,
            keepalive_timeout=30,
            resolver=GuardedResolver(private=way.private),
            ttl_dns_cache=30,
        )
