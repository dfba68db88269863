"""HLS playlists as the demo's channels have them: slots in, text out (pure).

RFC 8216 and, for low latency, RFC 8216bis. Media is published when it is complete, parts as they are.
Where timestamps don't go on over the end of a loop there is a discontinuity, counted by
`EXT-X-DISCONTINUITY-SEQUENCE` once it has left the window.
"""

import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from demo.channels import Kind
from demo.live import EPOCH, Slot, Timeline
from demo.recipes import AUDIO_CODEC, CHUNK_S, FRAGMENT_S, LADDER, LANGUAGES, VIDEO_CODEC

MEDIA_TYPE = "application/vnd.apple.mpegurl"
KEY_LASTS = 5
"""Segments under one key."""
SKIP_UNTIL_TARGETS = 6
DISGUISES = {
    "js": "application/javascript",
    "css": "text/css",
    "ico": "image/x-icon",
    "woff": "font/woff",
}

Address = Callable[[Slot], str]
Tags = Callable[[Slot], Iterable[str]]


@dataclass(frozen=True)
class Shape:
    """What the playlists of a kind have in common."""

    version: int = 3
    seconds: int = 30
    dated: bool = False
    seamless: bool = True

    def size(self, timeline: Timeline) -> int:
        """Return how many segments are listed: 3 at least."""
        return max(3, math.ceil(self.seconds / max(timeline.durations)))


def no_tags(_: Slot) -> Iterable[str]:
    """Say nothing before a segment."""
    return ()


def media_playlist(
    timeline: Timeline, moment: float, shape: Shape, address: Address, tags: Tags = no_tags
) -> str:
    """Return the media playlist at `moment`; `tags` says what stands before each segment."""
    slots = timeline.window(moment, shape.size(timeline))
    lines = [*_header(timeline, slots[0], shape)]
    if shape.dated:
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{timestamp(slots[0].start)}")
    for slot in slots:
        lines += _joint(slot, shape)
        lines += [*tags(slot), f"#EXTINF:{slot.duration:.3f},", address(slot)]
    return _text(lines)


def multivariant(bandwidths: dict[int, int]) -> str:
    """Return the multivariant playlist of the qualities; `bandwidths` is bits a second by height."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:4", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for language, name in LANGUAGES.items():
        default = "YES" if language == next(iter(LANGUAGES)) else "NO"
        lines.append(
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",LANGUAGE="{language}",NAME="{name}",'
            f'DEFAULT={default},AUTOSELECT=YES,URI="{language}.m3u8"'
        )
    for quality in LADDER:
        bandwidth = bandwidths[quality.height]
        lines.append(
            f"#EXT-X-STREAM-INF:BANDWIDTH={bandwidth * 5 // 4},AVERAGE-BANDWIDTH={bandwidth},"
            f'CODECS="{VIDEO_CODEC},{AUDIO_CODEC}",RESOLUTION={quality.width}x{quality.height},'
            'FRAME-RATE=25.000,AUDIO="sound"'
        )
        lines.append(f"{quality.height}.m3u8")
    return _text(lines)


def key_tags(channel_id: str, kind: Kind, base: str, first: int) -> Tags:
    """Return what announces the keys: before the `first` segment, and wherever the key changes.

    As on real sites the key's address is relative at one time and absolute at another.
    """

    def tags(slot: Slot) -> Iterable[str]:
        if slot.sequence != first and slot.sequence % KEY_LASTS:
            return ()
        number = slot.sequence // KEY_LASTS
        address = f"{base}/live/{channel_id}/key/{number}.key" if number % 2 else f"key/{number}.key"
        vector = f",IV=0x{initialization_vector(channel_id, kind, slot.sequence).hex()}"
        return [f'#EXT-X-KEY:METHOD=AES-128,URI="{address}"{vector if kind is Kind.AES_EXPLICIT else ""}']

    return tags


def key(channel_id: str, number: int) -> bytes:
    """Return the 16 bytes of a channel's key."""
    return hashlib.sha256(f"key {channel_id} {number}".encode()).digest()[:16]


def initialization_vector(channel_id: str, kind: Kind, sequence: int) -> bytes:
    """Return a segment's initialization vector: the key's own, or the media sequence number."""
    if kind is Kind.AES_EXPLICIT:
        return hashlib.sha256(f"iv {channel_id} {sequence // KEY_LASTS}".encode()).digest()[:16]
    return sequence.to_bytes(16, "big")


def byte_range_tags(ranges: Callable[[Slot], tuple[int, int]]) -> Tags:
    """Return the tags that say which bytes of the one file a segment is; `ranges` gives (first, size)."""

    def tags(slot: Slot) -> Iterable[str]:
        first, size = ranges(slot)
        return [f"#EXT-X-BYTERANGE:{size}@{first}"]

    return tags


def map_tags(first: int, address: str = "main/init.mp4") -> Tags:
    """Return what names the initialization section, before the `first` segment."""
    return lambda slot: [f'#EXT-X-MAP:URI="{address}"'] if slot.sequence == first else ()


def low_latency(timeline: Timeline, moment: float, *, skip: bool = False) -> str:
    """Return a low-latency playlist: parts of the last segments, and a hint of the next part.

    With `skip` it is a delta update (RFC 8216bis, 6.2.5.1): what is older than the skip boundary is left out.
    """
    target = timeline.target
    slots = timeline.window(moment, 16)
    boundary = slots[-1].end - SKIP_UNTIL_TARGETS * target
    skipped = sum(slot.end <= boundary for slot in slots) if skip else 0
    shape = Shape(version=9 if skip else 6)
    hold_back = f"PART-HOLD-BACK={3 * FRAGMENT_S:.1f}"
    control = f"CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL={SKIP_UNTIL_TARGETS * target:.1f},{hold_back}"
    lines = [
        *_header(timeline, slots[0], shape),
        f"#EXT-X-SERVER-CONTROL:{control}",
        f"#EXT-X-PART-INF:PART-TARGET={FRAGMENT_S}",
    ]
    lines += [f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}"] if skipped else ['#EXT-X-MAP:URI="main/init.mp4"']
    for index, slot in enumerate(slots[skipped:], skipped):
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{timestamp(slot.start)}")
        if index >= len(slots) - 3:
            lines += _parts(slot, parts_of(slot))
        lines += [f"#EXTINF:{slot.duration:.3f},", f"main/{slot.sequence}.m4s"]
    current = timeline.at(moment)
    done = parts_by(current, moment)
    if done:
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{timestamp(current.start)}")
    lines += [
        *_parts(current, done),
        f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="main/{current.sequence}.{done}.m4s"',
    ]
    return _text(lines)


def parts_of(slot: Slot) -> int:
    """Return how many parts a segment has."""
    return round(slot.duration / FRAGMENT_S)


def parts_by(slot: Slot, moment: float) -> int:
    """Return how many parts of a segment are complete at `moment`."""
    return min(parts_of(slot) - 1, math.floor((moment - slot.start) / FRAGMENT_S + 1e-6))


def published(timeline: Timeline, sequence: int, part: int | None) -> float:
    """Return when a segment is complete, or a part of one; beyond the last part is the next one's first."""
    slot = timeline.slot(sequence)
    if part is None:
        return slot.end
    if part >= parts_of(slot):
        slot, part = timeline.slot(sequence + 1), 0
    return slot.start + (part + 1) * FRAGMENT_S


def timestamp(moment: float) -> str:
    """Return a moment as ISO 8601, in UTC and to the millisecond."""
    return (
        datetime.fromtimestamp(EPOCH + moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def _parts(slot: Slot, count: int) -> list[str]:
    lines = []
    for part in range(count):
        independent = ",INDEPENDENT=YES" if part % round(CHUNK_S / FRAGMENT_S) == 0 else ""
        lines.append(
            f'#EXT-X-PART:DURATION={FRAGMENT_S:.5f},URI="main/{slot.sequence}.{part}.m4s"{independent}'
        )
    return lines


def _header(timeline: Timeline, first: Slot, shape: Shape) -> list[str]:
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{shape.version}",
        f"#EXT-X-TARGETDURATION:{timeline.target}",
        f"#EXT-X-MEDIA-SEQUENCE:{first.sequence}",
    ]
    if not shape.seamless:
        lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{first.loop - first.opens_loop}")
    return lines


def _joint(slot: Slot, shape: Shape) -> list[str]:
    return ["#EXT-X-DISCONTINUITY"] if slot.opens_loop and not shape.seamless else []


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"
