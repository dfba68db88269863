"""An Xtream panel (pure): the account, the categories and the streams, as loosely typed as panels are.

The login is `demo` / `demo`. Categories are numbered in the order in which the channels name them; the last
one isn't listed, and one entry is a heading, without an id, as providers put them between their groups.
"""

import json
from collections.abc import Sequence
from typing import Any

from demo.channels import Channel

USER, PASSWORD = "demo", "demo"
NOBODY = {"user_info": {"auth": 0}}
_HEADING = {"num": 900, "name": "##### MORE TO COME #####", "stream_type": "live", "stream_id": None}


def answer(channels: Sequence[Channel], action: str, base: str, now: float) -> str:
    """Return what `player_api.php` says to who is let in."""
    match action:
        case "get_live_categories":
            return json.dumps(_categories(channels))
        case "get_live_streams":
            return json.dumps([*_streams(channels, base), _HEADING])
        case "":
            return json.dumps(_account(base, now))
        case _:
            return "[]"


def _account(base: str, now: float) -> dict[str, Any]:
    scheme, _, place = base.partition("://")
    host, _, port = place.rpartition(":")
    user = {
        "username": USER,
        "password": PASSWORD,
        "auth": 1,
        "status": "Active",
        "exp_date": None,
        "is_trial": "0",
        "active_cons": "0",
        "max_connections": "3",
        "allowed_output_formats": ["m3u8", "ts"],
    }
    server = {"url": host, "port": port, "server_protocol": scheme, "timezone": "UTC"}
    return {"user_info": user, "server_info": {**server, "timestamp_now": int(now)}}


def _groups(channels: Sequence[Channel]) -> list[str]:
    return list(dict.fromkeys(channel.group for channel in channels))


def _categories(channels: Sequence[Channel]) -> list[dict[str, Any]]:
    groups = _groups(channels)[:-1] or _groups(channels)
    return [
        {"category_id": str(number), "category_name": group, "parent_id": 0}
        for number, group in enumerate(groups, 1)
    ]


def _streams(channels: Sequence[Channel], base: str) -> list[dict[str, Any]]:
    groups = _groups(channels)
    return [
        {
            "num": number,
            "name": channel.name,
            "stream_type": "live",
            "stream_id": int(channel.id),
            "stream_icon": f"{base}/logo/{channel.id}.png",
            "epg_channel_id": channel.guide_id,
            "category_id": str(groups.index(channel.group) + 1),
            "is_adult": "0",
            "direct_source": "",
        }
        for number, channel in enumerate(channels, 1)
    ]
