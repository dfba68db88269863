"""A list goes on with what it listed before its stream changed (pure).

The new stream's first segments alone would make a short list, of one segment or two. Not every player loads
a list as often as it may: one that reads it again only when it has come to its end (libavformat, in real
time) would find that the segments that it was to play are gone, and leave them out. So those served before
stay in front of the change until the list is as long as it was. They can still be had: somebody watched them.

What was served is taken as it was: with numbers, keys and addresses that players know. It is in force up to
the change and no further.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from streamer.playlist.grammar import Line, Playlist, integer, tag
from streamer.playlist.segments import Segment, divide, in_force
from streamer.playlist.versions import at_least


def kept_on(before: Playlist, now: Playlist) -> Playlist:
    """Return the list that begins with a change, behind as many segments of the one before as it lacks."""
    old, new = divide(before).segments, divide(now)
    count = len(old) - len(new.segments)
    earlier = [one for one in old if one.sequence < now.media_sequence]
    is_joined = bool(earlier) and earlier[-1].sequence == now.media_sequence - 1
    kept = _short_enough(earlier[-count:], now.target_duration_s) if count > 0 and is_joined else []
    if not kept or now.skipped:
        return now
    dropped = tuple(one for one in old if one.sequence < kept[0].sequence)
    carried = in_force(chain.from_iterable(one.lines for one in dropped))
    lasting = in_force((*carried, *chain.from_iterable(one.lines for one in kept)))
    if _has_map(lasting) and not _has_map(new.segments[0].lines):
        return now  # nothing says that a map is over
    first = replace(kept[0], lines=(*carried, *kept[0].lines))
    count = before.discontinuity_sequence + sum(one.discontinuities for one in dropped)
    after = _without_keys(new.segments[0], now.end) if _has_key(lasting) else new.segments[0]
    segments = chain([first], kept[1:], [after], new.segments[1:])
    head = _head(new.head, first.sequence, count)
    lines = (*head, *chain.from_iterable(one.lines for one in segments), *new.tail)
    return at_least(replace(now, lines=lines), _version(before))


def _short_enough(segments: list[Segment], target_s: float) -> list[Segment]:
    """Return the last of them of which none is longer than the list says now (4.4.3.1)."""
    long = [at for at, one in enumerate(segments) if round(one.duration_s) > target_s]
    return segments[long[-1] + 1 :] if long else segments


def _head(head: tuple[Line, ...], first: int, discontinuities: int) -> Iterator[Line]:
    said = {"EXT-X-MEDIA-SEQUENCE": first, "EXT-X-DISCONTINUITY-SEQUENCE": discontinuities}
    for line in head:
        yield line.with_value(str(said[line.name])) if line.name in said else line


def _without_keys(segment: Segment, end: str) -> Segment:
    """Let no key of before apply: those of now come after."""
    at = next((at for at, line in enumerate(segment.lines) if line.name != "EXT-X-DISCONTINUITY"), 0)
    none = tag("EXT-X-KEY", "METHOD=NONE", end)
    return replace(segment, lines=(*segment.lines[:at], none, *segment.lines[at:]))


def _has_map(lines: tuple[Line, ...]) -> bool:
    return any(line.name == "EXT-X-MAP" for line in lines)


def _has_key(lines: tuple[Line, ...]) -> bool:
    return any(line.name == "EXT-X-KEY" for line in lines)


def _version(playlist: Playlist) -> int:
    said = playlist.tag("EXT-X-VERSION")
    return integer(said.value, 1) if said is not None else 1
