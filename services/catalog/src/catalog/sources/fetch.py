"""How sources are fetched: one client per source, with its headers and its proxy; a bound on everything.

Local paths are read as if they had been fetched. Foreign exceptions end here: what leaves is a
`SourceError`, with a reason that names no address.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import httpx

from catalog.errors import SourceError, SourceRefused, SourceTimeout, SourceUnreadable
from catalog.sources.spec import SourceSpec

MOST_BYTES = 64 * 1024 * 1024
STEP_DEADLINE_S = 20.0
AGENT = "StepDaddyLiveHD"


class Page(NamedTuple):
    """What was fetched. `address` is where it was in the end, after redirects."""

    address: str
    text: str


class Fetcher:
    """Fetches for one source. Made by `open_fetcher`."""

    def __init__(self, spec: SourceSpec, client: httpx.AsyncClient) -> None:
        self._spec = spec
        self._client = client

    async def get(self, address: str) -> Page:
        """Fetch text.

        Raises
        ------
        SourceTimeout, SourceRefused, SourceUnreadable, SourceError
            By what went wrong.
        """
        if not address.startswith(("http://", "https://")):
            return Page(address, decode(await asyncio.to_thread(self._read, address)))
        try:
            async with self._client.stream("GET", address) as answer:
                if answer.is_error:
                    raise SourceRefused(self._spec.name, urlsplit(address).path or "/", answer.status_code)
                return Page(str(answer.url), decode(await self._body(answer)))
        except httpx.TimeoutException as error:
            raise SourceTimeout(self._spec.name, "it did not answer in time") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise SourceError(self._spec.name, f"it could not be reached: {type(error).__name__}") from error

    async def _body(self, answer: httpx.Response) -> bytes:
        body = bytearray()
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > MOST_BYTES:
                raise SourceUnreadable(self._spec.name, f"it is larger than {MOST_BYTES} bytes")
        return bytes(body)

    def _read(self, address: str) -> bytes:
        path = Path(unquote(address.removeprefix("file://")) if address.startswith("file://") else address)
        try:
            if path.stat().st_size > MOST_BYTES:
                raise SourceUnreadable(self._spec.name, f"it is larger than {MOST_BYTES} bytes")
            return path.read_bytes()
        except OSError as error:
            raise SourceError(self._spec.name, f"the file could not be read: {error.strerror}") from error


@contextlib.asynccontextmanager
async def open_fetcher(spec: SourceSpec) -> AsyncIterator[Fetcher]:
    """Open the source's client, and close it with the context."""
    async with httpx.AsyncClient(
        headers={"User-Agent": AGENT, **spec.headers},
        proxy=f"socks5://{spec.socks5}" if spec.socks5 else None,
        timeout=STEP_DEADLINE_S,
        follow_redirects=True,
        max_redirects=8,
        trust_env=False,
        limits=httpx.Limits(max_connections=spec.max_connections or 4),
    ) as client:
        yield Fetcher(spec, client)


def decode(body: bytes) -> str:
    """Return text: as its byte order mark says, else UTF-8, else the Western European it then is."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", errors="replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")
