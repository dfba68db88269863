"""HLS playlists as lines that know what they say (RFC 8216bis).

Lenient in, exact out: `write(parse(text))` is `text`, but for a BOM, which breaks players. A line keeps its
own text; what is understood stands beside it, so that nothing that is not understood can get lost.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from streamer.playlist import attributes, tags
from streamer.playlist.recognition import BOM, is_playlist

__all__ = ["BOM", "Line", "Nature", "Playlist", "is_playlist", "parse", "write"]

LINE = re.compile(r"([^\r\n]*+)(\r*+\n|\r++|\Z)")
"""A lone CR ends a line too: that is how libavformat and browsers' players read it.

Not str.splitlines: it breaks at characters that may stand in a title.
"""

PLAIN = re.compile(r"[A-Z0-9-]++")
INTEGER = re.compile(r"\s*+([0-9]{1,20}+)(?![0-9])")
"""4.2: at most 2^64-1; a longer one is no number."""
FLOAT = re.compile(r"\s*+([0-9]{1,20}+(?:\.[0-9]{0,20}+)?+)")

PACE_LEAST_S, PACE_MOST_S = 1.0, 60.0
"""4.4.3.1 is a whole number of seconds; 0, and a day, are mistakes."""


class Line(NamedTuple):
    """One line. `name` is the tag's without `#`, or empty; `value` is what follows its colon."""

    text: str
    end: str
    """The line's ending as it was: `\\n`, `\\r\\n`, or nothing at the end of the file."""
    name: str = ""
    value: str = ""

    def __repr__(self) -> str:
        """Return no address: reprs end up in logs."""
        return f"Line({self.name or ('uri' if self.is_uri else 'comment')})"

    @property
    def is_uri(self) -> bool:
        """Whether the line is an address: neither a tag, nor a comment, nor blank."""
        return not self.name and self.text.lstrip()[:1] not in ("", "#")

    def attributes(self) -> dict[str, str]:
        """Return the tag's attribute list (4.2), quotes taken off, names in capitals."""
        return attributes.read(self.value)

    def with_attribute(self, name: str, value: str) -> "Line":
        """Return the line with another value, in quotes, for an attribute, and every other byte left."""
        return self.with_value(attributes.replaced(self.value, name, value))

    def with_value(self, value: str) -> "Line":
        """Return the tag with other text after its colon."""
        if value == self.value:
            return self
        head = self.text.removesuffix(self.value)
        if not self.value and not head.endswith(":"):
            head += ":"
        return Line(head + value, self.end, self.name, value)

    def with_uri(self, uri: str) -> "Line":
        """Return the line with another address. Blanks around it go: they are no part of any address."""
        return Line(uri, self.end)


def tag(name: str, value: str = "", end: str = "\n") -> Line:
    """Return a tag of our own making."""
    return Line(f"#{name}:{value}" if value else f"#{name}", end, name, value)


class Nature(StrEnum):
    """What a playlist lists (4.1)."""

    MEDIA = "media"
    MULTIVARIANT = "multivariant"
    NEITHER = "neither"
    """No tag says: it is taken for segments."""


@dataclass(frozen=True)
class Playlist:
    """A playlist's lines, and what the whole of it says."""

    lines: tuple[Line, ...]

    @cached_property
    def _tags(self) -> dict[str, Line]:
        first: dict[str, Line] = {}
        for line in self.lines:
            if line.name:
                first.setdefault(line.name, line)
        return first

    def tag(self, name: str) -> Line | None:
        """Return the first tag of this name."""
        return self._tags.get(name)

    def has(self, *names: str) -> bool:
        """Whether there is a tag of one of these names."""
        return any(name in self._tags for name in names)

    def attribute(self, name: str, attribute: str) -> str:
        """Return an attribute of the first tag of this name, or nothing."""
        line = self._tags.get(name)
        return line.attributes().get(attribute, "") if line else ""

    def number(self, name: str, default: float) -> float:
        """Return the number that a tag such as EXT-X-TARGETDURATION carries."""
        return seconds(line.value if (line := self.tag(name)) else "", default)

    @cached_property
    def nature(self) -> Nature:
        """4.1: what its URIs are. A list with tags of both kinds is what players take it for: segments."""
        if self.has("EXTINF", "EXT-X-TARGETDURATION"):
            return Nature.MEDIA
        if not tags.MULTIVARIANT.isdisjoint(self._tags):
            return Nature.MULTIVARIANT
        return Nature.NEITHER if tags.MEDIA.isdisjoint(self._tags) else Nature.MEDIA

    @property
    def is_multivariant(self) -> bool:
        """Whether it lists renditions rather than segments (4.4.6)."""
        return self.nature is Nature.MULTIVARIANT

    @property
    def target_duration_s(self) -> float:
        """4.4.3.1: no segment is longer than this."""
        return self.number("EXT-X-TARGETDURATION", 6.0)

    @property
    def pace_s(self) -> float:
        """The target duration as far as it is believed: waits, leases and memory go by it."""
        return believed(self.target_duration_s)

    @property
    def media_sequence(self) -> int:
        """4.4.3.2: the number of the first segment."""
        return integer(line.value if (line := self.tag("EXT-X-MEDIA-SEQUENCE")) else "", 0)

    @property
    def discontinuity_sequence(self) -> int:
        """4.4.3.3: how many discontinuities there were before the first line."""
        return integer(line.value if (line := self.tag("EXT-X-DISCONTINUITY-SEQUENCE")) else "", 0)

    @property
    def skipped(self) -> int:
        """4.4.5.2: how many segments a delta update leaves out."""
        return integer(self.attribute("EXT-X-SKIP", "SKIPPED-SEGMENTS"), 0)

    @cached_property
    def next_sequence(self) -> int:
        """The number of the segment that will come next."""
        return self.media_sequence + self.skipped + sum(line.is_uri for line in self.lines)

    @property
    def next_part(self) -> int:
        """The number of the part, of the segment that will come next, that will come next (4.4.4.9)."""
        parts = 0
        for line in self.lines:
            if line.is_uri:
                parts = 0
            elif line.name == "EXT-X-PART":
                parts += 1
        return parts

    @property
    def ended(self) -> bool:
        """4.4.3.4: whether nothing will follow."""
        return self.has("EXT-X-ENDLIST")

    @property
    def can_block_reload(self) -> bool:
        """4.4.3.8: whether the server holds a request until what it asks for is there."""
        return self.attribute("EXT-X-SERVER-CONTROL", "CAN-BLOCK-RELOAD") == "YES"

    @property
    def skip_boundary_s(self) -> float:
        """4.4.3.8: how far from the end a delta update begins to leave segments out; 0 if it can't."""
        return seconds(self.attribute("EXT-X-SERVER-CONTROL", "CAN-SKIP-UNTIL"), 0.0)

    @property
    def end(self) -> str:
        """How its lines end."""
        return (self.lines[0].end if self.lines else "") or "\n"


def believed(pace_s: float) -> float:
    """Return how often a source is asked that says it changes so often: neither all the time nor never."""
    return min(max(pace_s, PACE_LEAST_S), PACE_MOST_S)


def integer(text: str, default: int) -> int:
    """Read a decimal-integer (4.2)."""
    match = INTEGER.match(text)
    return int(match[1]) if match else default


def seconds(text: str, default: float) -> float:
    """Read a decimal-floating-point (4.2)."""
    match = FLOAT.match(text)
    return float(match[1]) if match else default


def parse(text: str) -> Playlist:
    """Read a playlist. Nothing is refused here: see `is_playlist`."""
    return Playlist(tuple(_lines(text.removeprefix(BOM))))


def _lines(text: str) -> Iterator[Line]:
    for body, end in LINE.findall(text):
        said = body if body[:1] == "#" else body.lstrip()
        if said[:4] == "#EXT":
            name, _, value = said[1:].partition(":")
            yield Line(body, end, name if PLAIN.fullmatch(name) else name.split()[0], value)
        elif body or end:
            yield Line(body, end)


def write(playlist: Playlist) -> str:
    """Return the playlist's text."""
    return "".join([line.text + line.end for line in playlist.lines])
