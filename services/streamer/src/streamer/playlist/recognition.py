"""Whether a body is a playlist, and what it is if not.

A source that is in trouble rarely says so with a status: it sends its front page, a challenge, an error as
JSON, or nothing at all, and calls it 200.
"""

import re

BOM = "\ufeff"
HEAD = re.compile(r"#EXTM3U(?![A-Za-z0-9_-])")
LOOKED_AT = 1024
"""Characters; what a body is shows at once."""

NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
UNDECODABLE = "\ufffd"
TS_SYNC = "G"

STARTS = (
    ("<!doctype", "a web page"),
    ("<html", "a web page"),
    ("<head", "a web page"),
    ("<mpd", "a DASH manifest"),
    ("<?xml", "XML"),
    ("<", "markup"),
    ("{", "JSON"),
    ("[", "JSON"),
    ("#ext", "a list without #EXTM3U at its head"),
)


def is_playlist(text: str) -> bool:
    """Whether it begins as 4.3.1.1 demands, a BOM and leading blank lines forgiven, and goes on as text."""
    start = _start(text)
    return HEAD.match(start) is not None and "\0" not in start


def found_instead(text: str) -> str:
    """Name what stands where a playlist should, as in "gave no playlist but …"."""
    start = _start(text)
    if not start:
        return "an empty body"
    if _is_binary(start):
        return "MPEG-TS" if start[0] == TS_SYNC else "binary data"
    lowered = start.lower()
    if lowered.startswith("<?xml") and "<mpd" in lowered:
        return "a DASH manifest"
    return next((name for beginning, name in STARTS if lowered.startswith(beginning)), "other text")


def _start(text: str) -> str:
    return text[: LOOKED_AT * 4].removeprefix(BOM).lstrip()[:LOOKED_AT]


def _is_binary(start: str) -> bool:
    """Some undecodable characters are a text in an old encoding; many are none."""
    return NOT_TEXT.search(start) is not None or start.count(UNDECODABLE) * 10 > len(start)
