"""The M3U list (pure): the channels that are not on the site, with the oddities that lists have.

A name with commas, one with double quotes (which no attribute can hold), and a channel that is there twice
since it has two streams, of which the first is dead.
"""

from collections.abc import Iterable, Sequence

from demo.channels import Channel, Kind


def channel_list(channels: Sequence[Channel], base: str) -> str:
    """Return the list; all addresses are absolute, under `base`."""
    lines = [f'#EXTM3U url-tvg="{base}/guide.xml" x-tvg-url="{base}/guide.xml"']
    for channel in channels:
        for path in _paths(channel):
            lines += [_item(channel, base), f"{base}/live/{channel.id}/{path}"]
    return "\n".join(lines) + "\n"


def _item(channel: Channel, base: str) -> str:
    logo = f"{base}/logo/{channel.guide_id.removesuffix('.demo')}.png"
    attributes = {
        "tvg-id": channel.guide_id,
        "tvg-name": channel.name.replace('"', "'"),
        "tvg-logo": logo,
        "tvg-country": channel.country,
        "group-title": channel.group,
    }
    told = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return f"#EXTINF:-1 {told},{channel.name}"


def _paths(channel: Channel) -> Iterable[str]:
    """Return a channel's streams, under its own address."""
    if channel.kind is Kind.DASH:
        return ["manifest.mpd"]
    if channel.kind is Kind.TRANSPORT:
        return ["stream.ts"]
    if channel.kind is Kind.DEAD_FIRST:
        return ["gone.m3u8", "index.m3u8"]
    return ["index.m3u8"]
