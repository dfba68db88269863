"""M3U as it is found in the wild.

An entry is an `#EXTINF` line and the address under it; lines between them add to it. Nothing else is sure:
the header may be missing, quotes may stand inside quotes, names have commas, ids repeat. What has no
address that we could open is reported, never guessed at.

The trap: an HLS playlist is an M3U too. One that is given as a list is refused by name.
"""

import asyncio
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from contracts.channel import StreamKind
from finder import name_key

from catalog.sources.base import (
    UNREAD_KEPT,
    Expectation,
    Reading,
    SourceChannel,
    expect,
    regrouped,
    stream_of,
)
from catalog.sources.fetch import Fetcher
from catalog.sources.spec import WEB, SourceSpec
from catalog.sources.text import lines

EXPECTED_LINE = (
    Expectation("a list of channels, not a web page or XML", lambda line: not line.startswith("<")),
    Expectation(
        "a list of channels, not an HLS playlist",
        lambda line: not line.startswith(("#EXT-X-TARGETDURATION", "#EXT-X-STREAM-INF", "#EXT-X-MEDIA")),
    ),
)
EXPECTED = (Expectation("a channel: an #EXTINF line with an address under it", bool),)
TIDY = re.compile(r'\s*[-+]?[\d.]*((?:[\s;]+[A-Za-z][\w-]*="[^"]*")*+)\s*,(.*)')
"""What follows `#EXTINF:` in nearly every list, for which one look is enough."""
TIDY_ATTRIBUTE = re.compile(r'([A-Za-z][\w-]*)="([^"]*)"')
DURATION = re.compile(r"\s*[-+]?[\d.]*")
KEY = re.compile(r"[\s;]*([A-Za-z][\w-]*)=")
QUOTED = re.compile(r'"(.*?)"(?=\s*,|\s+[A-Za-z][\w-]*=|\s*$)|\'([^\']*)\'(?=[\s,]|$)')
BARE = re.compile(r'"?([^\s,"]*)')
PATH = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
"""What is before an address's path."""
JUNK = "\ufeff\0"
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
NUMBER = re.compile(r"[0-9]{1,6}")
WEB_ADDRESS = re.compile(r"https?://\S.*")
HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
HEADER_NAMES = {
    "http-user-agent": "User-Agent",
    "http-referrer": "Referer",
    "http-referer": "Referer",
    "http-origin": "Origin",
    "http-cookie": "Cookie",
    "user-agent": "User-Agent",
    "referrer": "Referer",
    "referer": "Referer",
    "origin": "Origin",
    "cookie": "Cookie",
}
NO_HEADERS = frozenset(
    {"verifypeer", "seekable", "connection-timeout", "failonerror", "reconnect", "http-version"}
)
TS_PATH = re.compile(r"/(?:udp|rtp)/|/auto/v\d|^/(?:live/)?[^/]+/[^/]+/\d+$")
KINDS = {"mpd": StreamKind.DASH, "ts": StreamKind.TS, "mpegts": StreamKind.TS, "m3u8": StreamKind.HLS}


@dataclass(slots=True)
class Entry:
    """An entry, growing line by line until its address comes."""

    attributes: dict[str, str] = field(default_factory=dict)
    title: str = ""
    group: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    kind: StreamKind | None = None
    address: str = ""
    seen: bool = False
    """Whether its `#EXTINF` came."""

    @property
    def name(self) -> str:
        """What to call it."""
        return (
            self.title
            or self.attributes.get("tvg-name", "").strip()
            or self.tvg_id
            or self._last
            or "Channel"
        )

    @property
    def _last(self) -> str:
        return PurePosixPath(unquote(urlsplit(self.address).path)).name

    @property
    def tvg_id(self) -> str:
        """Its id in guides."""
        return self.attributes.get("tvg-id", "").strip()


class M3U:
    """A playlist, fetched."""

    def __init__(self, spec: SourceSpec, fetcher: Fetcher) -> None:
        self._spec = spec
        self._fetcher = fetcher

    async def channels(self) -> Reading:
        """Read the list."""
        page = await self._fetcher.get_changed(self._spec.url)
        return await asyncio.to_thread(
            parse, lines(page.body), self._spec, base=page.address, private=page.inside
        )


def parse(text: str | Iterable[str], spec: SourceSpec, *, base: str = "", private: bool = False) -> Reading:
    """Return the list's channels. `base` is its own address, for relative ones; `private` is for streams.

    Raises
    ------
    SourceUnreadable
        If it is an HLS playlist, a web page, or has no entry.
    """
    channels, unread = [], list[str]()
    for entry in entries(_checked(text, spec)):
        if not entry.address.startswith(WEB):
            entry.address = _absolute(entry.address, base)
        if entry.address.startswith(WEB):
            channels.append(_channel(entry, spec, private=private))
        elif len(unread) < UNREAD_KEPT:
            unread.append(f"{entry.name}: an address that is not http")
    expect(spec.name, channels or unread, EXPECTED)
    return Reading(channels=regrouped(channels, spec), unread=tuple(unread))


def _checked(text: str | Iterable[str], spec: SourceSpec) -> Iterator[str]:
    """Yield the lines, trimmed, empty ones left out, as long as they may be those of a list."""
    begun = False
    for line in lines(text.encode(errors="replace")) if isinstance(text, str) else text:
        trimmed = line.strip()
        if trimmed and (trimmed[0] in JUNK or trimmed[-1] in JUNK):
            trimmed = trimmed.strip(JUNK).strip()
        if trimmed:
            if not begun or trimmed.startswith("#EXT-X-"):
                expect(spec.name, trimmed, EXPECTED_LINE)
            begun = True
            yield trimmed


def entries(text: Iterable[str]) -> Iterator[Entry]:
    """Yield every `#EXTINF` that has an address under it; `text` is trimmed lines."""
    entry = Entry()
    for line in text:
        if line[:8].upper() == "#EXTINF:":
            kept = entry if not entry.seen else Entry()
            entry = extinf(line[8:], kept)
        elif line.startswith("#"):
            _note(line, entry)
        else:
            if entry.seen:
                entry.address, pipe, headers = line.partition("|")
                if pipe:
                    entry.address = entry.address.strip()
                    entry.headers.update(_query_headers(headers))
                yield entry
            entry = Entry()


def extinf(text: str, entry: Entry) -> Entry:
    """Read what follows `#EXTINF:`: a duration, attributes, a comma, the name with all its own commas."""
    entry.seen = True
    if tidy := TIDY.match(text):
        for key, value in TIDY_ATTRIBUTE.findall(tidy[1]):
            entry.attributes.setdefault(key.lower(), value.strip())
        entry.title = tidy[2].strip()
    else:
        _untidy(text, entry)
    return entry


def _untidy(text: str, entry: Entry) -> None:
    """Read a line with quotes in quotes, or none where they belong."""
    place = _end(DURATION.match(text))
    while key := KEY.match(text, place):
        if match := QUOTED.match(text, key.end()):
            value = match[1] if match[1] is not None else match[2]
        else:
            match = BARE.match(text, key.end())
            value = match[1] if match else ""
        entry.attributes.setdefault(key[1].lower(), value.strip())
        place = _end(match)
    before, comma, name = text[place:].partition(",")
    entry.title = (name if comma else before).strip()


def _end(match: re.Match[str] | None) -> int:
    return match.end() if match else 0


def _note(line: str, entry: Entry) -> None:
    """Add what a line between `#EXTINF` and the address says."""
    tag, _, value = line.partition(":")
    match tag.upper():
        case "#EXTGRP":
            entry.group = value.strip()
        case "#EXTVLCOPT":
            name, _, header = value.partition("=")
            _add_header(entry.headers, name, header, only_known=True)
        case "#EXTHTTP":
            entry.headers.update(_json_headers(value))
        case "#KODIPROP":
            _kodi_property(value, entry)
        case _:
            pass


def _kodi_property(text: str, entry: Entry) -> None:
    name, _, value = text.strip().partition("=")
    match name.rpartition(".")[2]:
        case "manifest_type":
            entry.kind = {"mpd": StreamKind.DASH, "hls": StreamKind.HLS}.get(value.strip().lower())
        case "stream_headers" | "manifest_headers" | "common_headers":
            entry.headers.update(_query_headers(value))
        case _:
            pass


def _query_headers(text: str) -> dict[str, str]:
    """Read what follows an address: `|Header=value&Header=value`."""
    headers: dict[str, str] = {}
    for name, value in parse_qsl(text.replace("|", "&"), keep_blank_values=False):
        _add_header(headers, name, value)
    return headers


def _json_headers(text: str) -> dict[str, str]:
    headers: dict[str, str] = {}
    try:
        content = json.loads(text)
    except ValueError:
        return headers
    for name, value in content.items() if isinstance(content, dict) else ():
        _add_header(headers, name, str(value))
    return headers


def _add_header(headers: dict[str, str], name: str, value: str, *, only_known: bool = False) -> None:
    key, value = name.strip().lower(), value.strip().strip('"')
    known = HEADER_NAMES.get(key)
    if not value or not value.isprintable() or key in NO_HEADERS:
        return
    if known or (not only_known and HEADER_NAME.fullmatch(key)):
        headers[known or name.strip()] = value


def _absolute(address: str, base: str) -> str:
    return address if SCHEME.match(address) or not base.startswith("http") else urljoin(base, address)


def _channel(entry: Entry, spec: SourceSpec, *, private: bool) -> SourceChannel:
    attributes, name = entry.attributes, entry.name
    group = attributes.get("group-title", "") or entry.group
    tvg_id = entry.tvg_id
    return SourceChannel(
        source=spec.name,
        native_id=f"{tvg_id}/{name_key(name)}" if tvg_id else f"/{name_key(name)}/{group.casefold()}",
        name=name,
        group=sys.intern(group),
        country=_country(attributes.get("tvg-country", "")),
        logo=_logo(attributes.get("tvg-logo", "") or attributes.get("logo", "")),
        tvg_id=tvg_id or None,
        number=_number(attributes.get("tvg-chno", "") or attributes.get("channel-number", "")),
        radio=attributes.get("radio", "").lower() in ("true", "1", "yes"),
        streams=(
            stream_of(
                spec,
                entry.address,
                entry.kind or kind_of(entry.address),
                private=private,
                headers=entry.headers,
            ),
        ),
    )


def kind_of(address: str) -> StreamKind:
    """Tell the kind by the address alone; HLS where it says nothing."""
    path = PATH.sub("", address, count=1).partition("?")[0].partition("#")[0]
    extension = path.rpartition(".")[2].lower()
    if extension in KINDS:
        return KINDS[extension]
    return StreamKind.TS if TS_PATH.search(path) else StreamKind.HLS


@lru_cache(maxsize=1024)
def _country(text: str) -> str | None:
    first = re.split(r"[;,|/\s]", text.strip())[0].upper()
    return first if len(first) == 2 and first.isascii() and first.isalpha() else None


def _logo(text: str) -> str | None:
    """Return the address in `text`; typed with a letter too many ("hhttps"), it still is one."""
    if not text:
        return None
    match = WEB_ADDRESS.search(text)
    return match[0] if match else None


def _number(text: str) -> int | None:
    return int(text) if text and NUMBER.fullmatch(text) and int(text) > 0 else None
