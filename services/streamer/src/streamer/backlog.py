"""What a viewer who tunes in is given first: an endless stream's bytes from its last key frame on. Pure.

They are kept from one key frame to the next and follow PAT and PMT as they were before it, so that a player
shows a picture at once. Where a stream comes in bursts, as many key frames are kept as its viewers need to
bridge the pause between two. Bounded: a stream that goes on without key frames has no backlog.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from streamer.transport.pictures import CLOCK_HZ, Mark, elapsed

MOST_BYTES = 8 * 1024 * 1024


@dataclass(slots=True)
class Group:
    """The bytes from one key frame to the next."""

    tables: bytes = field(repr=False)
    pts: int | None
    pieces: list[bytes] = field(default_factory=list, repr=False)
    size: int = 0

    def grow(self, piece: bytes) -> int:
        """Append a piece and return its size."""
        if piece:
            self.pieces.append(piece)
            self.size += len(piece)
        return len(piece)


class Backlog:
    """The last groups. `behind_s` is how far back a newcomer begins at least, where there is so much."""

    def __init__(self, behind_s: float = 0.0) -> None:
        self._behind = round(behind_s * CLOCK_HZ)
        self._groups: deque[Group] = deque()
        self._size = 0

    def grow(self, packets: bytes, marks: Sequence[Mark]) -> None:
        """Take what came, and the marks in it."""
        at = 0
        for mark in marks:
            if mark.is_key:
                self._append(packets[at : mark.at])
                self._begin(mark)
                at = mark.at
        self._append(packets[at:])
        self._forget()

    def pieces(self) -> list[bytes]:
        """Return what a newcomer gets before what comes next."""
        if not self._groups:
            return []
        return [self._groups[0].tables, *(piece for group in self._groups for piece in group.pieces)]

    def _begin(self, mark: Mark) -> None:
        if mark.is_broken:
            self._clear()
        self._groups.append(Group(mark.tables, mark.pts))

    def _append(self, piece: bytes) -> None:
        if self._groups:
            self._size += self._groups[-1].grow(piece)

    def _forget(self) -> None:
        """Let go of what lies further back than anybody begins, and of all that is too much."""
        while len(self._groups) > 1 and (self._size > MOST_BYTES or self._reaches_back(self._groups[1])):
            self._size -= self._groups.popleft().size
        if self._size > MOST_BYTES:
            self._clear()

    def _reaches_back(self, group: Group) -> bool:
        newest = self._groups[-1].pts
        if newest is None or group.pts is None:
            return True
        return elapsed(newest, group.pts) >= self._behind

    def _clear(self) -> None:
        self._groups.clear()
        self._size = 0
