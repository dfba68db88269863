"""What a body is: by the extension that we gave it, and by its first bytes where its source disguised it."""

MEDIA_TYPES = {
    "m3u8": b"application/vnd.apple.mpegurl",
    "ts": b"video/mp2t",
    "m4s": b"video/iso.segment",
    "mp4": b"video/mp4",
    "aac": b"audio/aac",
    "ac3": b"audio/ac3",
    "ec3": b"audio/eac3",
    "mp3": b"audio/mpeg",
    "vtt": b"text/vtt; charset=utf-8",
    "key": b"application/octet-stream",
    "json": b"application/json",
    "mpd": b"application/dash+xml",
}
"""Media types by extension."""

PACKET = 188
SYNC = 0x47
BOXES = (b"ftyp", b"styp", b"moof", b"sidx", b"emsg", b"prft")
GUESSED = ("ts", "m4s")
"""What an address ends in that said nothing of its own."""


def media_type(extension: str, start: bytes | memoryview) -> bytes:
    """Return the media type of a body that begins with `start`."""
    known = MEDIA_TYPES.get(extension, MEDIA_TYPES["key"])
    if extension not in GUESSED or not start:
        return known
    first = bytes(start[: PACKET + 1])
    if first[0] == SYNC and (len(first) <= PACKET or first[PACKET] == SYNC):
        return MEDIA_TYPES["ts"]
    if first[4:8] in BOXES:
        return MEDIA_TYPES["m4s" if extension == "m4s" else "mp4"]
    if first.startswith((b"WEBVTT", b"\xef\xbb\xbfWEBVTT")):
        return MEDIA_TYPES["vtt"]
    if first.startswith(b"ID3") or (first[0] == 0xFF and len(first) > 1 and first[1] & 0xF6 == 0xF0):
        return MEDIA_TYPES["aac"]
    return known
