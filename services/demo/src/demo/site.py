"""The pages of a DaddyLive-shaped site (pure): channel lists, stream pages, player pages.

Shapes and quirks are those that sites of this family have: names escaped, one card there twice, the player
behind an iframe (for some behind two), the playlist's address absolute or relative, in an element or in a
script.
"""

import html
import json
from collections.abc import Sequence

from demo.channels import Channel, Kind

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
{body}
</body>
</html>
"""


def daddy_json(channels: Sequence[Channel]) -> str:
    """Return the channel list as JSON: ids are strings, names are not escaped."""
    return json.dumps([{"channel_id": channel.id, "channel_name": channel.name} for channel in channels])


def channel_page(channels: Sequence[Channel], shape: str) -> str:
    """Return the 24/7 page, in the `new` or the `old` shape. The first card is there twice."""
    cards = [*channels, *channels[:1]]
    return _old_page(cards) if shape == "old" else _new_page(cards)


def _old_page(channels: Sequence[Channel]) -> str:
    items = "\n".join(
        f'<div class="grid-item"><a href="/stream/stream-{channel.id}.php" target="_blank" rel="noopener">'
        f'<span style="color: #fff;"><strong>{html.escape(channel.name)}</strong></span></a></div>'
        for channel in channels
    )
    body = (
        '<center><h1 style="color: #fff;">24/7 Channels</h1></center>\n'
        f'<div id="tab-1" class="grid-container">\n{items}\n</div>\n'
        '<div id="tab-2"><div class="grid-item"><a href="/about.php"><strong>About</strong></a></div></div>'
    )
    return _PAGE.format(title="24/7 Channels", body=body)


def _new_page(channels: Sequence[Channel]) -> str:
    cards = "\n".join(
        f'<a class="card" href="/watch.php?id={channel.id}" data-title="{html.escape(channel.name.lower())}" '
        f'data-first="{html.escape(channel.name[0].upper())}">'
        f'<div class="card__title">{html.escape(channel.name)}</div>'
        f'<div class="card__meta">ID: {channel.id}</div></a>'
        for channel in channels
    )
    return _PAGE.format(
        title="24/7 Channels", body=f'<h1>24/7 Channels</h1>\n<div class="grid">\n{cards}\n</div>'
    )


def stream_page(channel: Channel) -> str:
    """Return the page that embeds the player."""
    body = (
        f"<h1>{html.escape(channel.name)}</h1>\n"
        f'<iframe src="/embed/{channel.id}.php" width="100%" height="100%" allowfullscreen '
        'scrolling="no" frameborder="0" allow="encrypted-media"></iframe>'
    )
    return _PAGE.format(title=html.escape(channel.name), body=body)


def has_inner_player(channel: Channel) -> bool:
    """Whether the player is behind a second iframe."""
    return channel.kind in (Kind.AES_IMPLICIT, Kind.MANY_HOSTS)


def outer_player_page(channel: Channel) -> str:
    """Return a player page that only embeds another."""
    body = f"<iframe src='inner/{channel.id}.php' width='100%' height='100%'></iframe>"
    return _PAGE.format(title="Player", body=body)


def player_page(channel: Channel, base: str) -> str:
    """Return the page that names the playlist, in the way that this kind of channel has it."""
    path = f"/live/{channel.id}/index.m3u8"
    source = f'<source src="{base}{path}" type="application/x-mpegURL">'
    script = "<script>\n%s\n</script>"
    ways = {
        Kind.PLAIN: f"<video controls autoplay>{source}</video>",
        Kind.MULTIVARIANT: f'<video id="player" src="{path}" controls></video>',
        Kind.DISGUISED: script % f"const player = new Player({{source: '{path}', parentId: '#player'}});",
        Kind.AUDIO_ONLY: f'<audio controls><source src="{path}"></audio>',
    }
    usual = script % f'var source = "{base}{path}";\nplayer.load(source);'
    return _PAGE.format(title="Player", body=ways.get(channel.kind, usual))
