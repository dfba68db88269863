"""With which segment a stream goes on where another one ended (pure).

Two streams of a channel are often one encoder's, sent two ways: they count alike, or say alike when each
segment was recorded. Then the next stream goes on with the very segment that is due, and nothing is shown
twice. That matters more than it seems: their clocks are one, too, and libavformat's players take a small
step back in time for a fault of the clock. They shift all that follows, picture and sound one after the
other, and stand still for as long as the step was.

Others have nothing in common. They begin with as many segments as there was none for, and half a target
duration more: a part of a segment may repeat, but what a player has in hand is not lost. Their clocks are far
apart, which players take as it is meant.

The trap: strangers may count alike by chance, and clocks of two packagers differ. So a number and a date are
only believed if they say about the same as the time that has passed.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from streamer.playlist.segments import Segment

STARTS_WITH = 3
"""6.3.3: players begin three target durations from the end; what is before that was seen already."""
LATE_TARGETS = 0.5
"""By how many target durations, on average, a segment is older than its list says that it is new."""
BELIEVED_TARGETS = 1.5
"""By how many target durations what a stream says may differ from the time that has passed."""
SAME_TARGETS = 0.1
"""By how many target durations dates of one moment may differ."""


def ends_at_s(segments: tuple[Segment, ...]) -> float | None:
    """Return when the last segment ends by EXT-X-PROGRAM-DATE-TIME (4.4.4.6), as Unix time."""
    return next((ends_at for _, ends_at in reversed(tuple(dated(segments)))), None)


def dated(segments: tuple[Segment, ...]) -> Iterator[tuple[int, float]]:
    """Yield each segment's number and when it ends, from the first date on."""
    at_s: float | None = None
    for segment in segments:
        if (said_s := _date(segment)) is not None:
            at_s = said_s
        if at_s is not None:
            at_s += segment.duration_s
            yield segment.sequence, at_s


def begins_with(
    segments: tuple[Segment, ...], due: int, due_at_s: float | None, target_s: float, since_s: float
) -> int:
    """Return the number of the segment to go on with; one that there is.

    `due` is the number that the last stream would have come to next, `due_at_s` the moment; `since_s` is for
    how long there has been nothing new.
    """
    for begins in (_by_date(segments, due_at_s, target_s), due):
        if begins is not None and _is_likely(segments, begins, target_s, since_s):
            return begins
    return _by_time(segments, target_s, since_s)


def _by_date(segments: tuple[Segment, ...], due_at_s: float | None, target_s: float) -> int | None:
    if due_at_s is None:
        return None
    late_s = due_at_s + SAME_TARGETS * target_s
    return next((number for number, ends_at in dated(segments) if ends_at > late_s), None)


def _is_likely(segments: tuple[Segment, ...], begins: int, target_s: float, since_s: float) -> bool:
    """Whether there is that segment, and about as much from it on as there was nothing for."""
    new = [segment.duration_s for segment in segments if segment.sequence >= begins]
    is_listed = bool(new) and segments[0].sequence <= begins
    return is_listed and abs(sum(new) - since_s) <= BELIEVED_TARGETS * target_s


def _by_time(segments: tuple[Segment, ...], target_s: float, since_s: float) -> int:
    wanted_s = since_s + LATE_TARGETS * target_s
    last = segments[-STARTS_WITH:]
    count = 0
    for segment in reversed(last):
        if count and wanted_s <= 0:
            break
        count, wanted_s = count + 1, wanted_s - segment.duration_s
    return last[-count].sequence if last else 0


def _date(segment: Segment) -> float | None:
    said = next((line.value for line in segment.lines if line.name == "EXT-X-PROGRAM-DATE-TIME"), None)
    if said is None:
        return None
    try:
        date = datetime.fromisoformat(said.strip())
    except ValueError:
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
