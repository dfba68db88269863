"""What has arrived of an upstream's body, in memory that is received into and sent from in place.

A body of known length is one block of just that size; any other grows by blocks. Whoever reads looks at what
is there (`take`) and copies nothing.

The trap: fresh memory is slow. A new block's pages would be zeroed by Python and faulted in by the kernel one
by one, which costs more than receiving into them. So blocks come uninitialised, and `keep_memory` has the C
library hand out again what was freed rather than return it to the kernel: measured, this is half of a cold
segment's cost.
"""

import ctypes
from collections.abc import Iterator

BLOCK_BYTES = 256 * 1024
MOST_BYTES = 64 * 1024 * 1024
"""No segment is larger: an upstream that sends for ever is cut off here."""

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3
"""The C library's `mallopt`: see mallopt(3)."""
KEPT_BYTES = 512 * 1024 * 1024
TOP_PAD_BYTES = 16 * 1024 * 1024

_uninitialised = ctypes.pythonapi.PyByteArray_FromStringAndSize
_uninitialised.restype = ctypes.py_object
_uninitialised.argtypes = [ctypes.c_char_p, ctypes.c_ssize_t]


def keep_memory() -> None:
    """Have freed blocks handed out again. Where the C library is another than glibc nothing changes."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, MOST_BYTES)
        mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(M_TOP_PAD, TOP_PAD_BYTES)


class TooLargeError(Exception):
    """More than a body may have."""


class Body:
    """A growing body. One writes, any number look."""

    in_place = True
    """A connection may receive straight into `room`."""

    def __init__(self, length: int | None = None, most_bytes: int = MOST_BYTES) -> None:
        if length is not None and length > most_bytes:
            raise TooLargeError
        self._block_bytes = BLOCK_BYTES if length is None else max(1, length)
        self._most_bytes = most_bytes
        self._blocks: list[memoryview] = []
        self.size = 0

    def room(self) -> memoryview:
        """Return where the next bytes go.

        Raises
        ------
        TooLargeError
            If there may be no more.
        """
        if self.size >= self._most_bytes:
            raise TooLargeError
        if self.size == len(self._blocks) * self._block_bytes:
            self._blocks.append(memoryview(_uninitialised(None, self._block_bytes)))
        return self._blocks[-1][self.size - (len(self._blocks) - 1) * self._block_bytes :]

    def advance(self, count: int) -> None:
        """Note that so many bytes were put into `room`."""
        self.size += count

    def write(self, piece: bytes | memoryview) -> None:
        """Copy a piece in.

        Raises
        ------
        TooLargeError
            As `room`.
        """
        at = 0
        while at < len(piece):
            room = self.room()
            count = min(len(room), len(piece) - at)
            room[:count] = piece[at : at + count]
            self.advance(count)
            at += count

    def take(self, at: int) -> memoryview:
        """Return what is there from byte `at` on, as far as it lies together; perhaps nothing yet."""
        number, start = divmod(at, self._block_bytes)
        if at >= self.size:
            return memoryview(b"")
        return self._blocks[number][start : self.size - number * self._block_bytes].toreadonly()

    def pieces(self) -> Iterator[memoryview]:
        """Yield all that is there."""
        at = 0
        while piece := self.take(at):
            at += len(piece)
            yield piece

    def whole(self) -> memoryview:
        """Return all that is there as one piece."""
        if len(self._blocks) == 1:
            return self.take(0)
        return memoryview(b"".join(self.pieces()))
