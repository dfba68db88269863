"""Bodies, unpacked piece by piece, so that a bound on what comes out holds while it comes out.

The trap is the bomb: a few kilobytes of gzip or Brotli can stand for gigabytes, and a library that unpacks a
whole piece has used the memory before anybody counts.
"""

import zlib
from collections.abc import Iterator
from typing import Protocol

import brotli

PIECE = 256 * 1024
GZIP_MAGIC = b"\x1f\x8b"
ACCEPT = "gzip, deflate, br"
ANY_ZLIB = 32 + zlib.MAX_WBITS
"""gzip and zlib, told apart by their first bytes."""


class BadPacking(Exception):
    """It is not packed as it says."""


class Unpacking(Protocol):
    """Unpacks one body."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` gives, in pieces of a bounded size."""

    def end(self) -> None:
        """Say that nothing more comes."""


class Plain:
    """Not packed at all."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield it as it is."""
        yield data

    def end(self) -> None:
        """Nothing can be missing."""


class Zlib:
    """gzip, of one or more members, and deflate with or without its wrapping."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(ANY_ZLIB)
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Unpack; what follows the last member is padding.

        Raises
        ------
        BadPacking
            If it is neither.
        """
        while data:
            if self._inner.eof:
                if not data.startswith(GZIP_MAGIC[:1]):
                    return
                self._inner = zlib.decompressobj(ANY_ZLIB)
            try:
                piece = self._inner.decompress(data, PIECE)
            except zlib.error as error:
                if self._begun:
                    raise BadPacking from error
                self._inner = zlib.decompressobj(-zlib.MAX_WBITS)
                self._begun = True
                continue
            self._begun = True
            data = self._inner.unused_data if self._inner.eof else self._inner.unconsumed_tail
            if piece:
                yield piece

    def end(self) -> None:
        """Check that it was whole.

        Raises
        ------
        BadPacking
            If it breaks off.
        """
        if self._begun and not self._inner.eof:
            raise BadPacking


class Brotli:
    """Brotli."""

    def __init__(self) -> None:
        self._inner = brotli.Decompressor()
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Unpack.

        Raises
        ------
        BadPacking
            If it isn't Brotli.
        """
        self._begun = True
        try:
            while (piece := self._inner.process(data, output_buffer_limit=PIECE)) or not (
                self._inner.can_accept_more_data()
            ):
                yield piece
                data = b""
        except brotli.error as error:
            raise BadPacking from error

    def end(self) -> None:
        """Check that it was whole.

        Raises
        ------
        BadPacking
            If it breaks off.
        """
        if self._begun and not self._inner.is_finished():
            raise BadPacking


def unpacking(encoding: str) -> Unpacking:
    """Return what unpacks a `Content-Encoding`.

    Raises
    ------
    BadPacking
        If it is one that nobody asked for.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return Plain()
        case "gzip" | "x-gzip" | "deflate":
            return Zlib()
        case "br":
            return Brotli()
        case _:
            raise BadPacking
