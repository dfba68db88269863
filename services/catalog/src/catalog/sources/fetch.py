"""How sources are fetched: one client per source, with its headers and its proxy; a bound on everything.

A name is resolved here, its addresses are judged, and the connection is opened to one that was judged: a name
that answers differently the second time gains nothing. Every redirect is judged like the first address. What
the operator named himself may be in the house; where that leads to may be only if all of the way was, or if
`allow_private` says so. Through SOCKS5 the proxy resolves, so there the judging is on names.

What was read last time isn't read again: `get_changed` asks conditionally (RFC 9110, 13), and where a server
doesn't know that, compares.

What is too large to be held, such as a guide, comes piece by piece (`pieces`).

Local paths are read as if they had been fetched. Foreign exceptions end here: what leaves is a
`SourceError`, with a reason that names no address.
"""

import asyncio
import base64
import contextlib
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

import httpx
from contracts.record import Record

from catalog.errors import (
    SourceError,
    SourceForbidden,
    SourceRefused,
    SourceTimeout,
    SourceUnreadable,
)
from catalog.reach import Address, allowed, in_house, named_in_house, named_never, resolve
from catalog.sources import text
from catalog.sources.packing import ACCEPT, GZIP_MAGIC, PIECE, BadPacking, Zlib, unpacking
from catalog.sources.spec import WEB, SourceSpec

MOST_BYTES = 64 * 1024 * 1024
STEP_DEADLINE_S = 20.0
CONNECT_DEADLINE_S = 6.0
REDIRECTS = 5
TRIES = 3
"""Addresses of one name that are tried."""
AGENT = "StepDaddyLiveHD"
FOR_ONE_HOST = frozenset({"authorization", "cookie"})
"""Headers that a redirect to another host doesn't take along."""


class Page(NamedTuple):
    """What was fetched. `address` is where it was in the end, after redirects."""

    address: str
    body: bytes | bytearray
    inside: bool = False
    """Whether all of the way was in the house: what it leads to may be, then."""

    @property
    def text(self) -> str:
        """The body, decoded."""
        return text.decode(self.body)


class Known(Record):
    """What is remembered of the last good reading, so that the same is not read again."""

    fingerprint: str = ""
    """The source's settings then: under others the same answer may give other records."""
    day: str = ""
    """When it was: what is shown of a calendar goes with the days."""
    version: str = ""
    """Of the records that it gave."""
    items: int = 0
    etag: str | None = None
    modified: str | None = None
    digest: str | None = None


class Unchanged(Exception):
    """It is what was read last time: the records of then are those of now."""


class Fetcher:
    """Fetches for one source. Made by `open_fetcher`."""

    def __init__(self, spec: SourceSpec, client: httpx.AsyncClient, known: Known | None = None) -> None:
        self._spec = spec
        self._client = client
        self._known = known or Known()
        self.seen = Known()
        """Of the page that `get_changed` gave: to be remembered when its reading was good."""

    async def get(
        self, address: str, headers: Mapping[str, str] | None = None, *, inside: bool = False
    ) -> Page:
        """Fetch a page. `inside` says that what named its address is in the house: it may be, too.

        Raises
        ------
        SourceTimeout, SourceRefused, SourceForbidden, SourceUnreadable, SourceError
            By what went wrong.
        """
        page, _ = await self._get(address, headers or {}, named=inside)
        return page

    async def get_changed(self, address: str) -> Page:
        """Fetch the one page of a source.

        Raises
        ------
        Unchanged
            If it is as it was at the last good reading.
        SourceError
            As `get`.
        """
        conditions = {"If-None-Match": self._known.etag, "If-Modified-Since": self._known.modified}
        page, answered = await self._get(address, {name: said for name, said in conditions.items() if said})
        digest = await asyncio.to_thread(lambda: hashlib.sha256(page.body).hexdigest())
        if digest == self._known.digest:
            raise Unchanged
        self.seen = Known(etag=answered.get("etag"), modified=answered.get("last-modified"), digest=digest)
        return page

    async def pieces(self, address: str) -> AsyncGenerator[bytes]:
        """Yield a document of any size, unpacked as far as HTTP packed it; a file of gzip is left as it is.

        Raises
        ------
        SourceError
            As `get`.
        """
        with self._translated():
            if not address.startswith(WEB):
                async for piece in self._read_pieces(address):
                    yield piece
                return
            async with self._open(address, {}) as (answer, at, _):
                self._check(answer, at)
                async for piece in self._unpacked(answer):
                    yield piece

    async def _get(
        self, address: str, headers: Mapping[str, str], *, named: bool = False
    ) -> tuple[Page, Mapping[str, str]]:
        with self._translated():
            if not address.startswith(WEB):
                return Page(address, await asyncio.to_thread(self._read, address), inside=True), {}
            async with self._open(address, headers, named=named) as (answer, at, inside):
                return Page(at, await self._body(answer, at), inside), answer.headers

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except httpx.TimeoutException as error:
            raise SourceTimeout(self._spec.name, "it did not answer in time") from error
        except BadPacking as error:
            raise SourceUnreadable(self._spec.name, "its packing can't be undone") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise SourceError(self._spec.name, f"it could not be reached: {_why(error)}") from error

    @contextlib.asynccontextmanager
    async def _open(
        self, address: str, headers: Mapping[str, str], *, named: bool = False
    ) -> AsyncIterator[tuple[httpx.Response, str, bool]]:
        """Follow redirects to an answer; give it with its address, and whether all of the way was inside.

        `named` says that the address was named where the operator's own are: in the house.
        """
        first = urlsplit(address).hostname
        private, inside = named or self._spec.allow_private or first in self._named(), True
        for _ in range(REDIRECTS + 1):
            own = urlsplit(address).hostname == first
            async with self._send(address, headers, own=own, private=private) as (answer, near):
                inside = inside and near
                private = self._spec.allow_private or inside
                if not answer.has_redirect_location:
                    yield answer, address, inside
                    return
                address = urljoin(address, answer.headers["Location"])
        raise SourceError(self._spec.name, "it redirects without end")

    def _named(self) -> set[str | None]:
        """Return the hosts that the operator named himself."""
        return {urlsplit(address).hostname for address in (self._spec.url, self._spec.epg or "")} - {None}

    @contextlib.asynccontextmanager
    async def _send(
        self, address: str, headers: Mapping[str, str], *, own: bool, private: bool
    ) -> AsyncIterator[tuple[httpx.Response, bool]]:
        """Open one stop of the way; say with the answer whether it is in the house."""
        url = httpx.URL(address)
        if url.scheme not in ("http", "https") or not url.host:
            raise SourceForbidden(self._spec.name, "it leads to an address that is not http")
        targets = await self._targets(url, private=private)
        request = self._request(url, headers, own=own)
        for number, target in enumerate(targets[:TRIES], 1):
            if target is not None:
                request.url = url.copy_with(host=str(target), username=None, password=None)
            try:
                answer = await self._client.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if number == len(targets[:TRIES]):
                    raise
                continue
            near = named_in_house(url.host) if target is None else in_house(target)
            try:
                yield answer, near
            finally:
                await answer.aclose()
            return

    async def _targets(self, url: httpx.URL, *, private: bool) -> list[Address | None]:
        """Return the addresses to open, judged; `None` where a proxy resolves the name."""
        host = url.raw_host.decode().strip("[]")
        if named_never(host):
            raise SourceForbidden(self._spec.name, "it leads to an address that is never opened")
        if self._spec.socks5:
            if named_in_house(host) and not private:
                raise SourceForbidden(self._spec.name)
            return [None]
        found = await resolve(host, url.port or (443 if url.scheme == "https" else 80))
        if not found:
            raise SourceError(self._spec.name, "it could not be reached: its name has no address")
        if not all(allowed(address, private=private) for address in found):
            raise SourceForbidden(self._spec.name)
        return list(found)

    def _request(self, url: httpx.URL, headers: Mapping[str, str], *, own: bool) -> httpx.Request:
        """Make a request under the name that was asked for, wherever it is opened."""
        said = httpx.Headers({"User-Agent": AGENT, "Accept": "*/*", **self._spec.headers, **headers})
        said["Accept-Encoding"] = ACCEPT
        said["Host"] = url.netloc.decode()
        if not own:
            for name in FOR_ONE_HOST & {name.lower() for name in said}:
                del said[name]
        elif url.username and "authorization" not in said:
            login = f"{url.username}:{url.password}".encode()
            said["Authorization"] = f"Basic {base64.b64encode(login).decode()}"
        plain = url.copy_with(username=None, password=None)
        server = {"sni_hostname": url.raw_host.decode()}
        return self._client.build_request("GET", plain, headers=said, extensions=server)

    def _check(self, answer: httpx.Response, address: str) -> None:
        if answer.status_code == httpx.codes.NOT_MODIFIED:
            raise Unchanged
        if not answer.is_success:
            raise SourceRefused(self._spec.name, self._what(address), answer.status_code)

    async def _body(self, answer: httpx.Response, address: str) -> bytearray:
        self._check(answer, address)
        body = bytearray()
        async for piece in self._unpacked(answer):
            self._add(piece, body)
        return self._unzipped(body)

    async def _unpacked(self, answer: httpx.Response) -> AsyncIterator[bytes]:
        packed = unpacking(answer.headers.get("content-encoding", ""))
        async for data in answer.aiter_raw(PIECE):
            for piece in packed.feed(data):
                yield piece
        packed.end()

    def _add(self, piece: bytes, body: bytearray) -> None:
        body += piece
        if len(body) > MOST_BYTES:
            raise SourceUnreadable(self._spec.name, f"it is larger than {MOST_BYTES} bytes")

    def _unzipped(self, body: bytearray) -> bytearray:
        """Unpack a file that is gzip itself (`list.m3u.gz`)."""
        if not body.startswith(GZIP_MAGIC):
            return body
        unzipped, packed = bytearray(), Zlib()
        for piece in packed.feed(bytes(body)):
            self._add(piece, unzipped)
        packed.end()
        return unzipped

    def _what(self, address: str) -> str:
        """Name a page without its address, which may be a secret."""
        own, path = urlsplit(self._spec.url), urlsplit(address).path
        return (
            path.removeprefix(own.path.rstrip("/")) if path.startswith(own.path) and path != own.path else ""
        )

    async def _read_pieces(self, address: str) -> AsyncIterator[bytes]:
        file = await asyncio.to_thread(self._file, address)
        with file:
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield piece

    def _file(self, address: str) -> BinaryIO:
        """Open a local file."""
        path = Path(unquote(address.removeprefix("file://")) if address.startswith("file://") else address)
        try:
            if not path.is_file():
                raise SourceError(self._spec.name, "there is no such file")
            return path.open("rb")
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "its name is none"
            raise SourceError(self._spec.name, f"the file could not be read: {why}") from error

    def _read(self, address: str) -> bytearray:
        with self._file(address) as file:
            body = bytearray(file.read(MOST_BYTES + 1))
        if len(body) > MOST_BYTES:
            raise SourceUnreadable(self._spec.name, f"it is larger than {MOST_BYTES} bytes")
        return self._unzipped(body)


def _why(error: BaseException) -> str:
    told = str(error).lower()
    if "certificate" in told:
        return "its certificate is not valid"
    if isinstance(error, httpx.ConnectError):
        return "nobody answers there"
    if isinstance(error, httpx.RemoteProtocolError):
        return "it broke off, or does not speak HTTP"
    return type(error).__name__


@contextlib.asynccontextmanager
async def open_fetcher(spec: SourceSpec, known: Known | None = None) -> AsyncIterator[Fetcher]:
    """Open the source's client, and close it with the context. `known` is of its last good reading."""
    async with httpx.AsyncClient(
        proxy=f"socks5://{spec.socks5}" if spec.socks5 else None,
        timeout=httpx.Timeout(STEP_DEADLINE_S, connect=CONNECT_DEADLINE_S),
        follow_redirects=False,
        trust_env=False,
        limits=httpx.Limits(max_connections=spec.max_connections or 4),
    ) as client:
        yield Fetcher(spec, client, known)
