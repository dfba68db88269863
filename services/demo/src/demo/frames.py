"""Raw AAC as HLS carries it: ADTS frames behind an ID3 tag that says when they sound.

ISO/IEC 13818-7 for the frames; RFC 8216, 3.4 for the tag: a `PRIV` frame with a 33-bit MPEG-TS timestamp.
"""

Data = bytes | memoryview

_OWNER = b"com.apple.streaming.transportStreamTimestamp\0"


def split(data: Data) -> list[Data]:
    """Split ADTS into its frames.

    Raises
    ------
    ValueError
        If a frame doesn't begin where the one before it ends.
    """
    frames: list[Data] = []
    at = 0
    while at + 7 <= len(data):
        if data[at] != 0xFF or data[at + 1] & 0xF6 != 0xF0:
            raise ValueError(f"no ADTS frame at byte {at}")
        size = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        frames.append(data[at : at + size])
        at += size
    return frames


def timestamp_tag(ticks: int) -> bytes:
    """Return an ID3 tag that puts what follows at `ticks` of the 90 kHz clock."""
    content = _OWNER + (ticks % (1 << 33)).to_bytes(8, "big")
    frame = b"PRIV" + _synchsafe(len(content)) + b"\0\0" + content
    return b"ID3\x04\0\0" + _synchsafe(len(frame)) + frame


def _synchsafe(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
