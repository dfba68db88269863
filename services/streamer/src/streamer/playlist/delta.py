"""Delta updates (RFC 8216bis, 6.2.5.1), made out of a full playlist.

Whoever has read a list before gets the end of it, and EXT-X-SKIP for the rest. So nobody needs to ask the
source for one: the full list that all nodes share answers everybody.

Tags that go on applying (keys, map, bit rate) may stand among the segments that are left out. The RFC has
players keep them; they are said again all the same, since saying them twice means nothing else, and not
every player keeps them.

Date ranges always stay, also where they may be left out (`_HLS_skip=v2`): a list does not say since when they
are in it. So the answer is all that it has of them, and none has to be named as removed.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from streamer.playlist import byte_ranges, tags
from streamer.playlist.grammar import Line, Playlist, tag
from streamer.playlist.segments import Segment, divide, in_force
from streamer.playlist.versions import at_least


def can_skip(playlist: Playlist) -> bool:
    """Whether the directive counts (6.2.5.1): the list says so, and goes on."""
    return playlist.skip_boundary_s > 0 and not playlist.ended and not playlist.has("EXT-X-SKIP")


def delta(playlist: Playlist, skip: str) -> Playlist:
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
    hidden = tuple(chain.from_iterable(one.lines for one in parts.segments[:count]))
    shown = chain.from_iterable(one.lines for one in parts.segments[count:])
    lines = (*_left(hidden), *in_force(hidden), *shown, *parts.tail)
    removed = ',RECENTLY-REMOVED-DATERANGES=""' if dated else ""
    skipped = tag("EXT-X-SKIP", f"SKIPPED-SEGMENTS={count}{removed}", playlist.end)
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
