"""HLS playlists as lines that know what they say (RFC 8216bis).

Lenient in, exact out: `write(parse(text))` is `text`, but for a BOM, which breaks players. A line keeps its
own text; what is understood stands beside it, so that nothing that is not understood can get lost.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

BOM = "\ufeff"
ATTRIBUTE = re.compile(r'([A-Z0-9-]+)\s*=\s*("[^"\r\n]*"|[^",\r\n]*)')


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `name` is the tag's without `#`, or empty; `value` is what follows its colon."""

    text: str = field(repr=False)
    end: str
    """The line's ending as it was: `\\n`, `\\r\\n`, or nothing at the end of the file."""
    name: str = ""
    value: str = field(default="", repr=False)

    @property
    def is_uri(self) -> bool:
        """Whether the line is an address: neither a tag, nor a comment, nor blank."""
        return not self.text.startswith("#") and bool(self.text.strip())

    def attributes(self) -> dict[str, str]:
        """Return the tag's attribute list (4.2), quotes taken off. The last of a double counts."""
        return {match[1]: match[2].strip('"') for match in ATTRIBUTE.finditer(self.value)}

    def with_attribute(self, name: str, value: str) -> "Line":
        """Return the line with one quoted attribute's value changed and every other byte left."""
        at = self.text.index(":") + 1
        for match in ATTRIBUTE.finditer(self.text, at):
            if match[1] == name:
                text = f'{self.text[: match.start(2)]}"{value}"{self.text[match.end(2) :]}'
                return Line(text, self.end, self.name, text[at:])
        return self

    def with_uri(self, uri: str) -> "Line":
        """Return the line with another address."""
        return Line(uri, self.end)


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist's lines, and what the whole of it says."""

    lines: tuple[Line, ...]

    def tag(self, name: str) -> Line | None:
        """Return the first tag of this name."""
        return next((line for line in self.lines if line.name == name), None)

    def number(self, name: str, default: float) -> float:
        """Return the number that a tag such as EXT-X-TARGETDURATION carries."""
        line = self.tag(name)
        match = re.match(r"\s*(\d+(?:\.\d+)?)", line.value) if line else None
        return float(match[1]) if match else default

    @property
    def is_multivariant(self) -> bool:
        """Whether it lists renditions rather than segments (4.4.6)."""
        return any(line.name in ("EXT-X-STREAM-INF", "EXT-X-MEDIA") for line in self.lines)

    @property
    def target_duration_s(self) -> float:
        """4.4.3.1: no segment is longer than this."""
        return self.number("EXT-X-TARGETDURATION", 6.0)

    @property
    def media_sequence(self) -> int:
        """4.4.3.2: the number of the first segment."""
        return int(self.number("EXT-X-MEDIA-SEQUENCE", 0))

    @property
    def next_sequence(self) -> int:
        """The number of the segment that will come next."""
        skipped = self.tag("EXT-X-SKIP")
        missing = int(skipped.attributes().get("SKIPPED-SEGMENTS", "0")) if skipped else 0
        return self.media_sequence + missing + sum(line.is_uri for line in self.lines)

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
        return self.tag("EXT-X-ENDLIST") is not None

    @property
    def can_block_reload(self) -> bool:
        """4.4.3.8: whether the server holds a request until what it asks for is there."""
        line = self.tag("EXT-X-SERVER-CONTROL")
        return line is not None and line.attributes().get("CAN-BLOCK-RELOAD") == "YES"

    @property
    def variables(self) -> Mapping[str, str]:
        """4.4.2.3: what `{$name}` in an address stands for."""
        defined = (line.attributes() for line in self.lines if line.name == "EXT-X-DEFINE")
        return {tag["NAME"]: tag.get("VALUE", "") for tag in defined if "NAME" in tag}


def is_playlist(text: str) -> bool:
    """Whether it begins as 4.3 demands, a BOM and leading blank lines forgiven."""
    return text.removeprefix(BOM).lstrip().startswith("#EXTM3U")


def parse(text: str) -> Playlist:
    """Read a playlist. Nothing is refused here: see `is_playlist`."""
    return Playlist(tuple(_lines(text.removeprefix(BOM))))


def _lines(text: str) -> Iterator[Line]:
    # Not str.splitlines: it breaks at characters that may stand in a title.
    for piece in re.findall(r"[^\n]*\n|[^\n]+", text):
        body = piece.rstrip("\r\n")
        end = piece[len(body) :]
        if body.startswith("#EXT"):
            name, _, value = body[1:].partition(":")
            yield Line(body, end, name.strip(), value)
        else:
            yield Line(body, end)


def write(playlist: Playlist) -> str:
    """Return the playlist's text."""
    return "".join(line.text + line.end for line in playlist.lines)
