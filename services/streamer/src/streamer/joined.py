"""An HLS channel as one continuous MPEG-TS stream, for tuners that take nothing else.

The segments of the best variant that has its sound in itself are joined: decrypted, their counters made to go
on, discontinuities told. It begins three segments behind the live edge and sends each as it appears. What is
not MPEG-TS, or has its sound apart, goes through ffmpeg (`remux`), copied and not encoded.

Playlists and segments are read as any player reads them, by the addresses that the gateway itself gives out:
so they are shared with all other viewers.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Self

from chassis.logging import get_logger
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from streamer.errors import UnsupportedConversion, UpstreamBroken, UpstreamError
from streamer.playlist.grammar import Line, Playlist, parse
from streamer.remux import Feed, Remux, find_ffmpeg
from streamer.seam import Seam
from streamer.transport import CLOCK_HZ, CUT_OFF, WRAP

log = get_logger("joined")

BEHIND_SEGMENTS = 3
BEHIND_S = 8.0
"""How far back a newcomer begins: segments come in bursts, and he has to bridge the pause between two."""
SLICE_BYTES = 188 * 1024
SPEED = 4.0
"""How much faster than it plays a segment is sent: at once, it would be too much for some tuners' buffers."""
POLL_MOST_S = 1.0
LOST_MOST = 3
"""After so many lost segments in a row the channel is."""
SILENCE_MOST_S = 30.0
LOOK_BYTES = 64 * 1024
"""Where a segment's packets begin at the latest: some hide behind the head of a picture."""

Read = Callable[[str], Awaitable[str]]
"""A playlist's text by its address; the channel's own is empty."""
Fetch = Callable[[str], Awaitable[bytes]]
"""A segment, map or key by its address."""


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


def decrypted(content: bytes, key: bytes, vector: bytes) -> bytes:
    """Undo AES-128 (4.4.4.4).

    Raises
    ------
    ValueError
        If it is not what was encrypted with this key.
    """
    undone = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    padded = undone.update(content) + undone.finalize()
    unpadder = PKCS7(128).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


class Follower:
    """The segments of one media playlist, each as it appears."""

    def __init__(self, address: str, read: Read, fetch: Fetch) -> None:
        self._address = address
        self._read = read
        self._fetch = fetch
        self._waiting: list[Segment] = []
        self._back: tuple[Segment, bytes] | None = None
        self._last: int | None = None
        self._broken = False
        self._lost = 0
        self._ended = False
        self._news_at = time.monotonic()

    async def next(self) -> tuple[Segment, bytes] | None:
        """Return the next segment and its content, decrypted; None after a playlist's last.

        Raises
        ------
        StreamerError
            If there is nothing new for too long, or too much is missing.
        """
        if self._back is not None:
            item, self._back = self._back, None
            return item
        while True:
            while self._waiting:
                segment = self._waiting.pop(0)
                if (content := await self._content(segment)) is not None:
                    broken, self._broken = segment.is_broken or self._broken, False
                    return replace(segment, is_broken=broken), content
            if self._ended:
                return None
            await self._look()

    def put_back(self, item: tuple[Segment, bytes]) -> None:
        """Let `next` return it once more."""
        self._back = item

    async def start_of(self, segment: Segment) -> bytes:
        """Return a segment's initialization section, decrypted; nothing if it has none."""
        if not segment.start:
            return b""
        return await self._decrypted(await self._fetch(segment.start), segment, segment.start_key)

    async def _content(self, segment: Segment) -> bytes | None:
        """Return a segment; None if it is lost."""
        try:
            content = await self._decrypted(await self._fetch(segment.address), segment, segment.key)
        except (UpstreamError, ValueError) as error:
            self._lost += 1
            self._broken = True
            log.info("segment.lost", sequence=segment.sequence, error=repr(error))
            if self._lost < LOST_MOST:
                return None
            raise error if isinstance(error, UpstreamError) else _undecryptable() from error
        self._lost = 0
        return content

    async def _decrypted(self, content: bytes, segment: Segment, key: Key | None) -> bytes:
        if key is None:
            return content
        secret = await self._fetch(key.address)
        return decrypted(content, secret, key.vector or segment.sequence.to_bytes(16, "big"))

    async def _look(self) -> None:
        """Read the playlist; wait a little if it has nothing new."""
        try:
            playlist = parse(await self._read(self._address))
        except UpstreamError:
            if self._last is None or time.monotonic() - self._news_at > SILENCE_MOST_S:
                raise
            return await asyncio.sleep(POLL_MOST_S)
        self._ended = playlist.ended
        self._take(listed(playlist), from_start=playlist.ended)
        if self._waiting:
            self._news_at = time.monotonic()
        elif time.monotonic() - self._news_at > SILENCE_MOST_S:
            raise UpstreamBroken("the playlist", "it has had nothing new for too long")
        elif not self._ended:
            await asyncio.sleep(min(playlist.target_duration_s / 4, POLL_MOST_S))

    def _take(self, segments: list[Segment], *, from_start: bool) -> None:
        if not segments:
            return
        last = self._last
        if last is not None and segments[-1].sequence + len(segments) < last:
            last, self._broken = None, True  # it counts anew
        if last is None:
            new = segments if from_start else segments[-BEHIND_SEGMENTS:]
        else:
            new = [segment for segment in segments if segment.sequence > last]
            self._broken |= bool(new) and new[0].sequence > last + 1
        self._waiting += new
        self._last = segments[-1].sequence


def _undecryptable() -> UpstreamError:
    return UpstreamBroken("the channel", "segments that can't be decrypted")


class Joined:
    """A channel, continuous: what `endless` opens instead of an upstream's answer."""

    host = "the channel"

    def __init__(self, read: Read, fetch: Fetch) -> None:
        self._read = read
        self._fetch = fetch
        self._seam = Seam()
        self._running: Remux | None = None

    async def __aenter__(self) -> Self:
        """Return itself: nothing is read before it is asked for."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End what runs for it."""
        if self._running is not None:
            await self._running.close()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield packets as segments appear.

        Raises
        ------
        UnsupportedConversion
            If ffmpeg would be needed and there is none, or it can't be joined at all.
        StreamerError
            If the channel fails.
        """
        choice = await self._choice()
        pictures = Follower(choice.address, self._read, self._fetch)
        first = await pictures.next()
        if first is None:
            return
        pictures.put_back(first)
        if choice.sound or not is_transport(first[1]):
            followers = [pictures]
            if choice.sound:
                followers.append(Follower(choice.sound, self._read, self._fetch))
            joined = self._converted(followers)
        else:
            joined = self._joined(pictures)
        async for piece in joined:
            yield piece

    async def _choice(self) -> Choice:
        playlist = parse(await self._read(""))
        return choose(playlist) if playlist.is_multivariant else Choice("")

    async def _joined(self, follower: Follower) -> AsyncIterator[bytes]:
        pause_s = 0.0
        while (item := await follower.next()) is not None:
            segment, content = item
            if segment.is_broken:
                self._seam.restart()
            else:
                self._seam.joint()
            async for piece in paced(self._seam.feed(content), pause_s):
                yield piece
            pause_s = segment.duration_s / SPEED

    async def _converted(self, followers: list[Follower]) -> AsyncIterator[bytes]:
        """Yield what ffmpeg makes of them: one run of it from each discontinuity to the next."""
        program = find_ffmpeg()
        if program is None:
            raise UnsupportedConversion("it would take ffmpeg, which is not installed here")
        while feeds := [feed for one in followers if (feed := await _feed(one)) is not None]:
            if len(feeds) < len(followers):
                return
            self._running = Remux(program, feeds)
            await self._running.start()
            async for piece in self._running.pieces():
                yield self._seam.feed(piece)
            await self._running.close()
            self._seam.restart()


async def _feed(follower: Follower) -> Feed | None:
    """Return what ffmpeg reads of a rendition: its segments up to the next that does not fit to the first."""
    first = await follower.next()
    if first is None:
        return None
    segment, content = first
    start = await follower.start_of(segment)
    begun = False

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal begun
        yield start
        item: tuple[Segment, bytes] | None = first
        pause_s = 0.0
        while item is not None:
            if begun and (item[0].is_broken or item[0].start != segment.start):
                follower.put_back(item)
                return
            begun = True
            async for piece in paced(without_tag(item[1]), pause_s):
                yield piece
            pause_s = item[0].duration_s / SPEED
            item = await follower.next()

    return Feed(pieces(), form_of(start, content), starts_at(content))


async def paced(content: bytes, for_s: float) -> AsyncIterator[bytes]:
    """Yield a segment in slices, spread over some time."""
    slices = range(0, len(content), SLICE_BYTES)
    for at in slices:
        yield content[at : at + SLICE_BYTES]
        await asyncio.sleep(for_s / len(slices))


def is_transport(content: bytes) -> bool:
    """Whether it is MPEG-TS, wherever that begins in it."""
    return CUT_OFF.search(content, 0, LOOK_BYTES) is not None


TIMESTAMP = b"com.apple.streaming.transportStreamTimestamp\0"


def without_tag(content: bytes) -> bytes:
    """Return a segment of packed audio without the ID3 tag that it begins with."""
    if content[:3] != b"ID3" or len(content) < 10:
        return content
    size = content[6] << 21 | content[7] << 14 | content[8] << 7 | content[9]
    return content[10 + size :]


def starts_at(content: bytes) -> float:
    """Return when a segment of packed audio begins, in seconds: its tag says so (3.1.4)."""
    at = content.find(TIMESTAMP, 0, LOOK_BYTES) + len(TIMESTAMP)
    if content[:3] != b"ID3" or at < len(TIMESTAMP):
        return 0.0
    return (int.from_bytes(content[at : at + 8], "big") % WRAP) / CLOCK_HZ


def form_of(start: bytes, content: bytes) -> str:
    """Return what ffmpeg calls a rendition's format; nothing where it has to look for itself."""
    if start:
        return "mp4"
    if is_transport(content):
        return "mpegts"
    sound = without_tag(content)[:2]
    return "aac" if len(sound) == 2 and sound[0] == 0xFF and sound[1] & 0xF6 == 0xF0 else ""
