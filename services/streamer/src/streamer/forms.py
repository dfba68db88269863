"""What a segment is, by its bytes: MPEG-TS, fMP4, or packed audio with a tag before it (3.1.4). Pure."""

from streamer.transport.packets import CUT_OFF
from streamer.transport.pictures import CLOCK_HZ, WRAP

LOOK_BYTES = 64 * 1024
"""Where a segment's packets begin at the latest: some hide behind the head of a picture."""
TIMESTAMP = b"com.apple.streaming.transportStreamTimestamp\0"


def is_transport(content: bytes) -> bool:
    """Whether it is MPEG-TS, wherever that begins in it."""
    return CUT_OFF.search(content, 0, LOOK_BYTES) is not None


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
