"""M3U for players.

Byte-stable: Jellyfin's idea of a channel contains its address, so that the same list under the same base
address is the same text, today and after a restart. Values lose their double quotes, names their commas'
trap (Jellyfin reads the name after the *last* comma, everybody else after the first outside quotes).
"""

import re
from collections.abc import Iterable

from contracts.channel import Channel, StreamKind

MEDIA_TYPE = "audio/x-mpegurl"
EXTENSION = {StreamKind.HLS: "m3u8", StreamKind.DASH: "mpd", StreamKind.TS: "ts"}
UNSAFE = re.compile(r'["\x00-\x1f\x7f]+')


def write(channels: Iterable[Channel], base: str, token: str = "") -> bytes:
    """Return the list; all addresses begin with `base`, which has no slash at its end.

    `token` is `token=…` where streams and the guide want one from a player that has nothing but its address.
    """
    query = f"?{token}" if token else ""
    guide = f"{base}/epg.xml{query}"
    lines = [f'#EXTM3U url-tvg="{guide}" x-tvg-url="{guide}"']
    for channel in channels:
        lines += (_extinf(channel, base), f"{stream_address(channel, base)}{query}")
    return ("\n".join(lines) + "\n").encode()


def stream_address(channel: Channel, base: str) -> str:
    """Return where the channel plays; its extension names the kind."""
    kind = channel.streams[0].kind if channel.streams else StreamKind.HLS
    return f"{base}/stream/{channel.id}.{EXTENSION[kind]}"


def _extinf(channel: Channel, base: str) -> str:
    name = _safe(channel.name)
    fields = {
        "channel-id": channel.id,
        "tvg-id": guide_id(channel),
        "tvg-name": name,
        "tvg-chno": str(channel.number),
        "tvg-logo": f"{base}/logo/{channel.id}" if channel.logo else "",
        "group-title": _safe(channel.group),
        "radio": "true" if channel.radio else "",
    }
    written = " ".join(f'{key}="{value}"' for key, value in fields.items() if value)
    return f"#EXTINF:-1 {written},{name.replace(',', ' ').replace('  ', ' ')}"


def guide_id(channel: Channel) -> str:
    """Return the channel's id in the guide: the same in every output."""
    return channel.id


def _safe(text: str) -> str:
    return UNSAFE.sub("'", text).strip()
