"""The last announcements, and where in them a client is. Pure.

A cursor is the stream's epoch and a sequence: a stream that was made anew counts from 1 again, so a
sequence alone would let a client believe that it had seen what it hasn't. Sequences in the ring have
gaps, where a message was not for clients or a newer one took its place; `last` says how far it was read.
"""

import re
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from itertools import islice

from realtime.news import News

CURSOR = re.compile(r"([0-9a-z]{1,32})-([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a stream: everything up to `sequence` has been seen."""

    epoch: str
    sequence: int

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read `epoch-sequence`.

        Raises
        ------
        ValueError
            If it is something else.
        """
        if not (match := CURSOR.fullmatch(text)):
            raise ValueError("accepted: a cursor as events carry it")
        return cls(match[1], int(match[2]))

    def __str__(self) -> str:
        return f"{self.epoch}-{self.sequence}"


class Ring:
    """The announcements after `floor`, at most `size` of them, up to `last`."""

    def __init__(self, size: int) -> None:
        self._kept: deque[News] = deque()
        self.size = size
        self.epoch = ""
        self.floor = 0
        self.last = 0
        self.quiet = 0
        """Up to here it was filled with the past, which nobody here was told."""
        self.told = 0
        """The last sequence that had an announcement in it, or where the ring began."""

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def cursor(self) -> Cursor | None:
        """Where the ring is; None before there is a stream."""
        return Cursor(self.epoch, self.last) if self.epoch else None

    def restart(self, epoch: str, last: int, quiet: int = 0) -> None:
        """Forget everything: what comes next is `last + 1` of `epoch`; it is told from `quiet` on."""
        self._kept.clear()
        self.epoch, self.last, self.floor, self.told = epoch, last, last, last
        self.quiet = max(last, quiet)

    def told_since(self, at: Cursor | None) -> int:
        """Return after which sequence whoever was here `at` that place has been told everything."""
        return max(self.quiet, at.sequence if at and at.epoch == self.epoch else 0)

    def add(self, news: News) -> None:
        """Keep `news`, whose sequence is beyond all others."""
        if len(self._kept) == self.size:
            self.floor = self._kept.popleft().sequence
        self._kept.append(news)
        self.last = self.told = news.sequence

    def reach(self, sequence: int) -> None:
        """Note that everything up to `sequence` was read."""
        self.last = max(self.last, sequence)

    def knows(self, cursor: Cursor) -> bool:
        """Whether the ring has come at least as far as `cursor`, or to another stream."""
        return bool(self.epoch) and (cursor.epoch != self.epoch or self.last >= cursor.sequence)

    def since(self, cursor: Cursor) -> list[News] | None:
        """Return what came after `cursor`, or None where that can't be told any more."""
        if cursor.epoch != self.epoch or cursor.sequence < self.floor:
            return None
        first = bisect_right(self._kept, cursor.sequence, key=_sequence)
        return list(islice(self._kept, first, None))


def _sequence(news: News) -> int:
    return news.sequence
