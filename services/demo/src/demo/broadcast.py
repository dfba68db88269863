"""The transmitter: which playlist and which bytes a channel has at this moment.

It keeps nothing but a few cut segments, bounded in bytes: many names may replay one reel, and cutting a
segment once is enough for all of them. What has left the window can be had for a while longer, as with
real packagers; what is not yet complete, not at all.
"""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from functools import cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from demo import playlists
from demo.channels import Channel, Kind
from demo.errors import BadReload, Flapping, NotFound
from demo.live import Slot, Timeline, since_epoch
from demo.playlists import DISGUISES, Shape
from demo.recipes import CHUNK_S, FRAGMENT_S, LADDER, LANGUAGES
from demo.reels import Reel
from demo.studio import Studio

MEDIA_TYPES = {"ts": "video/mp2t", "aac": "audio/aac", "m4s": "video/mp4", "mp4": "video/mp4", **DISGUISES}
FLAP_ON_S, FLAP_OFF_S = 20, 10
GAP = b"\x47\x1f\xff\x10" + b"\xff" * 184
"""A packet of MPEG-TS that says nothing."""

_KEPT_S = 120
_CACHE_BYTES = 24 << 20
_BURST_S = 6.0
_SLICES = 8
_ENCRYPTED = (Kind.AES_EXPLICIT, Kind.AES_IMPLICIT)
_FRAGMENTED = (Kind.FRAGMENTED, Kind.LOW_LATENCY, Kind.DASH)


class Broadcast:
    """All channels, on the air. `clock` gives Unix time."""

    def __init__(self, studio: Studio, loop_s: int, clock: Callable[[], float]) -> None:
        self._studio = studio
        self._loop_s = float(loop_s)
        self._clock = clock
        self._cuts = _Cuts(_CACHE_BYTES)
        self.timeline = cache(lambda segment_s: Timeline.cut(self._loop_s, segment_s))

    @property
    def now(self) -> float:
        """Seconds since the demo's epoch."""
        return since_epoch(self._clock())

    def playlist(self, channel: Channel, base: str, hosts: tuple[str, ...] = ()) -> str:
        """Return what a channel's `index.m3u8` says now; over `hosts` segments may alternate."""
        self._check_on_air(channel)
        if channel.kind is Kind.MULTIVARIANT:
            return playlists.multivariant(
                {quality.height: self._bandwidth(channel, quality.height) for quality in LADDER}
            )
        self._reel(channel, "main")
        timeline = self.timeline(channel.segment_s)
        shape = Shape(_version(channel), dated=channel.kind is Kind.FRAGMENTED, seamless=channel.seamless)
        first = timeline.window(self.now, shape.size(timeline))[0].sequence
        tags = self._tags(channel, base, first)
        return playlists.media_playlist(timeline, self.now, shape, _address(channel, hosts), tags)

    def rendition_playlist(self, channel: Channel, rendition: str) -> str:
        """Return the media playlist of one rendition of the multivariant channel."""
        self._reel(channel, rendition)
        extension = "aac" if rendition in LANGUAGES else "ts"
        timeline = self.timeline(channel.segment_s)
        shape = Shape(version=4, seamless=channel.seamless)
        return playlists.media_playlist(
            timeline, self.now, shape, lambda s: f"{rendition}/{s.sequence}.{extension}"
        )

    def low_latency_playlist(self, channel: Channel, *, skip: bool = False) -> str:
        """Return the playlist of the low-latency channel as it is now."""
        self._reel(channel, "main")
        return playlists.low_latency(self.timeline(channel.segment_s), self.now, skip=skip)

    async def until(self, moment: float) -> None:
        """Wait for `moment`. Loops wake up to a millisecond early, and then it isn't time yet."""
        while (left := moment - self.now) > 0:  # noqa: ASYNC110  (it is the time that is waited for)
            await asyncio.sleep(left)

    def reload_due(self, channel: Channel, msn: int, part: int | None) -> float:
        """Return until when a blocking reload is held (RFC 8216bis, 6.2.5.2).

        Raises
        ------
        BadReload
            If that is more than three target durations away.
        """
        timeline = self.timeline(channel.segment_s)
        due = playlists.published(timeline, msn, part)
        if due - self.now > 3 * timeline.target:
            raise BadReload(f"Media sequence {msn} is too far ahead.")
        return due

    def part_due(self, channel: Channel, sequence: int, part: int) -> float:
        """Return until when a hinted part is held back: until it is complete.

        Raises
        ------
        NotFound
            If there is no such part, or none soon.
        """
        timeline = self.timeline(channel.segment_s)
        due = playlists.published(timeline, sequence, part)
        if (
            part >= playlists.parts_of(timeline.slot(sequence))
            or not -_KEPT_S < due - self.now <= timeline.target
        ):
            raise NotFound(f"Part {sequence}.{part} is not on the air.")
        return due

    def segment_due(self, channel: Channel, sequence: int) -> float:
        """Return until when a segment that is not complete yet is held back.

        Only the next one of the DASH channel is: by number, ffmpeg asks for it at once, and given a 404 would
        go on to the one after it, and so on for ever. All else is available or it isn't.
        """
        timeline = self.timeline(channel.segment_s)
        due = timeline.slot(sequence).end
        return due if channel.kind is Kind.DASH and due - self.now <= timeline.target else self.now

    def segment(self, channel: Channel, rendition: str, sequence: int) -> bytes:
        """Return a segment's bytes, encrypted where the channel is.

        Raises
        ------
        NotFound
            If it isn't complete yet, or has been gone for too long.
        """
        self._check_on_air(channel)
        slot = self.timeline(channel.segment_s).slot(sequence)
        if not 0 <= self.now - slot.end <= _KEPT_S:
            raise NotFound(f"Segment {sequence} is not on the air.")
        body = self._cut(channel, rendition, slot, 0.0, slot.duration)
        return _encrypted(channel, sequence, body) if channel.kind in _ENCRYPTED else body

    def part(self, channel: Channel, sequence: int, part: int) -> bytes:
        """Return one part of a segment. Whether it is time for it, `part_due` knows."""
        slot = self.timeline(channel.segment_s).slot(sequence)
        return self._cut(channel, "main", slot, part * FRAGMENT_S, FRAGMENT_S)

    def head(self, channel: Channel, rendition: str) -> bytes:
        """Return the initialization section of a rendition."""
        return self._reel(channel, rendition).head

    def whole_loop(self, channel: Channel) -> bytes:
        """Return the one file whose ranges are the byte-range channel's segments, with a gap after each.

        Where ranges touch, ffmpeg 9.0 takes the next one to be the rest of the answer that it has just read
        to its end, and so leaves it out.
        """
        loop, times = self.timeline(self._loop_s).slot(0), round(self._loop_s / channel.segment_s)
        cuts = (
            self._cut(channel, "main", loop, at * channel.segment_s, channel.segment_s) for at in range(times)
        )
        return b"".join(cut + GAP for cut in cuts)

    def check_ready(self, channel: Channel, rendition: str) -> None:
        """Raise `NotReady` or `NotFound` unless there is a reel of this rendition."""
        self._reel(channel, rendition)

    async def endless(self, channel: Channel) -> AsyncIterator[bytes]:
        """Yield MPEG-TS for ever: some seconds at once, to fill the viewer's buffer, then in real time."""
        timeline = self.timeline(CHUNK_S)
        slot = timeline.at(self.now - _BURST_S)
        while True:
            body = self._cut(channel, "main", slot, 0.0, CHUNK_S)
            step = -(-len(body) // _SLICES)
            for index in range(_SLICES):
                due = slot.end + index * CHUNK_S / _SLICES
                await self.until(due)
                yield body[index * step : (index + 1) * step]
            slot = timeline.slot(slot.sequence + 1)

    def _check_on_air(self, channel: Channel) -> None:
        if channel.kind is Kind.FLAPPING and self.now % (FLAP_ON_S + FLAP_OFF_S) >= FLAP_ON_S:
            raise Flapping(f"{channel.name} is off for {FLAP_OFF_S} seconds.")

    def _reel(self, channel: Channel, rendition: str) -> Reel:
        return self._studio.reel(channel, _file_name(channel, rendition))

    def _bandwidth(self, channel: Channel, height: int) -> int:
        """Return the bits a second of a quality, the sound's with them."""
        sound = next(iter(LANGUAGES))
        bits = 8 * sum(sum(self._reel(channel, name).sizes()) for name in (str(height), sound))
        return round(bits / self._loop_s)

    def _tags(self, channel: Channel, base: str, first: int) -> playlists.Tags:
        if channel.kind in _ENCRYPTED:
            return playlists.key_tags(channel.id, channel.kind, base, first)
        if channel.kind is Kind.FRAGMENTED:
            return playlists.map_tags(first)
        if channel.kind is Kind.BYTE_RANGE:
            return playlists.byte_range_tags(self._ranges(channel))
        return playlists.no_tags

    def _ranges(self, channel: Channel) -> Callable[[Slot], tuple[int, int]]:
        """Return what tells the first byte and the size of a segment in the whole loop's file."""
        reel = self._reel(channel, "main")
        sizes = reel.sizes()

        def ranges(slot: Slot) -> tuple[int, int]:
            start, stop = reel.units(slot.offset, slot.duration)
            return sum(sizes[:start]) + slot.index * len(GAP), sum(sizes[start:stop])

        return ranges

    def _cut(self, channel: Channel, rendition: str, slot: Slot, after: float, duration: float) -> bytes:
        """Return `duration` seconds of a rendition from `after` seconds into `slot` on."""
        reel = self._reel(channel, rendition)
        loop_start = slot.loop * self._loop_s if channel.seamless else self._loop_s
        start, stop = reel.units(slot.offset + after, duration)
        return self._cuts.get(reel, start, stop, loop_start)


class _Cuts:
    """Stretches that were cut lately. The least lately used go first."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[tuple[int, int, int, float], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, reel: Reel, start: int, stop: int, loop_start: float) -> bytes:
        """Return units `start` to `stop` of `reel`."""
        name = (id(reel), start, stop, loop_start)
        with self._lock:
            if name not in self._kept:
                self._keep(name, reel.read(start, stop, loop_start))
            self._kept.move_to_end(name)
            return self._kept[name]

    def _keep(self, name: tuple[int, int, int, float], body: bytes) -> None:
        self._kept[name] = body
        self._bytes += len(body)
        while self._bytes > self._most_bytes and len(self._kept) > 1:
            self._bytes -= len(self._kept.popitem(last=False)[1])


def _file_name(channel: Channel, rendition: str) -> str:
    """Return the name of a rendition's file."""
    if channel.kind is Kind.AUDIO_ONLY or rendition in LANGUAGES:
        return f"{rendition}.aac"
    return f"{rendition}.mp4" if channel.kind in _FRAGMENTED else f"{rendition}.ts"


def _version(channel: Channel) -> int:
    return {Kind.FRAGMENTED: 7, Kind.BYTE_RANGE: 4}.get(channel.kind, 3)


def _address(channel: Channel, hosts: tuple[str, ...]) -> playlists.Address:
    """Return what addresses a channel's segments, relative to its playlist unless its kind says otherwise."""
    disguises = tuple(DISGUISES)
    extension = {Kind.FRAGMENTED: "m4s", Kind.AUDIO_ONLY: "aac"}.get(channel.kind, "ts")
    if channel.kind is Kind.DISGUISED:
        return lambda slot: f"main/{slot.sequence}.{disguises[slot.sequence % len(disguises)]}"
    if channel.kind is Kind.MANY_HOSTS:
        return lambda slot: f"{hosts[slot.sequence % len(hosts)]}/live/{channel.id}/main/{slot.sequence}.ts"
    if channel.kind is Kind.BYTE_RANGE:
        return lambda _: "main/loop.ts"
    return lambda slot: f"main/{slot.sequence}.{extension}"


def _encrypted(channel: Channel, sequence: int, body: bytes) -> bytes:
    """Return a segment as AES-128 has it: CBC over the whole, PKCS7 padding (RFC 8216, 4.3.2.4)."""
    key = playlists.key(channel.id, sequence // playlists.KEY_LASTS)
    vector = playlists.initialization_vector(channel.id, channel.kind, sequence)
    padder = PKCS7(128).padder()
    cipher = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return cipher.update(padder.update(body) + padder.finalize()) + cipher.finalize()
