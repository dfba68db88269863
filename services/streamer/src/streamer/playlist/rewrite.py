"""Every address of a playlist given to `seal`; all else left as it is.

What an address is for follows from the tags around it, so this is one walk with a little memory: the
number of the next segment, the parts since the last one, the byte range and the variant to come.

Before the walk the playlist is made fit for players that know only us: variables are written out
(`variables`), what leads past us is taken out (`redaction`), implied offsets are written out
(`byte_ranges`). A hint whose end nobody knows yet, of a file that comes in ranges, is left out: the part
that it announces would have another address.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from zlib import crc32

from streamer.playlist import address, byte_ranges, redaction, variables
from streamer.playlist.grammar import Line, Playlist
from streamer.tickets import Thing

NONE: Mapping[str, str] = MappingProxyType({})


def _none() -> Mapping[str, str]:
    return NONE


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
    variables: Mapping[str, str] = field(default_factory=_none, compare=False, repr=False)
    """For a nested playlist: what it may import (4.4.2.3). See `variables.carry`."""


Seal = Callable[[Reference], str | None]
"""Gives the address to write, or None to leave what is there."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a playlist can't say of itself."""

    imported: Mapping[str, str] = field(default_factory=_none)
    """The variables of its multivariant playlist."""
    renditions: Mapping[str, str] = field(default_factory=_none)
    """Its multivariant playlist's renditions, for reports of them: address without its query -> name."""
    within: str = ""
    """The name of this playlist itself: what is nested in it gets a name below."""


NOTHING = Context()

THINGS = {
    "EXT-X-KEY": Thing.KEY,
    "EXT-X-SESSION-KEY": Thing.KEY,
    "EXT-X-MAP": Thing.MAP,
    "EXT-X-PART": Thing.PART,
    "EXT-X-PRELOAD-HINT": Thing.PART,
    "EXT-X-MEDIA": Thing.PLAYLIST,
    "EXT-X-I-FRAME-STREAM-INF": Thing.PLAYLIST,
    "EXT-X-RENDITION-REPORT": Thing.PLAYLIST,
    "EXT-X-SESSION-DATA": Thing.DATA,
    "EXT-X-DATERANGE": Thing.PLAYLIST,
}
"""What the address in a tag is of; the attribute that holds it is `redaction.ADDRESS`."""


def rewrite(playlist: Playlist, base: str, seal: Seal, context: Context = NOTHING) -> Playlist:
    """Give every address of `playlist` to `seal`, resolved against `base`; leave all else as it is."""
    known = variables.defined(playlist, base, context.imported) if playlist.has("EXT-X-DEFINE") else NONE
    plain = prepared(playlist, base, context)
    walk = _Walk(plain, address.base_of(base), seal, context, known)
    return replace(plain, lines=tuple(walk.lines()))


def prepared(playlist: Playlist, base: str, context: Context = NOTHING) -> Playlist:
    """Return all that `rewrite` changes besides addresses: nothing, for most playlists."""
    return byte_ranges.explicit(redaction.redact(variables.resolve(playlist, base, context.imported)))


class _Walk:
    def __init__(
        self, playlist: Playlist, base: address.Base, seal: Seal, context: Context, known: Mapping[str, str]
    ) -> None:
        self._playlist = playlist
        self._base = base
        self._seal = seal
        self._context = context
        self._variables = known if playlist.is_multivariant else NONE
        self._multivariant = playlist.is_multivariant
        self._fragmented = playlist.has("EXT-X-MAP")
        self._sequence = playlist.media_sequence + playlist.skipped
        self._part = 0
        self._parts_in_ranges = False
        self._span = ""
        self._variant: Line | None = None
        self._named: dict[str, int] = {}

    def lines(self) -> Iterator[Line]:
        for line in self._playlist.lines:
            if line.name in THINGS:
                if (tag := self._tag(line)) is not None:
                    yield tag
            elif line.is_uri:
                yield self._uri(line)
            else:
                if line.name == "EXT-X-BYTERANGE":
                    self._span = byte_ranges.span(line.value)
                elif line.name == "EXT-X-STREAM-INF":
                    self._variant = line
                yield line

    def _uri(self, line: Line) -> Line:
        if self._multivariant or self._variant is not None:
            name = self._name(rendition_name(self._variant or line))
            sealed = self._sealed(line.text, Thing.PLAYLIST, rendition=name, variables=self._variables)
            self._variant = None
        else:
            sealed = self._sealed(line.text, Thing.SEGMENT, sequence=self._sequence, span=self._span)
            self._sequence, self._part, self._span = self._sequence + 1, 0, ""
        return line if sealed is None else line.with_uri(sealed)

    def _tag(self, line: Line) -> Line | None:
        said = line.attributes()
        where = redaction.ADDRESS[line.name]
        context = self._about(line, said)
        if context is None:
            return None
        if where not in said:
            return line
        thing = Thing.MAP if said.get("TYPE") == "MAP" else THINGS[line.name]
        sealed = self._sealed(said[where], thing, **context)
        return line if sealed is None else line.with_attribute(where, sealed)

    def _about(self, line: Line, said: dict[str, str]) -> dict[str, object] | None:
        """Return what is known of a tag's address, or None if the tag is to go."""
        match line.name:
            case "EXT-X-PART":
                self._part += 1
                span = byte_ranges.span(said.get("BYTERANGE", ""))
                self._parts_in_ranges = self._parts_in_ranges or bool(span)
                return {"sequence": self._sequence, "part": self._part - 1, "span": span}
            case "EXT-X-PRELOAD-HINT":
                return self._hint(said)
            case "EXT-X-MAP":
                return {"span": byte_ranges.span(said.get("BYTERANGE", ""))}
        return self._about_nested(line, said)

    def _about_nested(self, line: Line, said: dict[str, str]) -> dict[str, object]:
        match line.name:
            case "EXT-X-RENDITION-REPORT":
                return {"rendition": self._reported(line, said.get("URI", ""))}
            case "EXT-X-DATERANGE":
                return {"rendition": self._below(_crc("x", said.get("X-ASSET-URI", "").partition("?")[0]))}
            case "EXT-X-MEDIA" | "EXT-X-I-FRAME-STREAM-INF" if "URI" in said:
                return {"rendition": self._name(rendition_name(line)), "variables": self._variables}
        return {}

    def _hint(self, said: dict[str, str]) -> dict[str, object] | None:
        span = byte_ranges.hinted(said)
        if said.get("TYPE") == "MAP":
            return None if span is None else {"span": span}
        if span is None or (not span and self._parts_in_ranges):
            return None
        self._part += 1
        return {"sequence": self._sequence, "part": self._part - 1, "span": span}

    def _reported(self, line: Line, uri: str) -> str:
        known = self._context.renditions.get(self._base.join(uri.strip()).partition("?")[0])
        return known or rendition_name(line)

    def _name(self, name: str) -> str:
        """Tell renditions apart that say the same of themselves: backups of each other (6.2.4)."""
        before = self._named[name] = self._named.get(name, -1) + 1
        return self._below(f"{name}.{before}" if before else name)

    def _below(self, name: str) -> str:
        return f"{self._context.within}.{name}" if self._context.within else name

    def _sealed(self, uri: str, thing: Thing, **about: object) -> str | None:
        said = uri.strip()
        if not address.can_be_fetched(said) and (thing is Thing.KEY or "://" not in said):
            # DRM's, and `data:`. A server of another protocol is hidden too, though sealed it only fails.
            return None
        where = self._base.join(said)
        return self._seal(Reference(thing, where, fragmented=self._fragmented, **about))  # type: ignore[arg-type]


def rendition_name(line: Line) -> str:
    """Name a rendition by what it is, so that it is found again behind another address."""
    said = line.attributes()
    if line.name == "EXT-X-RENDITION-REPORT":
        return _crc("r", said.get("URI", "").partition("?")[0])
    said.pop("URI", None)
    letter = {"EXT-X-MEDIA": "a", "EXT-X-I-FRAME-STREAM-INF": "i"}.get(line.name, "v")
    return _crc(letter, repr(sorted(said.items())))


def _crc(letter: str, text: str) -> str:
    return f"{letter}{crc32(text.encode(errors='replace')):08x}"
