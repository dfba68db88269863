"""An HDHomeRun tuner, or what says that it is one: `discover.json`, and the line-up that it names.

Its channels are endless MPEG-TS, one tuner each while they are watched. Those under DRM are passed over and
reported: nothing that we may do opens them.
"""

from typing import Any
from urllib.parse import urljoin

from contracts.channel import StreamKind

from catalog.sources.base import (
    UNREAD_KEPT,
    Expectation,
    Reading,
    SourceChannel,
    expect,
    json_of,
    regrouped,
    stream_of,
)
from catalog.sources.fetch import Fetcher
from catalog.sources.m3u import KINDS
from catalog.sources.spec import SourceSpec

DISCOVER_PATH = "/discover.json"
LINEUP_PATH = "/lineup.json"
MOST_TUNERS = 64
EXPECTED_OF_DEVICE = (
    Expectation(
        "a tuner's description with DeviceID or LineupURL",
        lambda content: isinstance(content, dict) and bool({"DeviceID", "LineupURL"} & content.keys()),
    ),
)
EXPECTED_OF_LINEUP = (
    Expectation("a line-up: a list of channels", lambda content: isinstance(content, list)),
    Expectation("channels in the line-up: has the tuner been set up?", bool),
    Expectation(
        "channels with GuideNumber and URL",
        lambda items: any(isinstance(item, dict) and {"GuideNumber", "URL"} <= item.keys() for item in items),
    ),
)


class HDHomeRun:
    """A tuner, fetched."""

    def __init__(self, spec: SourceSpec, fetcher: Fetcher) -> None:
        self._spec = spec
        self._fetcher = fetcher

    async def channels(self) -> Reading:
        """Read what the tuner is, then its line-up."""
        name, base = self._spec.name, self._spec.url.removesuffix(DISCOVER_PATH)
        found = await self._fetcher.get(base + DISCOVER_PATH)
        device = json_of(name, found.text, f"JSON at {DISCOVER_PATH}")
        expect(name, device, EXPECTED_OF_DEVICE)
        address = _address(found.address, str(device.get("LineupURL") or "")) or base + LINEUP_PATH
        page = await self._fetcher.get(address, inside=found.inside)
        content = json_of(name, page.text, f"JSON at {LINEUP_PATH}")
        inside = found.inside and page.inside
        return parse(content, self._spec, tuners=tuners_of(device), base=page.address, private=inside)


def tuners_of(device: dict[str, Any]) -> int | None:
    """Return how many channels it can tune to at a time, where it says that."""
    count = device.get("TunerCount")
    return count if isinstance(count, int) and 0 < count <= MOST_TUNERS else None


def parse(
    content: Any, spec: SourceSpec, *, tuners: int | None = None, base: str = "", private: bool = False
) -> Reading:
    """Return the line-up's channels.

    Raises
    ------
    SourceUnreadable
        If it is none.
    """
    expect(spec.name, content, EXPECTED_OF_LINEUP)
    if spec.max_connections is None:
        spec = spec.model_copy(update={"max_connections": tuners})
    channels, unread = [], list[str]()
    for item in content:
        found = _channel(item, spec, base, private=private)
        if isinstance(found, str):
            unread.append(found)
        else:
            channels.append(found)
    return Reading(channels=regrouped(channels, spec), unread=tuple(unread[:UNREAD_KEPT]))


def _channel(item: Any, spec: SourceSpec, base: str, *, private: bool) -> SourceChannel | str:
    """Return a channel, or why it is none."""
    if not isinstance(item, dict):
        return "an entry that is no object"
    number, name = str(item.get("GuideNumber") or "").strip(), str(item.get("GuideName") or "").strip()
    label = (name or number or "a channel")[:80]
    if str(item.get("DRM") or "0") not in ("0", "False", "false"):
        return f"{label}: it is under DRM"
    address = _address(base, str(item.get("URL") or "").strip())
    if not number or not address:
        return f"{label}: no GuideNumber, or no URL that is http"
    kind = KINDS.get(address.partition("?")[0].rpartition(".")[2].lower(), StreamKind.TS)
    return SourceChannel(
        source=spec.name,
        native_id=number,
        name=name or f"Channel {number}",
        number=int(number) if number.isascii() and number.isdigit() and 0 < len(number) < 7 else None,
        streams=(stream_of(spec, address, kind, private=private),),
    )


def _address(base: str, told: str) -> str | None:
    try:
        address = urljoin(base, told) if told else ""
    except ValueError:
        return None
    return address if address.startswith(("http://", "https://")) else None
