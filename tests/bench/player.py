"""What a player knows, without a network: its buffer, and where it is in a playlist. Pure."""

import re
from dataclasses import dataclass, field

START_SEGMENTS = 3
"""RFC 8216, 6.3.3: a player does not begin closer to the end than that."""
STALL_LEAST_S = 0.05
"""A shorter pause is the clock's, not the player's."""


@dataclass(slots=True)
class Buffer:
    """Seconds of media that wait to be played. It plays in real time from the first of them on."""

    tuned_at: float
    held_s: float = 0.0
    stalls: int = 0
    stalled_s: float = 0.0
    started_at: float | None = None
    _seen_at: float = 0.0

    @property
    def start_up_s(self) -> float | None:
        """How long it took from tuning in to the first picture."""
        return None if self.started_at is None else self.started_at - self.tuned_at

    def add(self, now: float, duration_s: float) -> None:
        """Take a segment."""
        self.play(now)
        if self.started_at is None:
            self.started_at = self._seen_at = now
        self.held_s += duration_s

    def play(self, now: float) -> None:
        """Play until now; what was missing is a stall."""
        if self.started_at is None:
            return
        self.held_s -= now - self._seen_at
        self._seen_at = now
        if self.held_s < -STALL_LEAST_S:
            self.stalls += 1
            self.stalled_s -= self.held_s
        self.held_s = max(0.0, self.held_s)


@dataclass(frozen=True, slots=True)
class Listed:
    """A media playlist, as far as a simulated player reads it."""

    sequence: int
    target_s: float
    addresses: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> "Listed":
        """Read a media playlist."""
        return cls(
            _number(text, "MEDIA-SEQUENCE"),
            _number(text, "TARGETDURATION"),
            tuple(re.findall(r"^[^#\s].*$", text, re.MULTILINE)),
        )


def _number(text: str, tag: str) -> int:
    found = re.search(rf"^#EXT-X-{tag}:(\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 0


@dataclass(slots=True)
class Place:
    """Where a player is: which segment comes next, and what it was told that can't be."""

    upcoming: int | None = None
    sequence: int = 0
    backwards: int = 0
    skipped: int = 0
    _last: Listed | None = field(default=None, repr=False)

    def follow(self, listed: Listed) -> tuple[bool, list[tuple[int, str]]]:
        """Take a reloaded playlist; return whether it changed, and what is to be downloaded, by number."""
        changed, self._last = listed != self._last, listed
        self.backwards += listed.sequence < self.sequence
        self.sequence = max(self.sequence, listed.sequence)
        end = listed.sequence + len(listed.addresses)
        if self.upcoming is None:
            self.upcoming = max(listed.sequence, end - START_SEGMENTS)
        self.skipped += max(0, listed.sequence - self.upcoming)
        first = max(self.upcoming, listed.sequence)
        self.upcoming = max(self.upcoming, end)
        return changed, [(number, listed.addresses[number - listed.sequence]) for number in range(first, end)]


def reload_after_s(target_s: float, *, changed: bool) -> float:
    """RFC 8216, 6.3.4: a target duration after a load that brought something, half of one after another."""
    return target_s if changed else target_s / 2
