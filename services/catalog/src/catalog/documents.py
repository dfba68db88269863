"""Answers that are whole in memory: with a version, packed for who can unpack, filled in for each base.

A document is written once per generation. What is made of it (filled in, packed) is kept among the editions,
so that the next who asks the same is given bytes that lie ready.

An answer that is packed is another representation of the same thing: its tag is weak (RFC 9110, 8.8.1), and
compared weakly.
"""

import gzip
import itertools
import math
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import brotli
from chassis.access import is_closed
from starlette.types import Scope, Send

from catalog.editions import Editions
from catalog.outputs.places import Places

LEAST_BYTES = 1024
"""What is smaller is sent as it is."""
GZIP_LEVEL, BROTLI_QUALITY = 9, 6
"""1,000 channels: 211 kB of JSON, 12.5 kB and 4 ms as gzip, 8.9 kB and 5 ms as Brotli. zstd at its best makes
no less than Brotli, which every browser knows; gzip is for players, and for pages over plain http."""
ABSOLUTE = b"Host, X-Forwarded-Host, X-Forwarded-Proto, Accept-Encoding"
RELATIVE = b"Accept-Encoding"
Raw = list[tuple[bytes, bytes]]

_numbers = itertools.count()


class Route(NamedTuple):
    """Where a document is: what metrics call it."""

    path: str


class Document:
    """An answer. `template` may have places; `absolute` says that it has addresses in it.

    It is true for its generation, or for `lasts_s` if that is less.
    """

    def __init__(
        self,
        version: str,
        template: bytes,
        media_type: str,
        *,
        path: str,
        headers: Mapping[str, str] | None = None,
        absolute: bool = False,
        lasts_s: float = math.inf,
    ) -> None:
        self.until = time.monotonic() + lasts_s
        self.version = version
        self.absolute = absolute
        self.route = Route(path)
        self.template = template
        self._number = next(_numbers)
        self._headers: Raw = [(b"content-type", media_type.encode())]
        self._headers += [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        self._heads: dict[tuple[str, bool], Raw] = {}

    def name(self, encoding: str, places: Places) -> tuple[object, ...]:
        """Return what an edition of it is called."""
        return (self._number, encoding, places)

    def edition(self, encoding: str, places: Places) -> bytes:
        """Make an edition of it."""
        return pack(places.fill(self.template) if self.absolute else self.template, encoding)

    def head(self, encoding: str, *, closed: bool) -> Raw:
        """Return the answer's headers but for its length."""
        if (head := self._heads.get((encoding, closed))) is None:
            tag = f'{"W/" if encoding else ""}"{self.version}"'
            head = [
                *self._headers,
                (b"etag", tag.encode()),
                (b"cache-control", b"private, no-cache" if closed else b"no-cache"),
                (b"vary", ABSOLUTE if self.absolute else RELATIVE),
            ]
            if encoding:
                head.append((b"content-encoding", encoding.encode()))
            self._heads[encoding, closed] = head
        return head


async def give(document: Document, editions: Editions, places: Places, scope: Scope, send: Send) -> None:
    """Answer a request with a document, or with 304 to whoever has it."""
    held, accepted = b"", b""
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            held = value
        elif name == b"accept-encoding":
            accepted = value
    encoding = chosen(accepted) if len(document.template) >= LEAST_BYTES else ""
    head = document.head(encoding, closed=is_closed(scope))
    if held and has(held.decode("latin-1"), document.version):
        return await send_whole(send, 304, [pair for pair in head if pair[0] != b"content-encoding"])
    own = places if document.absolute else Places()
    body = await editions.get(document.name(encoding, own), lambda: document.edition(encoding, own))
    length = (b"content-length", str(len(body)).encode())
    await send_whole(send, 200, [*head, length], b"" if scope["method"] == "HEAD" else body)


async def send_whole(send: Send, status: int, headers: Raw, body: bytes = b"") -> None:
    """Send an answer in one piece."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@lru_cache(maxsize=512)
def chosen(accepted: bytes) -> str:
    """Return how to pack for `Accept-Encoding`: `br`, `gzip`, or nothing."""
    weights: dict[str, float] = {}
    for part in accepted.decode("latin-1").lower().split(","):
        name, _, parameter = part.partition(";")
        weights[name.strip()] = _weight(parameter)
    found = {name: weights.get(name, weights.get("*", 0.0)) for name in ("br", "gzip")}
    best = max(found, key=lambda name: found[name])
    return best if found[best] > 0 else ""


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def pack(body: bytes, encoding: str) -> bytes:
    """Return `body` packed: of the same body the same bytes."""
    if encoding == "br":
        return bytes(brotli.compress(body, quality=BROTLI_QUALITY))
    return gzip.compress(body, GZIP_LEVEL, mtime=0) if encoding == "gzip" else body


def has(header: str, version: str) -> bool:
    """Whether `If-None-Match` names the version (RFC 9110, 13.1.2: weakly compared)."""
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in header.split(",")]
    return version in tags or "*" in tags
