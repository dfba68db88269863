"""The demo's channels as the gateway gives them: which there are, and under which addresses."""

import re
from dataclasses import dataclass
from typing import Any

import httpx
from demo.broadcast import FLAP_OFF_S
from demo.channels import CHANNELS, Kind

FRAMES_A_SECOND = 25
STILL_MOST_S = 3.0
KINDS = {channel.name: channel.kind for channel in CHANNELS}


@dataclass(frozen=True)
class Channel:
    """A channel. `listed` is its address in the playlist; its extension says what it comes as."""

    id: str
    kind: Kind
    listed: str

    @property
    def form(self) -> str:
        """`m3u8`, `mpd` or `ts`."""
        return self.listed.rpartition(".")[2]

    @property
    def has_picture(self) -> bool:
        return self.kind is not Kind.AUDIO_ONLY

    @property
    def still_most_s(self) -> float:
        """How long its picture may stand still in all: where a machine has no time, it does."""
        return FLAP_OFF_S if self.kind is Kind.FLAPPING else STILL_MOST_S

    @property
    def page(self) -> str:
        """Where the gateway's own page shows it."""
        return f"{self.listed.partition('/stream/')[0]}/watch/{self.id}"

    def as_form(self, form: str) -> str:
        """Return its address as something else."""
        return f"{self.listed.rpartition('.')[0]}.{form}"


def lineup(gateway: str, wanted: tuple[str, ...]) -> list[Channel]:
    """Return the channels that the playlist has: all, or those with one of the wanted ids or kinds."""
    listed = httpx.get(f"{gateway}/playlist.m3u8", timeout=20).raise_for_status().text
    addresses = re.findall(r"^http\S+$", listed, re.MULTILINE)
    known: list[dict[str, Any]] = httpx.get(f"{gateway}/api/channels", timeout=20).json()["channels"]
    kinds = {channel["id"]: KINDS[channel["name"]] for channel in known}
    channels = [Channel(named(address), kinds[named(address)], address) for address in addresses]
    return [channel for channel in channels if not wanted or {channel.id, channel.kind} & {*wanted}]


def named(address: str) -> str:
    """Return the id of the channel that plays at an address."""
    return address.rpartition("/")[2].partition(".")[0]
