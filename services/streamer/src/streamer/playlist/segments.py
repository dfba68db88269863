"""A media playlist's lines, grouped: the head, each segment with the tags that apply to it, and the tail.

The tail is what belongs to the segment that is not complete yet: its parts, hints, and the rest of the list.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from streamer.playlist import tags
from streamer.playlist.grammar import Line, Playlist, seconds, tag

HEAD = (tags.MEDIA_PLAYLIST | tags.BASIC | tags.EITHER) - {"EXT-X-ENDLIST"}
TAIL = {"EXT-X-PRELOAD-HINT", "EXT-X-RENDITION-REPORT", "EXT-X-DATERANGE", "EXT-X-ENDLIST"}
"""Where the head has ended, even if there is no segment."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One media segment: its number and its lines, the address last."""

    sequence: int
    lines: tuple[Line, ...]

    @property
    def uri(self) -> str:
        """Its address as it was said."""
        return self.lines[-1].text.strip()

    @property
    def duration_s(self) -> float:
        """4.4.4.1."""
        return next((seconds(line.value, 0.0) for line in self.lines if line.name == "EXTINF"), 0.0)

    @property
    def value_of_range(self) -> str:
        """4.4.4.2: its byte range as it was said."""
        return next((line.value for line in self.lines if line.name == "EXT-X-BYTERANGE"), "")

    @property
    def discontinuities(self) -> int:
        """4.4.4.3: how many there are before it; more than one is an oddity, but each counts."""
        return sum(line.name == "EXT-X-DISCONTINUITY" for line in self.lines)


@dataclass(frozen=True, slots=True)
class Parts:
    """A media playlist in three."""

    head: tuple[Line, ...]
    segments: tuple[Segment, ...]
    tail: tuple[Line, ...]


def divide(playlist: Playlist) -> Parts:
    """Group a media playlist's lines. A tag about the whole list that comes late is put into its head."""
    begins = _head_ends(playlist)
    head = list(playlist.lines[:begins])
    sequence = playlist.media_sequence + playlist.skipped
    found: list[Segment] = []
    waiting: list[Line] = []
    for line in playlist.lines[begins:]:
        if line.name in HEAD:
            head.append(line)
            continue
        waiting.append(line)
        if line.is_uri:
            found.append(Segment(sequence + len(found), tuple(waiting)))
            waiting = []
    return Parts(tuple(head), tuple(found), tuple(waiting))


def in_force(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Return the tags of `lines` that go on applying after them, in an order that means the same.

    A map was read with the keys that stood before it: they come before it again, and those of now after it.
    METHOD=NONE stands where a key would apply to too much: a player may have read `lines`, too, and the keys
    of now be in force for it already.
    """
    keys: dict[str, Line] = {}
    of_map: dict[str, Line] = {}
    lasting: dict[str, Line] = {}
    for line in lines:
        if line.name == "EXT-X-KEY":
            said = line.attributes()
            if said.get("METHOD") == "NONE":
                keys.clear()
            else:
                keys[said.get("KEYFORMAT", "identity")] = line
        elif line.name in ("EXT-X-MAP", "EXT-X-BITRATE"):
            lasting[line.name] = line
            of_map = dict(keys) if line.name == "EXT-X-MAP" else of_map
    if "EXT-X-MAP" not in lasting:
        return (*lasting.values(), *keys.values())
    none = tag("EXT-X-KEY", "METHOD=NONE", lasting["EXT-X-MAP"].end)
    before = (none,) if keys.keys() - of_map.keys() else ()
    after = (none,) if of_map.keys() - keys.keys() else ()
    now = keys.values() if after else (line for form, line in keys.items() if of_map.get(form) != line)
    return (*before, *of_map.values(), *lasting.values(), *after, *now)


def _head_ends(playlist: Playlist) -> int:
    for at, line in enumerate(playlist.lines):
        if line.name == "EXT-X-SKIP":
            return at + 1
        if line.is_uri or line.name in tags.SEGMENT or (line.name in TAIL and not playlist.has("EXT-X-SKIP")):
            return at
    return len(playlist.lines)
