"""Bytes as text: as the byte order mark says, else UTF-8, else the Western European it then is.

A list of 100,000 channels with one emoji in it is 100 MB as one Python string (four bytes a letter), and
25 MB as bytes: large things are read line by line.
"""

import codecs
from collections.abc import Iterator

UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
UTF8_MARK = b"\xef\xbb\xbf"
CHUNK = 1024 * 1024
BLOCK = 64 * 1024
"""Lines are decoded by so many bytes: one by one it takes five times as long."""


def decode(body: bytes | bytearray) -> str:
    """Return all of it."""
    if body.startswith(UTF16_MARKS):
        return body.decode("utf-16", errors="replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


def lines(body: bytes | bytearray) -> Iterator[str]:
    """Yield its lines without their ends, as they are asked for; empty ones are left out."""
    if body.startswith(UTF16_MARKS):
        body = decode(body).encode()
    encoding = "utf-8" if is_utf8(body) else "cp1252"
    start = len(UTF8_MARK) if body.startswith(UTF8_MARK) else 0
    while start < len(body):
        end = body.find(b"\n", start + BLOCK) + 1 or len(body)
        block = body[start:end].decode(encoding, errors="replace")
        yield from filter(None, block.replace("\r", "\n").split("\n"))
        start = end


def is_utf8(body: bytes | bytearray) -> bool:
    """Whether all of it is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(body)
    try:
        for start in range(0, len(view), CHUNK):
            decoder.decode(view[start : start + CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
