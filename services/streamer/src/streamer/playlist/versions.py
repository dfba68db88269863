"""EXT-X-VERSION (RFC 8216bis, 4.4.1.2 and 8), raised where what we add needs it."""

from collections.abc import Iterator
from dataclasses import replace

from streamer.playlist.grammar import Line, Playlist, integer, tag


def at_least(playlist: Playlist, version: int) -> Playlist:
    """Return the playlist with this version or a later one."""
    said = playlist.tag("EXT-X-VERSION")
    if said is not None and integer(said.value, 1) >= version:
        return playlist
    return replace(playlist, lines=tuple(_lines(playlist, version)))


def _lines(playlist: Playlist, version: int) -> Iterator[Line]:
    said = playlist.has("EXT-X-VERSION")
    for line in playlist.lines:
        yield line.with_value(str(version)) if line.name == "EXT-X-VERSION" else line
        if line.name == "EXTM3U" and not said:
            yield tag("EXT-X-VERSION", str(version), playlist.end)
