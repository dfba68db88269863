"""What a joined channel is made of: the rendition to take, and the segments that its playlist lists. Pure."""

from dataclasses import dataclass, field

from streamer.errors import UnsupportedConversion
from streamer.playlist.grammar import Line, Playlist


@dataclass(frozen=True, slots=True)
class Key:
    """How a segment is encrypted. `vector` is empty where it is the segment's number."""

    address: str = field(repr=False)
    vector: bytes = b""


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as a playlist lists it."""

    sequence: int
    address: str = field(repr=False)
    duration_s: float = 0.0
    is_broken: bool = False
    """Whether its clock does not go on, or something is missing before it."""
    key: Key | None = None
    start: str = field(default="", repr=False)
    """The address of its initialization section."""
    start_key: Key | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of a channel's renditions are joined. `sound` is empty where the pictures have it."""

    address: str
    sound: str = ""


def choose(playlist: Playlist) -> Choice:
    """Return the best variant that has its sound in itself; else the best, and its sound.

    Raises
    ------
    UnsupportedConversion
        If there is no variant.
    """
    sounds: dict[str, list[dict[str, str]]] = {}
    variants: list[tuple[int, str, str]] = []
    wanted: dict[str, str] = {}
    for line in playlist.lines:
        said = line.attributes() if line.name else {}
        if line.name == "EXT-X-MEDIA" and said.get("TYPE") == "AUDIO":
            sounds.setdefault(said.get("GROUP-ID", ""), []).append(said)
        elif line.name == "EXT-X-STREAM-INF":
            wanted = said
        elif line.is_uri:
            variants.append((int(wanted.get("BANDWIDTH") or 0), line.text.strip(), wanted.get("AUDIO", "")))
    if not variants:
        raise UnsupportedConversion("it lists no variant")
    whole = [variant for variant in variants if not _sound_apart(sounds.get(variant[2], []))]
    _, address, group = max(whole or variants)
    return Choice(address, "" if whole else _sound_apart(sounds[group]))


def _sound_apart(renditions: list[dict[str, str]]) -> str:
    """Return the default rendition's address; nothing if the variant has that sound in itself (4.4.6.2.1)."""
    chosen = [one for one in renditions if one.get("DEFAULT") == "YES"] or renditions
    return chosen[0].get("URI", "") if chosen and all(one.get("URI") for one in renditions) else ""


def listed(playlist: Playlist) -> list[Segment]:
    """Return a media playlist's segments.

    Raises
    ------
    UnsupportedConversion
        If they are encrypted in a way that can't be undone here.
    """
    listing = _Listing(playlist.media_sequence)
    for line in playlist.lines:
        if line.is_uri:
            listing.uri(line.text.strip())
        else:
            listing.tag(line)
    return listing.segments


class _Listing:
    """A walk through a playlist: what was said before a segment, and what goes on for all that follow."""

    def __init__(self, sequence: int) -> None:
        self.segments: list[Segment] = []
        self._sequence = sequence
        self._key: Key | None = None
        self._start = ""
        self._start_key: Key | None = None
        self._duration_s = 0.0
        self._broken = False
        self._said: set[str] = set()

    def tag(self, line: Line) -> None:
        self._said.add(line.name)
        if line.name == "EXT-X-KEY":
            self._key = _key(line, self._key)
        elif line.name == "EXT-X-MAP":
            self._start, self._start_key = line.attributes().get("URI", ""), self._key
        elif line.name == "EXTINF":
            self._duration_s = _seconds(line.value)
        elif line.name == "EXT-X-DISCONTINUITY":
            self._broken = True

    def uri(self, address: str) -> None:
        if "EXT-X-BYTERANGE" in self._said and "://" in address:
            raise UnsupportedConversion("its segments are ranges, and PROXY_CONTENT is off")
        missing = "EXT-X-GAP" in self._said
        if not missing:
            one = (self._sequence, address, self._duration_s, self._broken)
            self.segments.append(Segment(*one, self._key, self._start, self._start_key))
        self._sequence, self._broken, self._said = self._sequence + 1, missing, set()


def _key(line: Line, before: Key | None) -> Key | None:
    said = line.attributes()
    if said.get("KEYFORMAT", "identity") != "identity":
        return before
    method = said.get("METHOD", "NONE")
    if method not in ("NONE", "AES-128"):
        raise UnsupportedConversion(f"it is encrypted with {method}")
    if method == "NONE":
        return None
    vector = said.get("IV", "")[2:]
    return Key(said.get("URI", ""), bytes.fromhex(vector.zfill(32)) if vector else b"")


def _seconds(value: str) -> float:
    try:
        return float(value.partition(",")[0])
    except ValueError:
        return 0.0
