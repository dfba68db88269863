"""An endless MPEG-TS stream cut into HLS segments, and the live playlist that lists them. Pure.

A segment begins with PAT, PMT and a key frame, and is about `CUT_S` long; the first ones are shorter, so
that a player soon has three of them. Its length is told by the timestamps of the pictures that it begins
and ends with. Where the source's clock breaks, the segment ends there and the next is marked as a
discontinuity. A stream without key frames is cut all the same, by time, and the playlist then no longer
promises that every segment can be begun with.

The trap: the playlist must go on over a change of node. So a window can be read back from the playlist that
another node wrote, numbers, discontinuities and addresses included.
"""

import math
import re
from collections import deque
from dataclasses import dataclass, field

from streamer.transport.packets import Alignment
from streamer.transport.pictures import CLOCK_HZ, Mark, Scanner, elapsed
from streamer.transport.seam import broken
from streamer.transport.tables import Program

TARGET_S = 4.0
CUT_S = 3.5
"""The first key frame from here on ends a segment: near the target, if they come every 2 s or 1.92 s."""
FIRST_CUT_S = 1.0
FIRST_SEGMENTS = 3
LONGEST_S = 12.0
"""A segment is cut here, key frame or not."""
MOST_BYTES = 15 * 1024 * 1024
"""And at the first picture after so much: what is shared between nodes is no larger than 16 MB."""
LOST_BYTES = 2 * MOST_BYTES
"""After so much no picture comes any more, though packets do: it is scrambled by now, or stuffing."""
JUMP_S, BACK_S = 10.0, 2.0
"""Pictures that are further apart, or go further back, are not of one clock, whatever the source says."""
WINDOW = 6


@dataclass(frozen=True, slots=True)
class Segment:
    """A finished segment."""

    content: bytes = field(repr=False)
    duration_s: float
    is_broken: bool
    """Whether its clock does not go on from the segment before."""
    is_independent: bool
    """Whether it begins with a key frame."""


@dataclass(slots=True)
class _Open:
    """The segment that is growing."""

    mark: Mark
    pts: int
    is_broken: bool
    program: Program
    pieces: list[bytes] = field(default_factory=list)
    size: int = 0

    def grow(self, piece: bytes) -> None:
        self.pieces.append(piece)
        self.size += len(piece)


class Segmenter:
    """Bytes in, segments out."""

    def __init__(self) -> None:
        self._alignment = Alignment()
        self._scanner = Scanner()
        self._open: _Open | None = None
        self._begun = 0
        self._broken = False
        self._last_pts: int | None = None
        self._last_key: int | None = None
        self._step = 0
        self._key_distance = 0

    @property
    def expected_s(self) -> float:
        """How long segments will be, as far as the distance of key frames tells."""
        distance_s = self._key_distance / CLOCK_HZ
        if not distance_s:
            return TARGET_S
        return max(TARGET_S, distance_s * math.ceil(CUT_S / distance_s - 0.01))

    def restart(self) -> None:
        """Take what comes for another stream: whatever was open is lost."""
        self._alignment, self._scanner = Alignment(), Scanner()
        self._open, self._broken = None, True
        self._last_pts = self._last_key = None

    def feed(self, piece: bytes) -> list[Segment]:
        """Return the segments that are finished by now."""
        packets = self._alignment.feed(piece)
        made: list[Segment] = []
        at = 0
        for mark in self._scanner.feed(packets):
            breaks = mark.is_broken or self._jumps(mark)
            if self._open is not None and (breaks or self._is_due(self._open, mark, mark.at - at)):
                made += self._end(self._open, packets[at : mark.at], mark, breaks=breaks)
                at = mark.at
            elif self._open is None and mark.is_key:
                self._begin(mark)
                at = mark.at
            self._note(mark, breaks=breaks)
        if self._open is not None:
            self._open.grow(packets[at:])
            if self._open.size > LOST_BYTES:
                self.restart()
        return made

    def _jumps(self, mark: Mark) -> bool:
        """Whether a timestamp can't be of the clock of those before; pictures come a little out of order."""
        if mark.pts is None or self._last_pts is None:
            return False
        return not -BACK_S * CLOCK_HZ < elapsed(mark.pts, self._last_pts) < JUMP_S * CLOCK_HZ

    def _is_due(self, growing: _Open, mark: Mark, more: int) -> bool:
        if mark.pts is None:
            return False
        long_s = elapsed(mark.pts, growing.pts) / CLOCK_HZ
        if mark.is_key:
            return long_s >= (CUT_S if self._begun > FIRST_SEGMENTS else FIRST_CUT_S)
        return long_s >= LONGEST_S or growing.size + more > MOST_BYTES

    def _begin(self, mark: Mark) -> None:
        program = self._scanner.program
        if mark.pts is not None and program is not None:
            self._open = _Open(mark, mark.pts, self._broken, program)
            self._broken = False
            self._begun += 1

    def _end(self, done: _Open, rest: bytes, mark: Mark, *, breaks: bool) -> list[Segment]:
        """Finish the open segment at a mark, and begin the next there if a player could."""
        if breaks:
            ticks = elapsed(self._last_pts, done.pts) + self._step if self._last_pts is not None else 0
        else:
            ticks = elapsed(mark.pts or 0, done.pts)
        self._open, self._broken = None, breaks
        if ticks <= 0:
            self._broken = breaks or done.is_broken
        if mark.is_key or not breaks:
            self._begin(mark)
        # Tables that stand right before the key frame open the next segment, and so need not end this one.
        content = b"".join([done.mark.tables, *done.pieces, rest]).removesuffix(mark.tables)
        if done.is_broken:
            content = _told(content, done.program)
        segment = Segment(content, ticks / CLOCK_HZ, done.is_broken, done.mark.is_key)
        return [segment] if ticks > 0 else []

    def _note(self, mark: Mark, *, breaks: bool) -> None:
        if mark.pts is None:
            return
        if breaks:
            self._last_key = None
        elif self._last_pts is not None:
            self._step = max(0, elapsed(mark.pts, self._last_pts))
        self._last_pts = mark.pts
        if mark.is_key:
            if self._last_key is not None:
                self._key_distance = max(self._key_distance, elapsed(mark.pts, self._last_key))
            self._last_key = mark.pts


def _told(content: bytes, program: Program) -> bytes:
    """Say in the packets, too, that counters do not go on.

    The playlist's word is not enough for ffmpeg: it takes the first picture after a discontinuity for a
    damaged one.
    """
    for pid in dict.fromkeys((program.pcr_pid, *program.streams)):
        content = broken(content, pid)
    return content


@dataclass(frozen=True, slots=True)
class Entry:
    """A segment as the playlist lists it."""

    address: str
    duration_s: float
    is_broken: bool
    is_independent: bool = True


class Window:
    """The last segments, and the playlist that lists them."""

    def __init__(self, first_number: int) -> None:
        self._first = first_number
        self._breaks = 0
        self._target_s = TARGET_S
        self._entries: deque[Entry] = deque()

    @classmethod
    def read(cls, text: str) -> "Window":
        """Return the window that wrote a playlist."""
        window = cls(int(_number(text, "MEDIA-SEQUENCE")))
        window._breaks = int(_number(text, "DISCONTINUITY-SEQUENCE"))
        window._target_s = _number(text, "TARGETDURATION")
        independent = "#EXT-X-INDEPENDENT-SEGMENTS" in text
        for breaks, duration, address in _ENTRY.findall(text):
            window._entries.append(Entry(address, float(duration), bool(breaks), independent))
        return window

    @property
    def addresses(self) -> list[str]:
        """Those of the segments that are listed."""
        return [entry.address for entry in self._entries]

    def drop(self, count: int) -> None:
        """List the first segments no more."""
        for _ in range(count):
            self._breaks += self._entries.popleft().is_broken
            self._first += 1

    @property
    def first_number(self) -> int:
        """The number of the first segment that is listed."""
        return self._first

    @property
    def next_number(self) -> int:
        """The number that the next segment will have."""
        return self._first + len(self._entries)

    @property
    def target_s(self) -> float:
        """No listed segment is longer than this, rounded. It never shrinks."""
        return self._target_s

    def add(self, entry: Entry, expected_s: float) -> None:
        """List one more segment, and so perhaps one less."""
        self._target_s = max(self._target_s, round(entry.duration_s), round(expected_s))
        self._entries.append(entry)
        self.drop(max(0, len(self._entries) - WINDOW))

    def write(self) -> str:
        """Return the playlist (RFC 8216bis, 4.4)."""
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:6",
            f"#EXT-X-TARGETDURATION:{round(self._target_s)}",
            f"#EXT-X-MEDIA-SEQUENCE:{self._first}",
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{self._breaks}",
        ]
        if all(entry.is_independent for entry in self._entries):
            lines.append("#EXT-X-INDEPENDENT-SEGMENTS")
        for entry in self._entries:
            lines += ["#EXT-X-DISCONTINUITY"] if entry.is_broken else []
            lines += [f"#EXTINF:{entry.duration_s:.5f},", entry.address]
        return "\n".join([*lines, ""])


_ENTRY = re.compile(r"(#EXT-X-DISCONTINUITY\n)?#EXTINF:([\d.]+),\n(\S+)\n")


def _number(text: str, tag: str) -> float:
    match = re.search(rf"^#EXT-X-{tag}:(\d+)", text, re.MULTILINE)
    return float(match[1]) if match else 0.0
