"""What would lead a player past us, taken out.

Addresses that we can serve are sealed by `rewrite`. What is left are those that nobody can serve through
us, or that hide where no seal reaches:

- EXT-X-CONTENT-STEERING goes: a steering server would send players from one upstream host to another. Which
  stream is played is our matter.
- X-ASSET-LIST goes, since the JSON behind it is full of addresses; an interstitial with nothing else to
  play goes with it. So do `com.apple.hls.preload` tags, which only name things to fetch in advance.
- Tags that are not in the RFC go if they name an address (`URI=`, or one in the open): players would ask us
  for what we never gave out.
- Any other attribute with an absolute address in it goes (beacons in EXT-X-DATERANGE), an EXTINF's title
  with one is emptied, and a comment with one goes.

What is not touched here keeps every byte.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from streamer.playlist import attributes, tags
from streamer.playlist.attributes import Attribute
from streamer.playlist.grammar import Line, Playlist

LEAK = re.compile(r"://|[\"']//|=//|%3a%2f%2f", re.IGNORECASE)
"""An absolute address in the open, or escaped. Doubled slashes alone may be base64, as in SCTE-35."""

ADDRESS = {
    **dict.fromkeys(
        (
            "EXT-X-KEY",
            "EXT-X-SESSION-KEY",
            "EXT-X-MAP",
            "EXT-X-PART",
            "EXT-X-PRELOAD-HINT",
            "EXT-X-MEDIA",
            "EXT-X-I-FRAME-STREAM-INF",
            "EXT-X-RENDITION-REPORT",
            "EXT-X-SESSION-DATA",
        ),
        "URI",
    ),
    "EXT-X-DATERANGE": "X-ASSET-URI",
}
"""The attribute that holds an address which we can serve."""

NEVER = {"EXT-X-CONTENT-STEERING", "EXT-X-PREFETCH"}
HIDDEN = {"X-ASSET-LIST", "X-URI"}
"""Attributes of EXT-X-DATERANGE that lead elsewhere, even when they look relative."""
NEEDED = {
    "EXT-X-DATERANGE": {"ID"},
    "EXT-X-SESSION-DATA": {"DATA-ID", "VALUE"},
    "EXT-X-MEDIA": {"NAME", "GROUP-ID"},
}
"""Attributes without which a tag is broken: it goes as a whole."""
INTERSTITIAL = "com.apple.hls.interstitial"
PRELOAD = "com.apple.hls.preload"


def redact(playlist: Playlist) -> Playlist:
    """Return the playlist without what leads past us. One with nothing such is returned as it is."""
    kept = [left for line in playlist.lines if (left := _redacted(line)) is not None]
    unchanged = len(kept) == len(playlist.lines) and all(map(_same, kept, playlist.lines))
    return playlist if unchanged else replace(playlist, lines=tuple(kept))


def leads_away(text: str) -> bool:
    """Whether there is an absolute address in it."""
    return ("//" in text or "%" in text) and LEAK.search(text) is not None


def _same(one: Line, other: Line) -> bool:
    return one is other


def _redacted(line: Line) -> Line | None:
    if not line.name:
        return line if line.is_uri or not leads_away(line.text) else None
    if line.name == "EXT-X-DATERANGE":
        return _date_range(line)
    if line.name in tags.KNOWN and line.name not in NEVER:
        return _known(line) if leads_away(line.text) else line
    return None if line.name in NEVER or _names_an_address(line) else line


def _names_an_address(line: Line) -> bool:
    return leads_away(line.text) or ("URI" in line.text.upper() and "URI" in line.attributes())


def _known(line: Line) -> Line | None:
    if line.name == "EXTM3U":
        return Line("#EXTM3U", line.end, line.name)
    if line.name == "EXTINF":
        return _safe(line.with_value(line.value.partition(",")[0] + ","))
    return _without(line, lambda found: leads_away(found.value))


def _date_range(line: Line) -> Line | None:
    if not ("-URI" in line.value.upper() or "ASSET" in line.value.upper() or leads_away(line.text)):
        return line
    said = line.attributes()
    left = _without(line, lambda found: found.name in HIDDEN or leads_away(found.value))
    nothing_to_play = said.get("CLASS") == INTERSTITIAL and "X-ASSET-URI" not in said
    return None if nothing_to_play or said.get("CLASS") == PRELOAD else left


def _without(line: Line, goes: Callable[[Attribute], bool]) -> Line | None:
    """Return the tag without such attributes; None if one was needed, or what is left still leads away."""
    address = ADDRESS.get(line.name, "")
    gone: set[str] = set()

    def drop(found: Attribute) -> bool:
        leaks = found.name != address and goes(found)
        if leaks:
            gone.add(found.name)
        return leaks

    left = line.with_value(attributes.without(line.value, drop))
    return _safe(left) if gone.isdisjoint(NEEDED.get(line.name, ())) else None


def _safe(line: Line) -> Line | None:
    """Return the tag if nothing but its own address leads away."""
    address = ADDRESS.get(line.name, "")
    rest = line.with_value(
        attributes.changed(line.value, lambda found: "" if found.name == address else None)
    )
    return None if leads_away(rest.text) else line
