"""Reels: a recorded loop, kept so that any stretch of it can be played at any time round.

A reel consists of units of equal length (chunks of 2 s, fragments of 0.4 s, frames of 32 ms); a segment is
a run of them. Files are mapped when somebody first asks for them, and what is sent is their bytes with the
timestamps moved: no encoding, no copying of packets, hardly any work, and memory that the system may take
back.
"""

import mmap
from abc import ABC, abstractmethod
from pathlib import Path

from demo import fragments, frames, transport
from demo.recipes import AAC_FRAME, CHUNK_S, SAMPLE_RATE

_FRAME_S = AAC_FRAME / SAMPLE_RATE


class Reel(ABC):
    """A loop in units of `unit_s`. `head` goes before any of them; it is empty where none is needed."""

    unit_s: float
    head: bytes = b""

    @abstractmethod
    def read(self, start: int, stop: int, loop_start: float) -> bytes:
        """Return units `start` to `stop`, with timestamps of a loop that began at `loop_start` seconds."""

    @abstractmethod
    def sizes(self) -> list[int]:
        """Return the units' sizes in bytes."""

    def stretch(self, offset: float, duration: float, loop_start: float) -> bytes:
        """As `read`, by seconds: what is heard and seen from `offset` on for `duration`."""
        return self.read(*self.units(offset, duration), loop_start)

    def units(self, offset: float, duration: float) -> tuple[int, int]:
        """Return the first unit of a stretch of the loop, and the first after it."""
        return round(offset / self.unit_s), round((offset + duration) / self.unit_s)


class TransportReel(Reel):
    """MPEG-TS in chunks that begin with a key frame."""

    unit_s = CHUNK_S

    def __init__(self, data: memoryview) -> None:
        self._chunks = transport.chunks(data)

    def read(self, start: int, stop: int, loop_start: float) -> bytes:
        """See `Reel.read`."""
        ticks = round(loop_start * transport.CLOCK_HZ)
        return b"".join(chunk.shifted(ticks) for chunk in self._chunks[start:stop])

    def sizes(self) -> list[int]:
        """See `Reel.sizes`."""
        return [len(chunk.data) for chunk in self._chunks]


class FragmentReel(Reel):
    """Fragmented MP4, `length` seconds of it."""

    def __init__(self, data: memoryview, length: float) -> None:
        movie = fragments.parse(data)
        self.unit_s = length / len(movie.fragments)
        self.head = bytes(movie.head)
        self._fragments = movie.fragments

    def read(self, start: int, stop: int, loop_start: float) -> bytes:
        """See `Reel.read`."""
        before = round(loop_start / self.unit_s)
        pieces = enumerate(self._fragments[start:stop], before + start + 1)
        return b"".join(fragment.shifted(loop_start, number) for number, fragment in pieces)

    def sizes(self) -> list[int]:
        """See `Reel.sizes`."""
        return [len(fragment.data) for fragment in self._fragments]


class AudioReel(Reel):
    """ADTS frames."""

    unit_s = _FRAME_S

    def __init__(self, data: memoryview) -> None:
        self._frames = frames.split(data)

    def read(self, start: int, stop: int, loop_start: float) -> bytes:
        """See `Reel.read`."""
        ticks = round((loop_start + start * _FRAME_S) * transport.CLOCK_HZ)
        return frames.timestamp_tag(ticks) + b"".join(self._frames[start:stop])

    def sizes(self) -> list[int]:
        """See `Reel.sizes`."""
        return [len(frame) for frame in self._frames]


def load(path: Path, length: float) -> Reel:
    """Read a loop of `length` seconds from a file. What it is, its name says."""
    with path.open("rb") as file:
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    if path.suffix == ".ts":
        return TransportReel(data)
    if path.suffix == ".aac":
        return AudioReel(data)
    return FragmentReel(data, length)
