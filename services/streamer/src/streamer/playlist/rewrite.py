"""Every address of a playlist given to `seal`; all else left as it is.

What an address is for follows from the tags around it, so this is one walk with a little memory: the
number of the next segment, the parts since the last one, the byte range and the variant to come.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin
from zlib import crc32

from streamer.playlist.grammar import Line, Playlist
from streamer.tickets import Thing

VARIABLE = re.compile(r"\{\$([A-Za-z0-9_-]+)\}")
UNTOUCHED = re.compile(r"(?!https?:)[A-Za-z][A-Za-z0-9+.-]*:")
"""`data:`, `skd:` and other schemes that no proxy can fetch."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An address in a playlist: absolute, variables filled in, and what stands behind it."""

    thing: Thing
    address: str = field(repr=False)
    sequence: int = -1
    part: int = -1
    span: str = ""
    rendition: str = ""
    """For a nested playlist: a name that stays, whatever its address."""
    fragmented: bool = False
    """Whether it belongs to a rendition with EXT-X-MAP, and so is fMP4."""


Seal = Callable[[Reference], str | None]
"""Gives the address to write, or None to leave what is there."""

TAGS = {
    "EXT-X-KEY": Thing.KEY,
    "EXT-X-SESSION-KEY": Thing.KEY,
    "EXT-X-MAP": Thing.MAP,
    "EXT-X-PART": Thing.PART,
    "EXT-X-PRELOAD-HINT": Thing.PART,
    "EXT-X-MEDIA": Thing.PLAYLIST,
    "EXT-X-I-FRAME-STREAM-INF": Thing.PLAYLIST,
    "EXT-X-RENDITION-REPORT": Thing.PLAYLIST,
    "EXT-X-SESSION-DATA": Thing.DATA,
}
"""The tags with a URI attribute. Content steering and interstitials are left alone for now."""


def rewrite(playlist: Playlist, base: str, seal: Seal) -> Playlist:
    """Give every address of `playlist` to `seal`, resolved against `base`; leave all else as it is."""
    walk = _Walk(playlist, base, seal)
    return replace(playlist, lines=tuple(walk.line(line) for line in playlist.lines))


class _Walk:
    def __init__(self, playlist: Playlist, base: str, seal: Seal) -> None:
        self._base = base
        self._seal = seal
        self._variables = playlist.variables
        self._multivariant = playlist.is_multivariant
        self._fragmented = playlist.tag("EXT-X-MAP") is not None
        self._sequence = playlist.media_sequence
        self._part = 0
        self._span = ""
        self._span_end = 0
        self._variant = ""

    def line(self, line: Line) -> Line:
        """Return the line with its address sealed, if it has one."""
        if line.name in TAGS:
            return self._tag(line, TAGS[line.name])
        if line.name == "EXT-X-BYTERANGE":
            self._span = self._read_span(line.value)
        elif line.name == "EXT-X-SKIP":
            self._sequence += int(line.attributes().get("SKIPPED-SEGMENTS", "0") or 0)
        elif line.name == "EXT-X-STREAM-INF":
            self._variant = rendition_name(line)
        elif line.is_uri:
            return self._uri(line)
        return line

    def _uri(self, line: Line) -> Line:
        if self._multivariant:
            sealed = self._sealed(line.text, Thing.PLAYLIST, rendition=self._variant)
        else:
            sealed = self._sealed(line.text, Thing.SEGMENT, sequence=self._sequence, span=self._span)
            self._sequence, self._part, self._span = self._sequence + 1, 0, ""
        return line.with_uri(sealed) if sealed else line

    def _tag(self, line: Line, thing: Thing) -> Line:
        attributes = line.attributes()
        uri = attributes.get("URI")
        if uri is None:
            return line
        sealed = self._sealed(uri, thing, **self._context(line, thing, attributes))
        return line.with_attribute("URI", sealed) if sealed else line

    def _context(self, line: Line, thing: Thing, attributes: dict[str, str]) -> dict[str, str | int]:
        if line.name == "EXT-X-PRELOAD-HINT" and attributes.get("TYPE") == "MAP":
            return {}
        if thing is Thing.PART:
            self._part += 1
            span = self._read_span(attributes["BYTERANGE"]) if "BYTERANGE" in attributes else ""
            return {"sequence": self._sequence, "part": self._part - 1, "span": span}
        if thing is Thing.MAP and "BYTERANGE" in attributes:
            return {"span": self._read_span(attributes["BYTERANGE"])}
        if thing is Thing.PLAYLIST:
            return {"rendition": rendition_name(line)}
        return {}

    def _sealed(self, uri: str, thing: Thing, **context: str | int) -> str | None:
        said = VARIABLE.sub(lambda match: self._variables.get(match[1], match[0]), uri.strip())
        if UNTOUCHED.match(said):
            return None
        address = said if "://" in said else urljoin(self._base, said)
        return self._seal(Reference(thing, address, fragmented=self._fragmented, **context))  # type: ignore[arg-type]

    def _read_span(self, value: str) -> str:
        """4.4.4.2: `n[@o]`; without `o` it goes on where the last one ended."""
        length, _, offset = value.strip().strip('"').partition("@")
        start = int(offset) if offset else self._span_end
        self._span_end = start + int(length)
        return f"{start}-{int(length)}"


def rendition_name(line: Line) -> str:
    """Name a rendition by what it is, so that it is found again behind another address."""
    if line.name == "EXT-X-RENDITION-REPORT":
        return f"r{crc32(line.attributes()['URI'].partition('?')[0].encode()):08x}"
    said = {key: value for key, value in line.attributes().items() if key != "URI"}
    letter = {"EXT-X-MEDIA": "a", "EXT-X-I-FRAME-STREAM-INF": "i"}.get(line.name, "v")
    return f"{letter}{crc32(repr(sorted(said.items())).encode()):08x}"
