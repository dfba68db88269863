"""HDHomeRun: the gateway as a tuner on the network, for Plex, Emby, Jellyfin and Channels.

Plex takes nothing but a continuous MPEG-TS from a tuner, so every channel is at `/auto/v{number}`, and those
that are DASH, which can't be that, are not listed. It takes about 480 channels.

A device's id is eight hexadecimal digits of which the last makes the sum right (libhdhomerun checks it).
"""

import secrets
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

import orjson
from contracts.channel import Channel

from catalog.outputs.m3u import is_hls_or_ts, safe

NAME = "StepDaddyLiveHD"
MODEL = "HDHR4-2US"
FIRMWARE, FIRMWARE_VERSION = "hdhomerun4_atsc", "20190621"
"""Of a tuner that sends everything as it is: of one that transcodes, players would ask for that."""
SUMS = (0xA, 0x5, 0xF, 0x6, 0x7, 0xC, 0x1, 0xB, 0x9, 0x2, 0x8, 0xD, 0x4, 0x3, 0xE, 0x0)


def is_device_id(text: str) -> bool:
    """Whether it is eight hexadecimal digits with the right sum."""
    try:
        digits = [int(letter, 16) for letter in text]
    except ValueError:
        return False
    return len(digits) == 8 and not _sum(digits)


def new_device_id() -> str:
    """Return an id that nobody has. The first digits are those of real devices."""
    digits = [1, 0, *(secrets.randbelow(16) for _ in range(5))]
    return "".join(f"{digit:X}" for digit in (*digits, _sum([*digits, 0])))


def _sum(digits: list[int]) -> int:
    """Return what the digits come to: every second one counts by the table."""
    total = 0
    for place, digit in enumerate(digits):
        total ^= digit if place % 2 else SUMS[digit]
    return total


def discover(device_id: str, base: str, tuners: int, query: str = "") -> bytes:
    """Return `discover.json`. `query` narrows the lineup."""
    return orjson.dumps(
        {
            "FriendlyName": NAME,
            "Manufacturer": NAME,
            "ModelNumber": MODEL,
            "FirmwareName": FIRMWARE,
            "FirmwareVersion": FIRMWARE_VERSION,
            "DeviceID": device_id,
            "DeviceAuth": NAME,
            "BaseURL": base,
            "LineupURL": f"{base}/lineup.json{query}",
            "TunerCount": tuners,
        }
    )


def lineup(channels: Iterable[Channel], base: str, most: int) -> bytes:
    """Return `lineup.json`: the first `most` channels that can be played as MPEG-TS; 0 is all."""
    playable = [channel for channel in channels if is_hls_or_ts(channel)]
    return orjson.dumps([_entry(channel, base) for channel in playable[: most or None]])


def lineup_status() -> bytes:
    """Return `lineup_status.json`: nothing is being looked for, and all has been found."""
    status: dict[str, Any] = {
        "ScanInProgress": 0,
        "ScanPossible": 1,
        "Source": "Cable",
        "SourceList": ["Cable"],
    }
    return orjson.dumps(status)


def device(device_id: str, base: str) -> bytes:
    """Return `device.xml`, the root of UPnP."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<root xmlns="urn:schemas-upnp-org:device-1-0">
<specVersion><major>1</major><minor>0</minor></specVersion>
<URLBase>{escape(base)}</URLBase>
<device>
<deviceType>urn:schemas-upnp-org:device:MediaServer:1</deviceType>
<friendlyName>{NAME}</friendlyName>
<manufacturer>{NAME}</manufacturer>
<modelName>{MODEL}</modelName>
<modelNumber>{MODEL}</modelNumber>
<serialNumber>{device_id}</serialNumber>
<UDN>{udn(device_id)}</UDN>
</device>
</root>
""".encode()


def udn(device_id: str) -> str:
    """Return the device's name in UPnP."""
    return f"uuid:2f70c0d7-90a3-4429-8275-{device_id.lower():0>12}"


def _entry(channel: Channel, base: str) -> dict[str, str]:
    return {
        "GuideNumber": str(channel.number),
        "GuideName": safe(channel.name) or channel.id,
        "URL": f"{base}/auto/v{channel.number}",
    }
