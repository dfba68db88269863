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
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import msgspec
from contracts.channel import StreamKind

from catalog.names import key_of
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
TIDY = re.compile(r'\s*[-+]?[\d.]*[\s;]+[A-Za-z][\w-]*=(?:"[\s;]+[A-Za-z][\w-]*=)*')
"""What is around the values in nearly every list, a quote for each value."""
DURATION = re.compile(r"\s*[-+]?[\d.]*")
KEY = re.compile(r"[\s;]*([A-Za-z][\w-]*)=")
QUOTED = re.compile(r'"(.*?)"(?=\s*,|[\s;]+[A-Za-z][\w-]*=|\s*$)|\'([^\']*)\'(?=[\s,]|$)')
BARE = re.compile(r'"?([^\s,"]*)')
JUNK = "\ufeff\0"
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
YES = frozenset({"true", "1", "yes"})
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


class Entry(msgspec.Struct, gc=False):
    """An entry, growing line by line until its address comes."""

    attributes: dict[str, str] = {}
    title: str = ""
    group: str = ""
    headers: dict[str, str] = {}
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
        try:
            return PurePosixPath(unquote(urlsplit(self.address).path)).name
        except ValueError:
            return ""

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
        if line.startswith("#"):
            if line[:8].upper() == "#EXTINF:":
                entry = extinf(line[8:], Entry() if entry.seen else entry)
            else:
                _note(line, entry)
            continue
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
    *told, name = text.split('"')
    name = name.lstrip()
    if name.startswith(",") and len(told) % 2 == 0 and (keys := _keys(tuple(told[::2]))):
        entry.attributes = dict(zip(keys, map(str.strip, told[1::2]), strict=True))
        entry.title = name[1:].strip()
    else:
        _untidy(text, entry)
    return entry


@lru_cache(maxsize=1024)
def _keys(between: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of attributes by what is before their values: in a list that is mostly the same.

    Where it is anything else, or a name is there twice, none.
    """
    if not TIDY.fullmatch('"'.join(between)):
        return ()
    keys = tuple(part.rstrip("=").split()[-1].rpartition(";")[2].lower() for part in between)
    return keys if len(set(keys)) == len(keys) else ()


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
    except (ValueError, RecursionError):
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
    try:
        return address if SCHEME.match(address) or not base.startswith("http") else urljoin(base, address)
    except ValueError:
        return address


def _channel(entry: Entry, spec: SourceSpec, *, private: bool) -> SourceChannel:
    told, name = entry.attributes.get, entry.name
    group, tvg_id, key = told("group-title") or entry.group, entry.tvg_id, key_of(name)
    kind = entry.kind or kind_of(entry.address)
    return SourceChannel(
        source=spec.name,
        native_id=f"{tvg_id}/{key}" if tvg_id else f"/{key}/{group.casefold()}",
        name=name,
        group=sys.intern(group),
        country=_country(told("tvg-country", "")),
        logo=_logo(told("tvg-logo") or told("logo")),
        tvg_id=tvg_id or None,
        number=_number(told("tvg-chno") or told("channel-number")),
        radio=told("radio", "").lower() in YES,
        streams=(stream_of(spec, entry.address, kind, private=private, headers=entry.headers),),
    )


def kind_of(address: str) -> StreamKind:
    """Tell the kind by the address alone; HLS where it says nothing."""
    path = address.partition("?")[0].partition("#")[0].partition("://")[2]
    path = path[path.find("/") :] if "/" in path else ""
    extension = path.rpartition(".")[2].lower()
    if extension in KINDS:
        return KINDS[extension]
    return StreamKind.TS if TS_PATH.search(path) else StreamKind.HLS


@lru_cache(maxsize=1024)
def _country(text: str) -> str | None:
    first = re.split(r"[;,|/\s]", text.strip())[0].upper()
    return first if len(first) == 2 and first.isascii() and first.isalpha() else None


def _logo(text: str | None) -> str | None:
    """Return the address in `text`; typed with a letter too many ("hhttps"), it still is one."""
    if not text:
        return None
    match = WEB_ADDRESS.search(text)
    return match[0] if match else None


def _number(text: str | None) -> int | None:
    return int(text) if text and NUMBER.fullmatch(text) and int(text) > 0 else None
