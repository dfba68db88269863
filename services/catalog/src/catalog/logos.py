"""Logos: fetched, checked, resized, kept.

An upstream's word about what it sends is not believed: only what Pillow opens is a logo, and what leaves
here was written by Pillow. SVG is refused, since it is a document that can carry scripts.

What was made is kept on disk under the hash of its address, so that a changed logo is a new file; what
failed is remembered for a while, so that a dead host isn't asked by every viewer of the page.
"""

import asyncio
import hashlib
import io
import time
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import httpx
from contracts.channel import Stream
from PIL import Image

from catalog.errors import LogoForbidden, LogoUnusable
from catalog.reach import judged

LARGEST_SIDE = 256
MOST_PIXELS = 40_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "ICO")
DEADLINE_S = 8.0
REDIRECTS = 4
KEEP_FAILURE_S = 600.0
KEPT_FAILURES = 10_000
AT_ONCE = 8


class Logo(NamedTuple):
    """A picture, ready to be sent."""

    body: bytes
    media_type: str
    etag: str


def may_be_private(address: str, streams: Iterable[Stream]) -> bool:
    """Whether a channel's logo may be inside the house.

    A channel may have its logo from any of its sources. So either all of them may lead inside, or one that
    may has the logo on the host of its own streams: a list from outside gains nothing by naming a channel of
    the house.
    """
    host, all_ = urlsplit(address).hostname, tuple(streams)
    inside = [stream for stream in all_ if stream.allow_private]
    return bool(inside) and (
        len(inside) == len(all_) or any(urlsplit(stream.address).hostname == host for stream in inside)
    )


class Logos:
    """The cache. `fetch` errors are those of `catalog.errors`."""

    def __init__(self, client: httpx.AsyncClient, folder: Path, body_bytes: int) -> None:
        self._client = client
        self._folder = folder
        self._body_bytes = body_bytes
        self._failed: dict[str, tuple[float, LogoForbidden | LogoUnusable]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def get(self, address: str, *, private: bool) -> Logo:
        """Return the logo at `address`; `private` says whether it may be inside the house.

        Raises
        ------
        LogoForbidden, LogoUnusable
            Now, or within the last ten minutes.
        """
        name = hashlib.sha256(f"{LARGEST_SIDE}:{address}".encode()).hexdigest()[:32]
        path = self._folder / name[:2] / f"{name}.png"
        if kept := await asyncio.to_thread(_read, path):
            return Logo(kept, "image/png", name)
        self._raise_again(address)
        try:
            async with self._turns, asyncio.timeout(DEADLINE_S):
                body = await self._fetch(address, private=private)
            made = await asyncio.to_thread(shrink, body)
        except TimeoutError:
            raise self._remembered(address, LogoUnusable("The logo took too long.")) from None
        except (LogoForbidden, LogoUnusable) as error:
            raise self._remembered(address, error) from None
        await asyncio.to_thread(_write, path, made)
        return Logo(made, "image/png", name)

    def _raise_again(self, address: str) -> None:
        until, error = self._failed.get(address, (0.0, None))
        if error and time.monotonic() < until:
            raise type(error)(*error.args) if error.args and isinstance(error, LogoUnusable) else error

    def _remembered(self, address: str, error: LogoForbidden | LogoUnusable) -> LogoForbidden | LogoUnusable:
        while len(self._failed) >= KEPT_FAILURES:
            self._failed.pop(next(iter(self._failed)))
        self._failed[address] = (time.monotonic() + KEEP_FAILURE_S, error)
        return error

    async def _fetch(self, address: str, *, private: bool) -> bytes:
        for _ in range(REDIRECTS + 1):
            request = await self._request(address, private=private)
            try:
                answer = await self._client.send(request, stream=True)
                try:
                    if not answer.has_redirect_location:
                        return await self._body(answer)
                    address = urljoin(address, answer.headers["Location"])
                finally:
                    await answer.aclose()
            except httpx.HTTPError as error:
                raise LogoUnusable(f"The logo's server failed: {type(error).__name__}.") from error
        raise LogoUnusable("The logo's server redirects without end.")

    async def _request(self, address: str, *, private: bool) -> httpx.Request:
        """Make a request to the very address that was judged, under the name that was asked for."""
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise LogoForbidden
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if not (target := await judged(parts.hostname, port, private=private)):
            raise LogoForbidden
        url = httpx.URL(address).copy_with(host=str(target), username=None, password=None)
        headers = {"Host": parts.netloc.rpartition("@")[2], "Accept": "image/*"}
        return self._client.build_request(
            "GET", url, headers=headers, extensions={"sni_hostname": parts.hostname}
        )

    async def _body(self, answer: httpx.Response) -> bytes:
        if answer.status_code != httpx.codes.OK:
            raise LogoUnusable(f"The logo's server answered {answer.status_code}.")
        body = bytearray()
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > self._body_bytes:
                raise LogoUnusable(f"The logo is larger than {self._body_bytes} bytes.")
        return bytes(body)


def shrink(body: bytes) -> bytes:
    """Return a picture as PNG, no side longer than `LARGEST_SIDE`.

    Raises
    ------
    LogoUnusable
        If it is no picture of a known kind, or one so large that it can only be meant to do harm.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=FORMATS) as image:
                return _png(image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise LogoUnusable("The logo's server sent something that is not a picture.") from None


def _png(image: Image.Image) -> bytes:
    if image.width * image.height > MOST_PIXELS:
        raise LogoUnusable("The logo has too many pixels.")
    picture = image.convert("RGBA")
    picture.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _write(path: Path, body: bytes) -> None:
    """Keep a picture; where the disk says no, it is made again next time."""
    unfinished = path.with_suffix(f".{id(body):x}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(body)
        unfinished.replace(path)
    except OSError:
        return
