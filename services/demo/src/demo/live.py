"""What is on the air at a given moment.

A channel is a loop of a minute or so that is played for ever, in step with the clock: second 0 of loop n
is at `EPOCH + n * length`. So nothing is kept. Every process gives the same answer, a restarted one goes
on where it stood, and with a loop of 60 s the counter in the picture is the second of the minute at which
it was "recorded": the viewer's delay can be read off the screen.

Times here are seconds since `EPOCH` unless they say otherwise.
"""

import math
from dataclasses import dataclass
from itertools import accumulate

EPOCH = 1_735_689_600
"""2025-01-01T00:00:00Z. On a whole minute, and near enough that sequence numbers stay readable."""


@dataclass(frozen=True)
class Slot:
    """One segment on the air: the `index`-th of the `loop`-th time round."""

    sequence: int
    loop: int
    index: int
    offset: float
    start: float
    duration: float

    @property
    def end(self) -> float:
        """When it is complete, which is when it is published."""
        return self.start + self.duration

    @property
    def opens_loop(self) -> bool:
        """Whether a new time round begins with it: there timestamps jump, if nobody shifts them."""
        return self.index == 0


@dataclass(frozen=True)
class Timeline:
    """The segment lengths of one loop, and so of all."""

    durations: tuple[float, ...]

    @classmethod
    def cut(cls, length: float, segment_s: float) -> "Timeline":
        """Cut a loop of `length` into segments of `segment_s`; the last one takes what is left."""
        whole = math.floor(length / segment_s + 1e-9)
        left = round(length - whole * segment_s, 6)
        return cls((segment_s,) * whole + ((left,) if left else ()))

    @property
    def length(self) -> float:
        """The loop's."""
        return round(sum(self.durations), 6)

    @property
    def target(self) -> int:
        """The target duration: no segment is longer."""
        return math.ceil(max(self.durations))

    @property
    def _offsets(self) -> tuple[float, ...]:
        return (0.0, *accumulate(self.durations[:-1]))

    def slot(self, sequence: int) -> Slot:
        """Return the segment with this media sequence number."""
        loop, index = divmod(sequence, len(self.durations))
        offset = self._offsets[index]
        return Slot(sequence, loop, index, offset, loop * self.length + offset, self.durations[index])

    def at(self, moment: float) -> Slot:
        """Return the segment that is being recorded at `moment`."""
        loop, offset = divmod(moment, self.length)
        index = max(i for i, start in enumerate(self._offsets) if start <= offset)
        return self.slot(int(loop) * len(self.durations) + index)

    def window(self, moment: float, size: int) -> tuple[Slot, ...]:
        """Return the last `size` segments that are complete at `moment`, oldest first."""
        current = self.at(moment).sequence
        return tuple(self.slot(sequence) for sequence in range(current - size, current))


def since_epoch(timestamp: float) -> float:
    """Turn a Unix time into one of ours."""
    return timestamp - EPOCH
