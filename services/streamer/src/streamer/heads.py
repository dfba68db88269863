"""The heads of media answers: what is said of a playlist, and of a body, by whatever way it is sent."""

from zlib import crc32

from streamer import kinds
from streamer.shelf import Copy
from streamer.tickets import Ticket

Pair = tuple[bytes, bytes]
Pairs = list[Pair]

CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Content-Length, Content-Range, Date, ETag"),
)
"""On every answer, errors too: players run on pages of other origins."""

PLAYLIST_TYPE = (b"content-type", kinds.MEDIA_TYPES["m3u8"])
DASH_TYPE = (b"content-type", kinds.MEDIA_TYPES["mpd"])
IMMUTABLE = (b"cache-control", b"public, max-age=3600, immutable")
RANGES = (b"accept-ranges", b"bytes")


def etag(ticket: Ticket) -> bytes:
    """Return a body's version: a thing that a ticket names never changes."""
    return b'"%08x"' % crc32(ticket.name.encode())


def body(ticket: Ticket) -> Pairs:
    """Return what is said of every body."""
    return [IMMUTABLE, RANGES, (b"etag", etag(ticket))]


def media_type(extension: str, start: bytes | memoryview) -> Pair:
    """Return what a body is that begins with `start`."""
    return b"content-type", kinds.media_type(extension, start)


def playlist(copy: Copy, *, shared: bool) -> Pairs:
    """Return what is said of a playlist; `shared`: whether it is the same for all viewers."""
    whose = b"public" if shared else b"private"
    return [(b"cache-control", b"%b, max-age=%d" % (whose, copy.left_s())), (b"etag", copy.etag)]


def length(count: int) -> Pair:
    """Return how long a body is."""
    return b"content-length", b"%d" % count


def written(headers: Pairs) -> bytes:
    """Return the head of a 200, written out."""
    lines = [b"HTTP/1.1 200 OK", *(b"%b: %b" % pair for pair in (*headers, *CORS)), b"", b""]
    return b"\r\n".join(lines)


def preflight(wanted: str) -> Pairs:
    """Return what a page hears that asks whether it may send headers of its own: it may."""
    return [
        (b"access-control-allow-methods", b"GET, HEAD"),
        (b"access-control-allow-headers", wanted.encode("latin-1") or b"Range"),
        (b"access-control-max-age", b"86400"),
    ]
