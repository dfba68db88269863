"""The tags of RFC 8216bis, by what they speak about (4.4)."""

BASIC = {"EXTM3U", "EXT-X-VERSION"}
"""4.4.1."""
EITHER = {"EXT-X-INDEPENDENT-SEGMENTS", "EXT-X-START", "EXT-X-DEFINE"}
"""4.4.2: media or multivariant playlists."""
MEDIA_PLAYLIST = {
    "EXT-X-TARGETDURATION",
    "EXT-X-MEDIA-SEQUENCE",
    "EXT-X-DISCONTINUITY-SEQUENCE",
    "EXT-X-ENDLIST",
    "EXT-X-PLAYLIST-TYPE",
    "EXT-X-I-FRAMES-ONLY",
    "EXT-X-PART-INF",
    "EXT-X-SERVER-CONTROL",
    "EXT-X-ALLOW-CACHE",
}
"""4.4.3; the last is from before RFC 8216."""
SEGMENT = {
    "EXTINF",
    "EXT-X-BYTERANGE",
    "EXT-X-DISCONTINUITY",
    "EXT-X-KEY",
    "EXT-X-MAP",
    "EXT-X-PROGRAM-DATE-TIME",
    "EXT-X-GAP",
    "EXT-X-BITRATE",
    "EXT-X-PART",
}
"""4.4.4: they belong to the segment that follows."""
METADATA = {"EXT-X-DATERANGE", "EXT-X-SKIP", "EXT-X-PRELOAD-HINT", "EXT-X-RENDITION-REPORT"}
"""4.4.5."""
MULTIVARIANT = {
    "EXT-X-MEDIA",
    "EXT-X-STREAM-INF",
    "EXT-X-I-FRAME-STREAM-INF",
    "EXT-X-SESSION-DATA",
    "EXT-X-SESSION-KEY",
    "EXT-X-CONTENT-STEERING",
}
"""4.4.6."""
MEDIA = MEDIA_PLAYLIST | SEGMENT | METADATA
KNOWN = BASIC | EITHER | MEDIA | MULTIVARIANT
"""All that we know to hold no address but those that `rewrite` and `redaction` name."""
