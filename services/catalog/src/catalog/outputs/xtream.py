"""Xtream: the gateway as a panel, for apps that ask for a server, a name and a password.

A channel's number is its `stream_id`: it never changes. A category's id is made of its name, for the same
reason. Integers and strings are mixed as panels mix them: `num` and `stream_id` are integers, most others are
strings, and what a guide says is base64. All times are UTC, which panels say of themselves, too.

Apps ask for `.ts` or `.m3u8` whatever they are told, so what is DASH alone isn't offered. The list of
`get.php` has whole addresses, and so such channels, too.
"""

import base64
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
from contracts.channel import Channel, StreamKind
from contracts.programme import Programme

from catalog.outputs.m3u import EXTENSION, guide_id, is_hls_or_ts, plain_name, safe, write

OTHER = "Other"
CLOCK = "%Y-%m-%d %H:%M:%S"
FORMATS = ("m3u8", "ts")
EXTENSIONS = {"ts": "ts", "mpegts": "ts", "m3u8": "m3u8", "hls": "m3u8"}
AT_ONCE = "100"
"""Connections that apps are told of: more than any wants. What a source allows is the streamer's matter."""


def refused() -> bytes:
    """Return the answer to a wrong login."""
    return orjson.dumps({"user_info": {"auth": 0}})


def login(user: str, password: str, base: str, now: datetime) -> bytes:
    """Return who the user is, and where the server."""
    where = urlsplit(base)
    secure = where.scheme == "https"
    port = str(where.port or (443 if secure else 80))
    return orjson.dumps(
        {
            "user_info": {
                "username": user,
                "password": password,
                "message": "",
                "auth": 1,
                "status": "Active",
                "exp_date": None,
                "is_trial": "0",
                "active_cons": "0",
                "created_at": "0",
                "max_connections": AT_ONCE,
                "allowed_output_formats": FORMATS,
            },
            "server_info": {
                "url": where.hostname or "",
                "port": "80" if secure else port,
                "https_port": port if secure else "443",
                "server_protocol": where.scheme,
                "rtmp_port": "0",
                "timezone": "UTC",
                "timestamp_now": int(now.timestamp()),
                "time_now": now.astimezone(UTC).strftime(CLOCK),
            },
        }
    )


def category_id(group: str) -> str:
    """Return a group's id: digits, since apps read a number."""
    return str(zlib.crc32((group or OTHER).casefold().encode("utf-8", "replace")) % 1_000_000_000 + 1)


def categories(channels: Iterable[Channel]) -> bytes:
    """Return `get_live_categories`, in the list's order."""
    groups = {category_id(channel.group): safe(channel.group) or OTHER for channel in _listed(channels)}
    return orjson.dumps(
        [{"category_id": id_, "category_name": name, "parent_id": 0} for id_, name in groups.items()]
    )


def streams(channels: Iterable[Channel], base: str) -> bytes:
    """Return `get_live_streams`."""
    return orjson.dumps([_stream(channel, base) for channel in _listed(channels)])


def playlist(channels: Iterable[Channel], base: str, login: str, extension: str, guide: str) -> bytes:
    """Return `get.php`'s list with all that players know (`m3u_plus`)."""
    return write(
        channels, base, address=lambda channel: _address(channel, base, login, extension), guide=guide
    )


def bare_playlist(channels: Iterable[Channel], base: str, login: str, extension: str) -> bytes:
    """Return `get.php`'s list of nothing but names (`m3u`)."""
    lines = ["#EXTM3U"]
    for channel in channels:
        lines += (f"#EXTINF:-1,{plain_name(channel)}", _address(channel, base, login, extension))
    return ("\n".join(lines) + "\n").encode()


def path_of(user: str, password: str) -> str:
    """Return a login as it stands in a path."""
    return f"{quote(user, safe='')}/{quote(password, safe='')}"


def listings(channel: Channel, programmes: Iterable[Programme], now: datetime, *, whole: bool) -> bytes:
    """Return `get_short_epg`; of the `whole` table also what is on now."""
    return orjson.dumps({"epg_listings": [_listing(channel, each, now, whole=whole) for each in programmes]})


def _listed(channels: Iterable[Channel]) -> Iterable[Channel]:
    return filter(is_hls_or_ts, channels)


def _address(channel: Channel, base: str, login: str, extension: str) -> str:
    if channel.streams and not is_hls_or_ts(channel):
        extension = EXTENSION[StreamKind.DASH]
    return f"{base}/live/{login}/{channel.number}.{extension}"


def _stream(channel: Channel, base: str) -> dict[str, Any]:
    category = category_id(channel.group)
    return {
        "num": channel.number,
        "name": safe(channel.name) or channel.id,
        "stream_type": "live",
        "stream_id": channel.number,
        "stream_icon": f"{base}/logo/{channel.id}" if channel.logo else "",
        "epg_channel_id": guide_id(channel),
        "added": "0",
        "is_adult": str(int(channel.adult)),
        "category_id": category,
        "category_ids": [int(category)],
        "custom_sid": "",
        "tv_archive": 0,
        "direct_source": "",
        "tv_archive_duration": 0,
    }


def _listing(channel: Channel, programme: Programme, now: datetime, *, whole: bool) -> dict[str, Any]:
    start, stop = programme.start.astimezone(UTC), programme.stop.astimezone(UTC)
    said: dict[str, Any] = {
        "id": str(int(start.timestamp())),
        "epg_id": str(channel.number),
        "title": _base64(programme.title),
        "lang": "",
        "start": start.strftime(CLOCK),
        "end": stop.strftime(CLOCK),
        "description": _base64(programme.description),
        "channel_id": guide_id(channel),
        "start_timestamp": str(int(start.timestamp())),
        "stop_timestamp": str(int(stop.timestamp())),
    }
    return {**said, "now_playing": int(start <= now < stop), "has_archive": 0} if whole else said


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "replace")).decode()
