"""A body as it comes, piece by piece: for what is too large to be held, such as a guide.

Nothing is unpacked here. An address is judged before it is opened, redirects too: the operator's own may be
in the house; where that one leads is only if it was.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from catalog.errors import SourceError, SourceRefused, SourceTimeout, SourceUnreadable
from catalog.reach import judged, named_in_house
from catalog.sources.fetch import AGENT, STEP_DEADLINE_S
from catalog.sources.spec import SourceSpec

PIECE = 256 * 1024
REDIRECTS = 5
FOR_ONE_HOST = ("authorization", "cookie")
WEB = ("http://", "https://")


async def pieces(spec: SourceSpec, address: str) -> AsyncIterator[bytes]:
    """Yield a document of a source, by its address or path.

    Raises
    ------
    SourceError
        Its kinds, by what went wrong.
    """
    if not address.startswith(WEB):
        async for piece in _of_file(spec, address):
            yield piece
        return
    try:
        async with _client(spec) as client:
            answer = await _open(spec, client, address)
            try:
                async for piece in answer.aiter_raw(PIECE):
                    yield piece
            finally:
                await answer.aclose()
    except httpx.TimeoutException as error:
        raise SourceTimeout(spec.name, "it did not answer in time") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise SourceError(spec.name, f"it could not be reached: {type(error).__name__}") from error


def _client(spec: SourceSpec) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        proxy=f"socks5://{spec.socks5}" if spec.socks5 else None,
        timeout=STEP_DEADLINE_S,
        follow_redirects=False,
        trust_env=False,
    )


async def _open(spec: SourceSpec, client: httpx.AsyncClient, address: str) -> httpx.Response:
    first, private = urlsplit(address).hostname, True
    for _ in range(REDIRECTS + 1):
        own = urlsplit(address).hostname == first
        request, inside = await _request(spec, client, address, own=own, private=private)
        private = spec.allow_private or (private and inside)
        answer = await client.send(request, stream=True)
        if answer.is_success and answer.headers.get("content-encoding", "gzip") in (
            "gzip",
            "x-gzip",
            "identity",
        ):
            return answer
        await answer.aclose()
        if answer.is_success:
            raise SourceUnreadable(spec.name, "it is packed in a way that was not asked for")
        if not answer.has_redirect_location:
            raise SourceRefused(spec.name, "the guide", answer.status_code)
        address = urljoin(address, answer.headers["Location"])
    raise SourceError(spec.name, "it redirects without end")


async def _request(
    spec: SourceSpec, client: httpx.AsyncClient, address: str, *, own: bool, private: bool
) -> tuple[httpx.Request, bool]:
    """Make a request to the very address that was judged; say whether that is in the house."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SourceError(spec.name, "it leads to an address that is not http")
    headers = {"User-Agent": AGENT, **spec.headers, "Accept-Encoding": "gzip"}
    if not own:
        headers = {name: value for name, value in headers.items() if name.lower() not in FOR_ONE_HOST}
    if spec.socks5:
        if (inside := named_in_house(parts.hostname)) and not private:
            raise SourceError(spec.name, "it leads to an address that may not be opened")
        return client.build_request("GET", address, headers=headers), inside
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if not (target := await judged(parts.hostname, port, private=private)):
        raise SourceError(spec.name, "its name has no address, or one that may not be opened")
    url = httpx.URL(address).copy_with(host=str(target))
    headers["Host"] = parts.netloc.rpartition("@")[2]
    server = {"sni_hostname": parts.hostname}
    return client.build_request("GET", url, headers=headers, extensions=server), not target.is_global


async def _of_file(spec: SourceSpec, address: str) -> AsyncIterator[bytes]:
    path = Path(unquote(address.removeprefix("file://")) if address.startswith("file://") else address)
    try:
        file = await asyncio.to_thread(path.open, "rb")
        try:
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield piece
        finally:
            file.close()
    except OSError as error:
        raise SourceError(spec.name, f"the file could not be read: {error.strerror}") from error
