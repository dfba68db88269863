"""Delta updates (RFC 8216bis, 6.2.5.1), made out of a full playlist.

Whoever has read a list before gets the end of it, and EXT-X-SKIP for the rest. So nobody needs to ask the
source for one: the full list that all nodes share answers everybody.

Tags that go on applying (keys, map, bit rate) may stand among the segments that are left out. The RFC has
players keep them; they are said again all the same, since saying them twice means nothing else, and not
every player keeps them.

Date ranges are left out (`_HLS_skip=v2`) once they have been in the list for longer than the skip boundary.
A list does not say since when they are in it, so that is remembered beside it: `DateRanges`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from typing import Any
from zlib import crc32

from streamer.playlist import byte_ranges, tags
from streamer.playlist.grammar import Line, Playlist, tag
from streamer.playlist.segments import Segment, divide, in_force
from streamer.playlist.versions import at_least


@dataclass(frozen=True, slots=True)
class DateRanges:
    """Which date ranges a list has had, and when they came and went, in seconds of one clock."""

    came: Mapping[str, float] = field(default_factory=dict)
    """By the tag's id and what it said: one that changes is new."""
    went: Mapping[str, float] = field(default_factory=dict)
    """By id."""

    def seen(self, playlist: Playlist, now_s: float) -> "DateRanges":
        """Return what is known after another list. What went before its skip boundary is forgotten."""
        tagged = {_name(line): _id(line) for line in playlist.lines if line.name == "EXT-X-DATERANGE"}
        came = {name: self.came.get(name, now_s) for name in tagged}
        present = set(tagged.values())
        gone = {name.partition(" ")[2] for name in self.came} - present
        went = {**dict.fromkeys(gone, now_s), **self.went}
        until_s = now_s - playlist.skip_boundary_s
        return DateRanges(
            came, {id_: at_s for id_, at_s in went.items() if at_s >= until_s and id_ not in present}
        )

    def is_old(self, line: Line, before_s: float) -> bool:
        """Whether a tag was in the list before that time."""
        return self.came.get(_name(line), before_s) < before_s

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


NONE_KNOWN = DateRanges()


def can_skip(playlist: Playlist) -> bool:
    """Whether the directive counts (6.2.5.1): the list says so, and goes on."""
    return playlist.skip_boundary_s > 0 and not playlist.ended and not playlist.has("EXT-X-SKIP")


def delta(playlist: Playlist, skip: str, dates: DateRanges = NONE_KNOWN, now_s: float = 0.0) -> Playlist:
    """Return the list without what is further from its end than the skip boundary.

    `skip` is the directive's value. With nothing to leave out, or where it does not count, the list is whole.
    """
    if skip not in ("YES", "v2") or not can_skip(playlist):
        return playlist
    dated = skip == "v2" and playlist.attribute("EXT-X-SERVER-CONTROL", "CAN-SKIP-DATERANGES") == "YES"
    whole = byte_ranges.explicit(playlist)
    parts = divide(whole)
    count = _skippable(parts.segments, playlist.skip_boundary_s)
    if not count:
        return playlist
    before_s = now_s - playlist.skip_boundary_s
    hidden = tuple(chain.from_iterable(one.lines for one in parts.segments[:count]))
    shown = chain.from_iterable(one.lines for one in parts.segments[count:])
    left = [*_left(hidden), *in_force(hidden), *shown, *parts.tail]
    lines = [line for line in left if not (dated and _is_dated(line) and dates.is_old(line, before_s))]
    skipped = tag("EXT-X-SKIP", ",".join(_said(count, dates if dated else None)), playlist.end)
    return at_least(replace(playlist, lines=(*parts.head, skipped, *lines)), 10 if dated else 9)


def _skippable(segments: tuple[Segment, ...], boundary_s: float) -> int:
    """Return how many segments end further from the list's end than the boundary. One always stays."""
    after_s = 0.0
    for at in range(len(segments) - 1, 0, -1):
        after_s += segments[at].duration_s
        if after_s > boundary_s:
            return at
    return 0


def _left(hidden: tuple[Line, ...]) -> Iterator[Line]:
    """Yield what stands among the segments, but does not belong to one."""
    return (
        line for line in hidden if not line.is_uri and line.name not in tags.SEGMENT and line.text.strip()
    )


def _said(count: int, dates: DateRanges | None) -> Iterator[str]:
    yield f"SKIPPED-SEGMENTS={count}"
    if dates is not None:
        removed = "\t".join(sorted(dates.went))
        yield f'RECENTLY-REMOVED-DATERANGES="{removed}"'


def _is_dated(line: Line) -> bool:
    return line.name == "EXT-X-DATERANGE"


def _id(line: Line) -> str:
    return line.attributes().get("ID", "")


def _name(line: Line) -> str:
    return f"{crc32(line.value.encode(errors='replace')):08x} {_id(line)}"
