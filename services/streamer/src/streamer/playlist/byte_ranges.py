"""Byte ranges (RFC 8216bis, 4.4.4.2), with every offset written out.

`n@o` says it all; `n` alone goes on where the last range of the same file ended. Players work that out from
addresses that are equal, and ours are not: each range has its own. So the offsets have to be there.

The trap: there are two chains. A segment goes on after the segment before it, a part after the part before it
in the same parent (4.4.4.9), and a map (4.4.4.5) after nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from streamer.playlist import attributes
from streamer.playlist.attributes import Attribute
from streamer.playlist.grammar import Line, Playlist

RANGE = re.compile(r"\s*+([0-9]{1,20}+)(?![0-9])(?:@([0-9]{1,20}+)(?![0-9]))?+")


def span(value: str) -> str:
    """Return a range as `offset-length`, or nothing if it is none."""
    match = RANGE.match(value)
    return f"{int(match[2] or 0)}-{int(match[1])}" if match else ""


def hinted(said: dict[str, str]) -> str | None:
    """4.4.5.3: return a hint's range; None if its end is not known yet, so that no ticket can name it."""
    start, length = said.get("BYTERANGE-START", ""), said.get("BYTERANGE-LENGTH", "")
    if length:
        return span(f"{length}@{start or 0}")
    return None if start.strip() not in ("", "0") else ""


def explicit(playlist: Playlist) -> Playlist:
    """Return the playlist with no offset implied. One that implies none is returned as it is."""
    if not any(_implies(line) for line in playlist.lines):
        return playlist
    return replace(playlist, lines=tuple(_Ranges(playlist).lines()))


def _implies(line: Line) -> bool:
    if line.name == "EXT-X-BYTERANGE":
        return "@" not in line.value
    if line.name in ("EXT-X-PART", "EXT-X-MAP") and "BYTERANGE" in line.text.upper():
        return "@" not in line.attributes().get("BYTERANGE", "@")
    return False


@dataclass(slots=True)
class _Ranges:
    playlist: Playlist
    segments: dict[str, int] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)

    def lines(self) -> Iterator[Line]:
        files = _files(self.playlist)
        for line in self.playlist.lines:
            if line.name == "EXT-X-BYTERANGE":
                yield line.with_value(_written(line.value, next(files, ""), self.segments))
            elif line.name in ("EXT-X-PART", "EXT-X-MAP"):
                yield self._tag(line)
            else:
                if line.is_uri:
                    self.parts.clear()
                yield line

    def _tag(self, line: Line) -> Line:
        file = line.attributes().get("URI", "")
        ends = self.parts if line.name == "EXT-X-PART" else {}

        def change(found: Attribute) -> str | None:
            return _written(found.value, file, ends) if found.name == "BYTERANGE" else None

        return line.with_value(attributes.changed(line.value, change))


def _files(playlist: Playlist) -> Iterator[str]:
    """Yield the file that each EXT-X-BYTERANGE is of: the next address."""
    waiting = 0
    for line in playlist.lines:
        if line.name == "EXT-X-BYTERANGE":
            waiting += 1
        elif line.is_uri:
            yield from [line.text.strip()] * waiting
            waiting = 0


def _written(value: str, file: str, ends: dict[str, int]) -> str:
    match = RANGE.match(value)
    if match is None:
        return value
    start = int(match[2]) if match[2] else ends.get(file, 0)
    ends[file] = start + int(match[1])
    return value if match[2] else f"{value[: match.end(1)]}@{start}{value[match.end(1) :]}"
