"""The M3U list (pure): all channels, with the oddities that lists have.

First come those of the site, with what its pages don't say: logo, group, country, id in the guide, and the
address of the playlist itself. Where a key asks for headers the address brings them, in either of the two
ways that lists know: behind a pipe, or in a line for VLC. Then come those that only the list has: a name
with commas, one with double quotes (which no attribute can hold), and a channel that is there three times
since it has three streams, of which the first is dead and the last is a spare.
"""

from collections.abc import Iterable, Iterator, Sequence

from demo.channels import Channel, Kind


def channel_list(channels: Sequence[Channel], base: str) -> str:
    """Return the list; all addresses are absolute, under `base`."""
    lines = [f'#EXTM3U url-tvg="{base}/guide.xml" x-tvg-url="{base}/guide.xml"']
    for channel in channels:
        for path in _paths(channel):
            lines += _item(channel, f"{base}/live/{channel.id}/{path}", base)
    return "\n".join(lines) + "\n"


def _item(channel: Channel, address: str, base: str) -> Iterator[str]:
    player = f"{base}/embed/{channel.id}.php"
    yield _extinf(channel, base)
    if channel.kind is Kind.AES_IMPLICIT:
        yield f"#EXTVLCOPT:http-referrer={player}"
    yield f"{address}|Referer={player}&Origin={base}" if channel.kind is Kind.AES_EXPLICIT else address


def _extinf(channel: Channel, base: str) -> str:
    attributes = {
        "tvg-id": channel.guide_id,
        "tvg-name": channel.name.replace('"', "'"),
        "tvg-logo": f"{base}/logo/{channel.guide_id.removesuffix('.demo')}.png",
        "tvg-country": channel.country,
        "group-title": channel.group,
        "radio": "true" if channel.kind is Kind.AUDIO_ONLY else "",
    }
    told = " ".join(f'{name}="{value}"' for name, value in attributes.items() if value)
    return f"#EXTINF:-1 {told},{channel.name}"


def _paths(channel: Channel) -> Iterable[str]:
    """Return a channel's streams, under its own address."""
    if channel.kind is Kind.DASH:
        return ["manifest.mpd"]
    if channel.kind is Kind.TRANSPORT:
        return ["stream.ts"]
    if channel.kind is Kind.DEAD_FIRST:
        return ["gone.m3u8", "index.m3u8", "spare.m3u8"]
    return ["index.m3u8"]
