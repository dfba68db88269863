"""One numbering for a channel, whatever streams it is played from.

A channel goes from one stream to the next when the first one fails. To the player it stays one playlist:
media sequence numbers go on where they were, EXT-X-DISCONTINUITY marks the change, and
EXT-X-DISCONTINUITY-SEQUENCE counts it once it has slid out of the list (RFC 8216bis, 6.2.1). What changes
with a number is written out: an AES-128 segment without an IV has its old number for one (5.2), so that
each gets a key tag of its own.

`follow` is the whole of it: it takes what is known of the list that was served last, and the list that was
just read, and gives both anew. What is known (`Continuity`) is small and goes through JSON, so that all
nodes that share it give the same answer. Nothing changes as long as nothing has happened: a first stream is
served as it is.

The traps:

- A source that starts anew counts from 0 again. Segments that were there before are known by their names, and
  keep their numbers; if none is, it is a change like any other.
- A list that is older than the last one (a cache behind the others) keeps the numbers it had: it is for the
  reader of playlists to hold it back.
- In a delta update the first segments, their keys and discontinuities are hidden. What is known of them from
  before fills the gap.
- A rendition report (4.4.5.4) speaks of numbers of other playlists, which have a count of their own. When
  numbers are changed, it goes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from itertools import chain
from math import inf
from typing import Any
from zlib import crc32

from streamer.playlist.grammar import Line, Playlist, tag
from streamer.playlist.segments import Parts, Segment, divide, in_force
from streamer.playlist.takeover import begins_with, ends_at_s
from streamer.playlist.versions import at_least

KNOWN_MOST = 64
"""Segments whose numbers are remembered: a window's worth."""
NUMBERED_IV = {"AES-128", "AES-256", "SAMPLE-AES"}
"""5.2: methods whose IV is the segment's number if no other is said."""

Keys = tuple[tuple[int, str], ...]
"""Keys without an IV, each from one of the stream's own numbers on; an empty one ends the one before."""


@dataclass(frozen=True, slots=True)
class Continuity:
    """What is known of the list served last. `offset` is what is added to the stream's own numbers."""

    stream: str
    first: int
    """The number of the first segment served, and of the one to come."""
    next: int
    source_first: int
    offset: int = 0
    discontinuities: int = 0
    """How many there were up to the last segment served."""
    added_discontinuities: int = 0
    """What is added to the stream's own count, once the change has slid out of the list."""
    begins: int = -1
    """The stream's own number of the first segment after the change; before the first change, none."""
    before: int = 0
    """The discontinuity sequence of a list that begins with that segment."""
    known: Mapping[str, int] | None = None
    """Name of a segment to its number in the list served."""
    keys: Keys = ()
    ends_at_s: float | None = None
    """When the last segment ends, as far as the stream says."""

    def begins_list(self, served: Playlist) -> bool:
        """Whether a list begins with the segment after the change."""
        return self.begins >= 0 and served.media_sequence == self.begins + self.offset

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Continuity":
        """Read what `to_json` gave. What a newer node says more of is left out."""
        keys = tuple((int(number), str(text)) for number, text in said["keys"])
        known = {one.name for one in fields(cls)}
        return cls(**{**{name: value for name, value in said.items() if name in known}, "keys": keys})


def follow(
    state: Continuity | None, playlist: Playlist, stream: str, since_s: float = inf
) -> tuple[Continuity, Playlist]:
    """Return what is known after this list, and the list as it is to be served.

    `stream` names where the list comes from; `since_s` is for how long there has been no new segment. Only
    media playlists have numbers; others are left alone by callers.
    """
    parts = divide(playlist)
    if state is None:
        state = _begun(playlist, stream)
    elif state.stream != stream:
        state = _changed(state, playlist, parts, stream, since_s)
    else:
        offset = _offset(state, playlist, parts)
        if offset is None:
            state = _changed(state, playlist, parts, stream, since_s)
        elif offset != state.offset:
            state = _recounted(state, playlist, parts, offset)
    keys = _keys_in_force(state, playlist, parts)
    served = renumber(playlist, state, keys)
    return _remembered(state, playlist, parts, served, keys), served


def renumber(playlist: Playlist, state: Continuity, keys: Keys = ()) -> Playlist:
    """Return the list with the numbers that `state` gives, without what was before the change."""
    if not state.offset and not state.added_discontinuities and state.begins < 0:
        return playlist
    parts = divide(playlist)
    segments = _since_the_change(parts.segments, state, playlist.end)
    tail = parts.tail
    if state.offset and keys:
        segments = tuple(_with_iv(one, keys, playlist.end) for one in segments)
        tail = _tail_with_iv(tail, playlist, keys)
    lines = [*_head(playlist, parts, state), *chain.from_iterable(one.lines for one in segments), *tail]
    numbered = replace(playlist, lines=tuple(line for line in lines if line.name != "EXT-X-RENDITION-REPORT"))
    return at_least(numbered, 2) if state.offset and keys else numbered


def identity(segment: Segment) -> str:
    """Name a segment by its file and range: hosts and signatures change with every reload."""
    file = segment.uri.partition("?")[0].rpartition("/")[2]
    return f"{crc32(f'{file} {segment.value_of_range}'.encode(errors='replace')):08x}"


def _begun(playlist: Playlist, stream: str) -> Continuity:
    first = playlist.media_sequence
    return Continuity(stream, first, playlist.next_sequence, first)


def _changed(state: Continuity, playlist: Playlist, parts: Parts, stream: str, since_s: float) -> Continuity:
    """Let the stream's last few segments follow those that were served."""
    begins = _begins(state, playlist, parts, since_s)
    before = [segment for segment in parts.segments if segment.sequence < begins]
    own = playlist.discontinuity_sequence + sum(segment.discontinuities for segment in before)
    starts = next((segment.discontinuities for segment in parts.segments if segment.sequence == begins), 0)
    return replace(
        state,
        stream=stream,
        offset=state.next - begins,
        added_discontinuities=state.discontinuities + (0 if starts else 1) - own,
        begins=begins,
        before=state.discontinuities,
        known=None,
        keys=(),
    )


def _begins(state: Continuity, playlist: Playlist, parts: Parts, since_s: float) -> int:
    """Return with which segment to go on: those before it were served by the last stream."""
    if not parts.segments:
        return playlist.next_sequence
    due, target_s = state.next - state.offset, playlist.target_duration_s
    return begins_with(parts.segments, due, state.ends_at_s, target_s, since_s)


def _recounted(state: Continuity, playlist: Playlist, parts: Parts, offset: int) -> Continuity:
    """Follow a stream that gave the same segments other numbers."""
    new = [one for one in parts.segments if one.sequence + offset >= state.next]
    own = playlist.discontinuity_sequence + sum(one.discontinuities for one in parts.segments)
    return replace(
        state,
        offset=offset,
        begins=state.begins + state.offset - offset if state.begins >= 0 else state.begins,
        added_discontinuities=state.discontinuities + sum(one.discontinuities for one in new) - own,
        keys=(),
    )


def _offset(state: Continuity, playlist: Playlist, parts: Parts) -> int | None:
    """Return what is to be added to the stream's numbers now; None if it counts anew from something unknown.

    Its own count is believed as long as it does not go back. Names speak up where it went back, and where
    it stands still while the list moves on.
    """
    by_name = _offset_by_name(state, parts)
    first = playlist.media_sequence
    if first > state.source_first or (first == state.source_first and by_name is None):
        return state.offset
    if first == state.source_first:
        return max(state.offset, by_name or state.offset)
    return by_name


def _offset_by_name(state: Continuity, parts: Parts) -> int | None:
    known = state.known or {}
    found = {
        known[name] - segment.sequence for segment in parts.segments if (name := identity(segment)) in known
    }
    return found.pop() if len(found) == 1 else None


def _head(playlist: Playlist, parts: Parts, state: Continuity) -> Iterator[Line]:
    """Yield the head with its three numbers changed, or put in where there were none."""
    end = playlist.end
    first = max(playlist.media_sequence, state.begins)
    at_change = first == state.begins
    # While the tag of the change is listed, what was before it counts; then the stream's own does as well.
    count = state.before if at_change else playlist.discontinuity_sequence + state.added_discontinuities
    own = {"EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE"}
    for line in parts.head:
        if line.name == "EXT-X-SKIP":
            yield from _skip(line, playlist.media_sequence + playlist.skipped - first)
        elif line.name not in own:
            yield line
        if line.name == "EXTM3U":
            yield tag("EXT-X-MEDIA-SEQUENCE", str(first + state.offset), end)
            yield tag("EXT-X-DISCONTINUITY-SEQUENCE", str(count), end)


def _skip(line: Line, left: int) -> Iterator[Line]:
    if left > 0:
        yield line.with_value(_unquoted(line.value, "SKIPPED-SEGMENTS", left))


def _unquoted(value: str, name: str, number: int) -> str:
    said = value.partition(f"{name}=")
    return f"{said[0]}{said[1]}{number}{said[2].lstrip('0123456789')}"


def _since_the_change(all_: tuple[Segment, ...], state: Continuity, end: str) -> tuple[Segment, ...]:
    """Leave out what was before the change, and mark it.

    The first segment that is left takes over what still applies from those left out, and
    EXT-X-DISCONTINUITY unless the stream has one there.
    """
    shown = tuple(segment for segment in all_ if segment.sequence >= state.begins)
    if not shown or shown[0].sequence != state.begins:
        return shown
    first = shown[0]
    before = in_force(chain.from_iterable(one.lines for one in all_[: len(all_) - len(shown)]))
    mark = () if first.discontinuities else (tag("EXT-X-DISCONTINUITY", end=end),)
    return (replace(first, lines=(*mark, *before, *first.lines)), *shown[1:])


def _with_iv(segment: Segment, keys: Keys, end: str) -> Segment:
    return replace(segment, lines=_keyed(segment.lines, segment.sequence, keys, end))


def _tail_with_iv(tail: tuple[Line, ...], playlist: Playlist, keys: Keys) -> tuple[Line, ...]:
    """Give the parts of the segment to come their key."""
    wants_one = any(line.name == "EXT-X-PART" or _lacks_iv(line) for line in tail)
    return _keyed(tail, playlist.next_sequence, keys, playlist.end) if wants_one else tail


def _keyed(lines: tuple[Line, ...], sequence: int, keys: Keys, end: str) -> tuple[Line, ...]:
    """Write the key that is in force out with the segment's own number as IV, before its parts."""
    value = next((text for begins, text in reversed(keys) if begins <= sequence), "")
    if not value:
        return lines
    at = next((at for at, line in enumerate(lines) if _lacks_iv(line)), -1)
    plain = [line for line in lines if not _lacks_iv(line)]
    if at < 0:
        at = next((at for at, line in enumerate(plain) if line.name != "EXT-X-DISCONTINUITY"), len(plain))
    key = tag("EXT-X-KEY", f"{value.rstrip().removesuffix(',')},IV=0x{sequence:032x}", end)
    return (*plain[:at], key, *plain[at:])


def _keys_in_force(state: Continuity, playlist: Playlist, parts: Parts) -> Keys:
    """Return the keys without an IV, and where each begins; nothing stands for one that ended.

    Those known from before hold for the segments that a delta update hides.
    """
    shown_from = playlist.media_sequence + playlist.skipped
    earlier = [key for key in state.keys if key[0] < shown_from] if playlist.skipped else []
    found = [*earlier, *_keys(parts, playlist.next_sequence)]
    first = playlist.media_sequence
    in_force = [key for key in found if key[0] <= first][-1:]
    later = [key for key in found if key[0] > first]
    kept = (*in_force, *later)
    return kept if any(text for _, text in kept) else ()


def _keys(parts: Parts, next_sequence: int) -> Iterator[tuple[int, str]]:
    places = [(segment.sequence, segment.lines) for segment in parts.segments]
    for sequence, lines in [*places, (next_sequence, parts.tail)]:
        for line in lines:
            if line.name == "EXT-X-KEY" and line.attributes().get("KEYFORMAT", "identity") == "identity":
                yield sequence, line.value if _lacks_iv(line) else ""


def _lacks_iv(line: Line) -> bool:
    if line.name != "EXT-X-KEY":
        return False
    said = line.attributes()
    identity_ = said.get("KEYFORMAT", "identity") == "identity"
    return identity_ and said.get("METHOD") in NUMBERED_IV and "IV" not in said


def _remembered(
    state: Continuity, playlist: Playlist, parts: Parts, served: Playlist, keys: Keys
) -> Continuity:
    first, following = served.media_sequence, served.next_sequence
    if following < state.next and first < state.first:
        return state
    before = {name: number for name, number in (state.known or {}).items() if number >= first}
    shown = {
        identity(one): one.sequence + state.offset for one in parts.segments if one.sequence >= state.begins
    }
    known = dict(sorted({**before, **shown}.items(), key=lambda item: item[1])[-KNOWN_MOST:])
    return replace(
        state,
        first=first,
        next=max(following, state.next),
        source_first=playlist.media_sequence,
        discontinuities=_discontinuities(state, served),
        known=known,
        keys=keys,
        ends_at_s=ends_at_s(parts.segments),
    )


def _discontinuities(state: Continuity, served: Playlist) -> int:
    """Count up to the last segment. A delta update hides some, but those were counted before."""
    segments = divide(served).segments
    shown = served.discontinuity_sequence + sum(one.discontinuities for one in segments)
    new = sum(one.discontinuities for one in segments if one.sequence >= state.next)
    return max(shown, state.discontinuities + new)
