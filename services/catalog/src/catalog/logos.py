"""Logos: fetched, checked, resized, kept.

An upstream's word about what it sends is not believed: only what Pillow opens is a logo, and what leaves
here was written by Pillow. SVG is refused, since it is a document that can carry scripts.

What was made is kept on disk for some days under the hash of its address (`catalog.gallery`). Where a new one
can't be had, the old one stays. What failed is remembered for a while, so that a dead host isn't asked by
every viewer of the page.

The traps are pictures that are small as they come: packed by HTTP, or a few bytes for many pixels. So what
comes is counted as it is unpacked, and one picture at a time is opened, however many are asked for.
"""

import asyncio
import hashlib
import io
import time
import warnings
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import httpx
from contracts.channel import Stream
from PIL import Image

from catalog.errors import LogoForbidden, LogoUnusable
from catalog.gallery import Gallery
from catalog.reach import judged
from catalog.sources.packing import ACCEPT, PIECE, BadPacking, unpacking

LARGEST_SIDE = 256
MOST_PIXELS = 4_000_000
"""That are opened: 50 MB."""
MOST_STORED_PIXELS = 12_000_000
"""A JPEG is opened at an eighth of its size; where it comes in several scans, all of it is held, in 71 MB."""
Image.MAX_IMAGE_PIXELS = MOST_STORED_PIXELS
"""Pillow's own bound, for what an image has inside: an icon's picture may be larger than the icon says."""
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "ICO")
DEADLINE_S = 8.0
REDIRECTS = 4
KEEP_FAILURE_S = 600.0
KEPT_FAILURES = 10_000
AT_ONCE = 8


class Form(StrEnum):
    """What a picture is written as: all players read PNG, browsers WebP, which is a third as large."""

    PNG = "image/png"
    WEBP = "image/webp"


WRITTEN: dict[Form, dict[str, Any]] = {Form.PNG: {"optimize": True}, Form.WEBP: {"quality": 90}}


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
    host, all_ = host_of(address), tuple(streams)
    inside = [stream for stream in all_ if stream.allow_private]
    if not host or not inside:
        return False
    return len(inside) == len(all_) or any(host_of(stream.address) == host for stream in inside)


def host_of(address: str) -> str | None:
    """Return whose an address is; of one that can't be taken apart, nobody's."""
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


class Logos:
    """The cache. `fetch` errors are those of `catalog.errors`."""

    def __init__(self, client: httpx.AsyncClient, folder: Path, body_bytes: int) -> None:
        self._client = client
        self._gallery = Gallery(folder)
        self._body_bytes = body_bytes
        self._failed: dict[tuple[str, bool], tuple[float, LogoForbidden | LogoUnusable]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._opening = asyncio.Semaphore(1)

    async def get(self, address: str, form: Form = Form.PNG, *, private: bool) -> Logo:
        """Return the logo at `address`; `private` says whether it may be inside the house.

        Raises
        ------
        LogoForbidden, LogoUnusable
            Now, or within the last ten minutes; and there is no older one.
        """
        digest = hashlib.sha256(f"{LARGEST_SIDE}:{address}".encode(errors="replace")).hexdigest()[:32]
        name, *others = (f"{digest}.{each.name.lower()}" for each in (form, *(set(Form) - {form})))
        kept = await asyncio.to_thread(self._gallery.read, name)
        if kept and kept.is_fresh:
            return _logo(kept.body, form)
        try:
            made = await self._made(address, form, private=private)
        except (LogoForbidden, LogoUnusable):
            if kept:
                await asyncio.to_thread(self._gallery.put_off, name)
                return _logo(kept.body, form)
            if not (rewritten := await self._rewritten(others, form)):
                raise
            made = rewritten
        await asyncio.to_thread(self._gallery.write, name, made)
        return _logo(made, form)

    async def _rewritten(self, names: Iterable[str], form: Form) -> bytes | None:
        """Write anew what is kept in another form, if anything is."""
        for name in names:
            if kept := await asyncio.to_thread(self._gallery.read, name):
                async with self._opening:
                    return await asyncio.to_thread(shrink, kept.body, form)
        return None

    async def _made(self, address: str, form: Form, *, private: bool) -> bytes:
        """Fetch a logo and make it ours. What fails for those outside may be well for the house's own."""
        self._raise_again(address, private=private)
        error: LogoForbidden | LogoUnusable
        try:
            async with self._turns:
                async with asyncio.timeout(DEADLINE_S):
                    body = await self._fetch(address, private=private)
                async with self._opening:
                    return await asyncio.to_thread(shrink, body, form)
        except TimeoutError:
            error = LogoUnusable("The logo took too long.")
        except (ValueError, httpx.InvalidURL):
            error = LogoUnusable("The logo's address is none.")
        except (LogoForbidden, LogoUnusable) as failure:
            error = failure
        self._remember(address, error, private=private)
        raise error

    def _raise_again(self, address: str, *, private: bool) -> None:
        until, error = self._failed.get((address, private), (0.0, None))
        if error and time.monotonic() < until:
            raise type(error)(*error.args) if error.args and isinstance(error, LogoUnusable) else error

    def _remember(self, address: str, error: LogoForbidden | LogoUnusable, *, private: bool) -> None:
        while len(self._failed) >= KEPT_FAILURES:
            self._failed.pop(next(iter(self._failed)))
        self._failed[address, private] = (time.monotonic() + KEEP_FAILURE_S, error)

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
            except BadPacking as error:
                raise LogoUnusable("The logo's packing can't be undone.") from error
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
        headers = {"Host": parts.netloc.rpartition("@")[2], "Accept": "image/*", "Accept-Encoding": ACCEPT}
        return self._client.build_request(
            "GET", url, headers=headers, extensions={"sni_hostname": parts.hostname}
        )

    async def _body(self, answer: httpx.Response) -> bytes:
        if answer.status_code != httpx.codes.OK:
            raise LogoUnusable(f"The logo's server answered {answer.status_code}.")
        body, packed = bytearray(), unpacking(answer.headers.get("content-encoding", ""))
        async for data in answer.aiter_raw(PIECE):
            for piece in packed.feed(data):
                body += piece
                if len(body) > self._body_bytes:
                    raise LogoUnusable(f"The logo is larger than {self._body_bytes} bytes.")
        packed.end()
        return bytes(body)


def _logo(body: bytes, form: Form) -> Logo:
    return Logo(body, form.value, hashlib.sha256(body).hexdigest()[:32])


def shrink(body: bytes, form: Form = Form.PNG) -> bytes:
    """Return a picture anew, no side longer than `LARGEST_SIDE`.

    Raises
    ------
    LogoUnusable
        If it is no picture of a known kind, or one so large that it can only be meant to do harm.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=FORMATS) as image:
                return _written(image, form)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise LogoUnusable("The logo has too many pixels.") from None
    except (OSError, ValueError, SyntaxError):
        raise LogoUnusable("The logo's server sent something that is not a picture.") from None


def _written(image: Image.Image, form: Form) -> bytes:
    image.draft(None, (LARGEST_SIDE, LARGEST_SIDE))
    if image.width * image.height > MOST_PIXELS:
        raise LogoUnusable("The logo has too many pixels.")
    picture = image.convert("RGBA")
    picture.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    written = io.BytesIO()
    picture.save(written, form.name, **WRITTEN[form])
    return written.getvalue()
