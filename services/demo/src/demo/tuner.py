"""A tuner of the HDHomeRun kind (pure): what it is, and its line-up.

Two of its channels are under DRM, as two of a real line-up often are: they are listed, and never play.
"""

import json
from collections.abc import Sequence
from typing import Any

from demo.channels import Channel

DEVICE_ID = "10D3A0FF"
TUNERS = 2
_FIRST = 2
_LOCKED = (
    {"GuideNumber": "90.1", "GuideName": "Vault", "DRM": 1},
    {"GuideNumber": "90.2", "GuideName": "Vault Two", "DRM": 1},
)


def discover(base: str) -> str:
    """Return the tuner's description."""
    return json.dumps(
        {
            "FriendlyName": "Demo Tuner",
            "ModelNumber": "HDTC-2US",
            "FirmwareName": "hdhomeruntc_atsc",
            "FirmwareVersion": "20200101",
            "DeviceID": DEVICE_ID,
            "DeviceAuth": "demo",
            "BaseURL": base,
            "LineupURL": f"{base}/lineup.json",
            "TunerCount": TUNERS,
        }
    )


def lineup(channels: Sequence[Channel], base: str) -> str:
    """Return the line-up: broadcast numbers, with a sub-channel here and there."""
    listed: list[dict[str, Any]] = [
        {
            "GuideNumber": number(index),
            "GuideName": channel.name,
            "HD": 1,
            "URL": f"{base}/auto/v{number(index)}",
        }
        for index, channel in enumerate(channels)
    ]
    locked = [{**item, "URL": f"{base}/auto/v{item['GuideNumber']}"} for item in _LOCKED]
    return json.dumps([*listed, *locked])


def number(index: int) -> str:
    """Return the number of the line-up's `index`-th channel: every third is a sub-channel."""
    return f"{_FIRST + index}.1" if index % 3 == 2 else str(_FIRST + index)
