"""XMLTV, read as a stream: a document of hundreds of megabytes in the memory of one of its programmes.

expat, and not lxml: it is in Python already, pushes (the caller decides when a piece comes, and from where),
never opens anything by itself, and what nobody wants is skipped without being built. Documents in the wild
have a DOCTYPE, so that is let through; a declaration of an entity is not, and ends the reading: nothing that
expands, and nothing outside, is ever followed.

Everything that a document could make grow without end is bounded: the bytes that come out of gzip, how deep
elements stand, how long one piece of markup is, and how many names and how much text is kept of one
programme.

Control characters, which XML can't hold, are dropped: one of them would make the whole guide unreadable.
"""

import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from xml.parsers import expat

from catalog.errors import SourceUnreadable

MOST_BYTES = 4 * 1024**3
MOST_MARKUP = 1024 * 1024
MOST_DEPTH = 32
MOST_TEXT = 4000
MOST_NAMES = 20
PIECE = 256 * 1024
GZIP = b"\x1f\x8b"
CONTROL = bytes(range(9)) + b"\x0b\x0c" + bytes(range(14, 32))
"""None of these bytes is a part of another character in the encodings that XML is written in, but UTF-16."""
NATIVE = frozenset({"utf-8", "utf-16", "utf-16le", "utf-16be", "iso-8859-1", "us-ascii"})
"""The encodings that expat knows by itself. Of others it can have those with one byte to a letter."""
TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)?(\d\d)?(\d\d)?\s*(?:([+-])(\d\d):?(\d\d)|[A-Za-z]*)")
NUMBERED = re.compile(r"\s*(\d+)?\s*(?:/\s*\d+\s*)?\.\s*(\d+)?\s*(?:/\s*\d+\s*)?(?:\..*)?", re.DOTALL)
SAID = re.compile(r"\s*(?:S\s*(\d{1,4}))?\s*\.?\s*(?:EP?\s*(\d{1,5}))?\s*", re.IGNORECASE)
TEXTS = frozenset({"title", "sub-title", "desc", "category", "episode-num"})


class Broadcast(NamedTuple):
    """A programme as the document has it. Times are seconds since 1970; `stop` may be missing."""

    start: int
    stop: int | None
    title: str
    subtitle: str
    description: str
    categories: tuple[str, ...]
    icon: str
    episode: str


Find = Callable[[str, Sequence[str]], None]
"""Is told of a channel: its id and its names."""
Wants = Callable[[str], bool]
"""Says whether the programmes of a channel's id are wanted."""
Keep = Callable[[str, Broadcast], None]
"""Is given a wanted programme of a channel's id."""


class Span(NamedTuple):
    """The time that is of interest, in seconds since 1970."""

    first: int
    last: int

    def has(self, start: int, stop: int | None) -> bool:
        """Whether a programme is on in it."""
        return start < self.last and (stop if stop is not None else start + 1) > self.first


class Reader:
    """Takes a document piece by piece, and gives what is in it to `find` and `keep`.

    `name` is the source's, for errors; all of them are `SourceUnreadable`.
    """

    def __init__(self, name: str, span: Span, *, find: Find, wants: Wants, keep: Keep) -> None:
        self._name = name
        self._span = span
        self._find, self._wants, self._keep = find, wants, keep
        self._inflate = Inflate()
        self._fed = self._parsed = 0
        self._wide = False
        self._depth = 0
        self._text: list[str] | None = None
        self._channel: tuple[str, list[str]] | None = None
        self._programme: _Growing | None = None
        self._parser = self._made()

    def _made(self) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.XmlDeclHandler = self._declared
        parser.EntityDeclHandler = self._refuse_entity
        parser.ExternalEntityRefHandler = self._refuse_entity
        return parser

    def feed(self, data: bytes) -> None:
        """Take the next piece; gzip is opened on the way.

        Raises
        ------
        SourceUnreadable
            If it is no XML, no guide, or one that means harm.
        """
        try:
            for piece in self._inflate.feed(data):
                self._parse(piece)
        except expat.ExpatError as error:
            raise self._unreadable(
                f"it is not XML at line {error.lineno}: {expat.ErrorString(error.code)}"
            ) from None
        except zlib.error:
            raise self._unreadable("it is broken gzip") from None

    def close(self) -> None:
        """Say that this was all.

        Raises
        ------
        SourceUnreadable
            If it was not: half a guide is none.
        """
        if self._inflate.is_open:
            raise self._unreadable("it ends in the middle of gzip")
        try:
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise self._unreadable(
                f"it ends too soon, at line {error.lineno}: {expat.ErrorString(error.code)}"
            ) from None

    def _parse(self, piece: bytes) -> None:
        if not self._fed:
            self._wide = b"\0" in piece[:64]
        self._fed += len(piece)
        if self._fed > MOST_BYTES:
            raise self._unreadable(f"it is larger than {MOST_BYTES} bytes")
        plain = piece if self._wide else piece.translate(None, CONTROL)
        self._parser.Parse(plain, False)
        self._parsed += len(plain)
        if self._parsed - self._parser.CurrentByteIndex > MOST_MARKUP:
            raise self._unreadable(f"it has markup longer than {MOST_MARKUP} bytes")

    def _unreadable(self, reason: str) -> SourceUnreadable:
        return SourceUnreadable(self._name, reason)

    def _refuse_entity(self, *_: object) -> int:
        raise self._unreadable("it declares entities, which no guide needs")

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding and encoding.lower() not in NATIVE and not is_single_byte(encoding):
            raise self._unreadable(f"it is in {encoding[:40]}, which is not read: UTF-8 is")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 3:
            self._start_part(tag, attributes)
        elif self._depth == 2:
            self._start_item(tag, attributes)
        elif self._depth == 1 and tag != "tv":
            raise self._unreadable(f"it is no XMLTV: it begins with <{tag[:40]}>")
        elif self._depth > MOST_DEPTH:
            raise self._unreadable(f"it has elements more than {MOST_DEPTH} deep")

    def _start_item(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "channel":
            self._channel = (attributes.get("id", "").strip(), [])
        elif tag == "programme":
            channel = attributes.get("channel", "").strip()
            if not self._wants(channel):
                return
            start, stop = moment(attributes.get("start", "")), moment(attributes.get("stop", ""))
            if start is not None and self._span.has(start, stop):
                self._programme = _Growing(channel, start, stop)

    def _start_part(self, tag: str, attributes: dict[str, str]) -> None:
        if self._programme is not None:
            if tag in TEXTS:
                self._programme.system = attributes.get("system", "")
                self._listen()
            elif tag == "icon" and not self._programme.icon:
                self._programme.icon = attributes.get("src", "").strip()[:MOST_TEXT]
        elif self._channel is not None and tag == "display-name":
            self._listen()

    def _listen(self) -> None:
        self._text = []
        self._parser.CharacterDataHandler = self._heard

    def _heard(self, text: str) -> None:
        if self._text is not None and len(self._text) < MOST_NAMES:
            self._text.append(text[:MOST_TEXT])

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if self._depth == 2 and self._text is not None:
            text = " ".join("".join(self._text).split())[:MOST_TEXT]
            self._text = None
            self._parser.CharacterDataHandler = None
            self._end_part(tag, text)
        elif self._depth == 1:
            self._end_item()

    def _end_part(self, tag: str, text: str) -> None:
        if self._programme is not None:
            self._programme.take(tag, text)
        elif self._channel is not None and len(self._channel[1]) < MOST_NAMES:
            self._channel[1].append(text)

    def _end_item(self) -> None:
        if self._programme is not None:
            self._keep(self._programme.channel, self._programme.done())
            self._programme = None
        elif self._channel is not None:
            self._find(*self._channel)
            self._channel = None


class _Growing:
    """A programme between its start and end tag. Of several languages the first one counts."""

    __slots__ = ("categories", "channel", "episode", "icon", "start", "stop", "system", "texts")

    def __init__(self, channel: str, start: int, stop: int | None) -> None:
        self.channel, self.start, self.stop = channel, start, stop
        self.texts: dict[str, str] = {}
        self.categories: list[str] = []
        self.icon = self.episode = self.system = ""

    def take(self, tag: str, text: str) -> None:
        """Take the text of an element."""
        if tag == "category":
            if text and text not in self.categories and len(self.categories) < MOST_NAMES:
                self.categories.append(text)
        elif tag == "episode-num":
            # xmltv_ns is exact: it wins over what is written for people.
            if text and (not self.episode or self.system == "xmltv_ns"):
                self.episode = episode(text, self.system)
        elif text:
            self.texts.setdefault(tag, text)

    def done(self) -> Broadcast:
        """Return it."""
        return Broadcast(
            self.start,
            self.stop,
            self.texts.get("title", ""),
            self.texts.get("sub-title", ""),
            self.texts.get("desc", ""),
            tuple(self.categories),
            self.icon if self.icon.startswith(("http://", "https://")) else "",
            self.episode,
        )


class Inflate:
    """Opens gzip, also in gzip (a packed file that was sent packed); passes on all else. Bounded pieces.

    `layers` are those that are opened: there is no end to how deep somebody may pack one byte.
    """

    def __init__(self, layers: int = 2) -> None:
        self._layers = layers
        self._head: bytes | None = b""
        self._packed: zlib._Decompress | None = None
        self._inner: Inflate | None = None

    @property
    def is_open(self) -> bool:
        """Whether more has to come."""
        return self._packed is not None and (
            not self._packed.eof or (self._inner is not None and self._inner.is_open)
        )

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` adds, in pieces of at most `PIECE` bytes where it was packed."""
        if self._head is not None:
            data = self._head + data
            if len(data) < len(GZIP):
                self._head = data
                return
            self._head = None
            if self._layers and data.startswith(GZIP):
                self._packed, self._inner = zlib.decompressobj(wbits=31), Inflate(self._layers - 1)
        if self._packed is None or self._inner is None:
            yield data
            return
        while data:
            piece = self._packed.decompress(data, PIECE)
            yield from self._inner.feed(piece) if piece else ()
            data = self._packed.unconsumed_tail
            if self._packed.eof:
                data = self._packed.unused_data
                if not data.startswith(GZIP):
                    return  # what stands behind gzip is padding
                self._packed = zlib.decompressobj(wbits=31)


def is_single_byte(encoding: str) -> bool:
    """Whether an encoding has one byte to a letter; one that nobody knows has not."""
    try:
        return len(bytes(range(256)).decode(encoding, "replace")) == 256
    except (LookupError, ValueError):
        return False


@lru_cache(maxsize=65_536)
def moment(text: str) -> int | None:
    """Read `20250930184500 +0100`, or less of it; without an offset it is UTC (as the DTD says)."""
    if not (match := TIME.match(text.strip())):
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        offset = timedelta(hours=int(match[8] or 0), minutes=int(match[9] or 0))
        return int((local + offset if match[7] == "-" else local - offset).timestamp())
    except (ValueError, OverflowError):
        return None


def episode(text: str, system: str) -> str:
    """Return `S02E05`, where a guide says so in its way; else what it says."""
    if system == "xmltv_ns":
        match, more = NUMBERED.fullmatch(text), 1
    else:
        match, more = SAID.fullmatch(text), 0
    if match is None or not (match[1] or match[2]):
        return "" if system == "xmltv_ns" else text[:60]
    season = f"S{int(match[1]) + more:02}" if match[1] else ""
    number = f"E{int(match[2]) + more:02}" if match[2] else ""
    return season + number
