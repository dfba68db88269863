"""What a player page says, as far as it says it openly: a playlist, or a frame to look into.

Pure: text in, addresses out. Nothing is computed here and no script is run: a page whose playlist is
hidden behind a puzzle is a page that can't be read.
"""

import html
import re
from dataclasses import dataclass
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser

PLAYLIST = re.compile(r"""["'`]((?:https?:)?[^"'`\s<>\\]*\.m3u8[^"'`\s<>\\]*)["'`]""")


@dataclass(frozen=True, slots=True)
class Page:
    """What was found on a page, absolute, in the page's order."""

    playlists: tuple[str, ...]
    frames: tuple[str, ...]


def read(text: str, base: str) -> Page:
    """Look for playlists in `source`, `video` and scripts, and for frames."""
    tree = LexborHTMLParser(text)
    media = [node.attributes.get("src") for node in tree.css("video source, video, source, audio")]
    named = [src for src in media if src and ".m3u8" in src]
    scripts = "\n".join(node.text() for node in tree.css("script")).replace("\\/", "/")
    named += [html.unescape(match[1]) for match in PLAYLIST.finditer(scripts)]
    frames = [node.attributes.get("src") for node in tree.css("iframe")]
    return Page(_absolute(named, base), _absolute([src for src in frames if src], base))


def _absolute(found: list[str], base: str) -> tuple[str, ...]:
    joined = (_joined(base, address.strip()) for address in found)
    return tuple(dict.fromkeys(address for address in joined if address.startswith(("http://", "https://"))))


def _joined(base: str, address: str) -> str:
    """Return nothing for what can't be read."""
    try:
        return urljoin(base, address)
    except ValueError:
        return ""
