"""Fragmented MP4, as far as replaying a loop for ever needs it (ISO/IEC 14496-12).

A file is an initialization section and fragments (`moof` and `mdat`). For each time round only the decode
times (`tfdt`) and the fragments' sequence numbers (`mfhd`) have to be moved. They are counted from
each track's first sample.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

Data = bytes | memoryview

_CONTAINERS = {b"moov", b"trak", b"mdia", b"moof", b"traf"}


@dataclass(frozen=True)
class Box:
    """A box: its type, where its content begins and where it ends."""

    kind: bytes
    start: int
    content: int
    end: int


@dataclass(frozen=True)
class DecodeTime:
    """Where a decode time is, in ticks of its track's clock."""

    at: int
    timescale: int
    value: int


@dataclass(frozen=True)
class Fragment:
    """One fragment, and what changes in it from one time round to the next."""

    data: Data
    number_at: int
    times: tuple[DecodeTime, ...]

    def shifted(self, seconds: float, number: int) -> bytes:
        """Return it as it is sent `seconds` later, as fragment `number`."""
        data = bytearray(self.data)
        data[self.number_at : self.number_at + 4] = (number % (1 << 32)).to_bytes(4, "big")
        for time in self.times:
            value = time.value + round(seconds * time.timescale)
            data[time.at : time.at + 8] = value.to_bytes(8, "big")
        return bytes(data)


@dataclass(frozen=True)
class Movie:
    """An initialization section and its fragments."""

    head: Data
    fragments: tuple[Fragment, ...]


def parse(data: Data) -> Movie:
    """Read a fragmented MP4.

    Raises
    ------
    ValueError
        If it has no `moov`, or a decode time of less than 64 bits.
    """
    top = list(_boxes(data, 0, len(data)))
    moov = next((box for box in top if box.kind == b"moov"), None)
    if moov is None:
        raise ValueError("no moov box in this MP4")
    scales, zero = _timescales(data, moov), dict[int, int]()
    pieces = [data[box.start : after.end] for box, after in pairwise(top) if box.kind == b"moof"]
    return Movie(data[: moov.end], tuple(_fragment(piece, scales, zero) for piece in pieces))


def _boxes(data: Data, start: int, end: int) -> Iterator[Box]:
    while start + 8 <= end:
        size = int.from_bytes(data[start : start + 4], "big")
        yield Box(bytes(data[start + 4 : start + 8]), start, start + 8, start + size)
        start += max(size, 8)


def _walk(data: Data, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes from `start` to `end` and those inside them, parents first."""
    for box in _boxes(data, start, end):
        yield box
        if box.kind in _CONTAINERS:
            yield from _walk(data, box.content, box.end)


def _timescales(data: Data, moov: Box) -> dict[int, int]:
    """Return the clock of every track, by its id."""
    scales, track_id = {}, 0
    for box in _walk(data, moov.content, moov.end):
        clock = box.content + (20 if data[box.content] == 1 else 12)
        if box.kind == b"tkhd":
            track_id = _number(data, clock)
        elif box.kind == b"mdhd":
            scales[track_id] = _number(data, clock)
    return scales


def _fragment(data: Data, scales: dict[int, int], zero: dict[int, int]) -> Fragment:
    """Read one fragment. `zero` keeps the first decode time of every track, from which all are counted."""
    number_at, track_id, times = 0, 0, []
    for box in _walk(data, 0, len(data)):
        if box.kind == b"mfhd":
            number_at = box.content + 4
        elif box.kind == b"tfhd":
            track_id = _number(data, box.content + 4)
        elif box.kind == b"tfdt":
            if data[box.content] != 1:
                raise ValueError("a decode time of 32 bits: it would overflow")
            at = box.content + 4
            value = int.from_bytes(data[at : at + 8], "big")
            value -= zero.setdefault(track_id, value)
            times.append(DecodeTime(at, scales[track_id], value))
    return Fragment(data, number_at, tuple(times))


def _number(data: Data, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")
