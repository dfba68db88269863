"""M3U for players.

Byte-stable: Jellyfin's idea of a channel contains its address, so that the same list under the same base
address is the same text, today and after a restart. Values lose their double quotes, names their commas'
trap (Jellyfin reads the name after the *last* comma, everybody else after the first outside quotes).

Jellyfin also takes a number that a name begins with for the channel's, and off the name: "24 Kitchen" would
be "Kitchen". A space that doesn't break looks the same to everybody and keeps it whole.
"""

import re
from collections.abc import Callable, Iterable

from contracts.channel import Channel, StreamKind

MEDIA_TYPE = "audio/x-mpegurl"
EXTENSION = {StreamKind.HLS: "m3u8", StreamKind.DASH: "mpd", StreamKind.TS: "ts"}
UNSAFE = re.compile(r'["\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]+')
"""What ends a value or a line, for one reader or another; and halves of characters."""
NUMBERED = re.compile(r"^([\d.]+) ")


def write(
    channels: Iterable[Channel],
    base: str,
    query: str = "",
    *,
    address: Callable[[Channel], str] | None = None,
    guide: str | None = None,
) -> bytes:
    """Return the list; all addresses begin with `base`, which has no slash at its end.

    `query` is `?token=…` where streams and the guide want one from a player that has nothing but its address.
    `address` and `guide` say where channels and the guide are, if they are not where they usually are.
    """
    guide = guide or f"{base}/epg.xml{query}"
    lines = [f'#EXTM3U url-tvg="{guide}" x-tvg-url="{guide}"']
    for channel in channels:
        where = address(channel) if address else f"{stream_address(channel, base)}{query}"
        lines += (_extinf(channel, base), where)
    return ("\n".join(lines) + "\n").encode()


def stream_address(channel: Channel, base: str) -> str:
    """Return where the channel plays; its extension names the kind."""
    kind = channel.streams[0].kind if channel.streams else StreamKind.HLS
    return f"{base}/stream/{channel.id}.{EXTENSION[kind]}"


def is_hls_or_ts(channel: Channel) -> bool:
    """Whether a channel can be had as HLS or MPEG-TS: tuners and panels know nothing of DASH."""
    return any(stream.kind is not StreamKind.DASH for stream in channel.streams)


def plain_name(channel: Channel) -> str:
    """Return the channel's name as it may stand behind the comma."""
    name = " ".join(safe(channel.name).replace(",", " ").split())
    return NUMBERED.sub("\\1\u00a0", name) or channel.id


def guide_id(channel: Channel) -> str:
    """Return the channel's id in the guide: the same in every output."""
    return channel.id


def safe(text: str) -> str:
    """Return what a value may hold of `text`."""
    return UNSAFE.sub("'", text).strip()


def _extinf(channel: Channel, base: str) -> str:
    fields = {
        "channel-id": channel.id,
        "tvg-id": guide_id(channel),
        "tvg-name": safe(channel.name),
        "tvg-chno": str(channel.number),
        "tvg-logo": f"{base}/logo/{channel.id}" if channel.logo else "",
        "group-title": safe(channel.group),
        "radio": "true" if channel.radio else "",
    }
    written = " ".join(f'{key}="{value}"' for key, value in fields.items() if value)
    return f"#EXTINF:-1 {written},{plain_name(channel)}"
