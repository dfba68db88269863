"""A playlist is the same whichever node reads it."""

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, cast

import pytest
from contracts.channel import Stream
from streamer.reader import MANIFEST, Reader
from streamer.resolve import Located
from streamer.shelf import Copy, Place
from streamer.tickets import Tickets
from support.origin import media_playlist

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from streamer.upstream import Upstream

PLACE, DASH = Place("a", 0), Place("a", 0, MANIFEST)
LOCATED = Located(Stream(source="s", address="http://s.example/l.m3u8"), "http://s.example/l.m3u8")


@dataclass
class FakeAnswer:
    """A list whose addresses are signed anew each time."""

    said: str
    address: str
    host: str = "s.example"

    async def text(self) -> str:
        return self.said


@dataclass
class FakeUpstream:
    """A live source: each read brings one segment more."""

    said: str = ""
    """What it says instead."""
    _reads: "count[int]" = field(default_factory=count)

    @asynccontextmanager
    async def _answer(self, address: str) -> "AsyncIterator[FakeAnswer]":
        number = next(self._reads)
        yield FakeAnswer(self.said or media_playlist(number, query=f"?sig={number}").decode(), address)

    async def open(self, stream: Stream, address: str) -> object:
        del stream
        return self._answer(address)


def reader(upstream: FakeUpstream) -> Reader:
    async def located(_: Place) -> Located:
        return LOCATED

    tickets = Tickets("secret")
    return Reader(cast("Upstream", upstream), tickets, located, located, proxy_content=True)


def addresses(copy: Copy) -> dict[int, str]:
    """Return the segments' addresses by number."""
    found = re.findall(r"^/.*$", copy.content.decode(), re.MULTILINE)
    return dict(enumerate(found, copy.sequence))


async def test_a_segment_keeps_its_address_though_nodes_read_in_turn() -> None:
    """A node that reads again goes by the list that another one made meanwhile, not by its own last one."""
    upstream = FakeUpstream()
    nodes = [reader(upstream), reader(upstream)]
    copy: Copy | None = None
    seen: dict[int, str] = {}
    for turn in range(6):
        copy = await nodes[turn % 2].read(PLACE, 0, "", copy, "")
        assert all(seen.setdefault(number, given) == given for number, given in addresses(copy).items())
    assert len(seen) == 8


LIST, MPD = "#EXTM3U\n#EXT-X-TARGETDURATION:{}\n#EXTINF:1,\na.ts\n", '<MPD type="dynamic" {}></MPD>'


@pytest.mark.parametrize(
    ("place", "said", "target_s"),
    [
        (PLACE, LIST.format(0), 1.0),
        (PLACE, LIST.format(100_000), 60.0),
        (PLACE, LIST.format(4), 4.0),
        (DASH, MPD.format('minimumUpdatePeriod="PT0S"'), 1.0),
        (DASH, MPD.format('minimumUpdatePeriod="PT5S"'), 5.0),
    ],
    ids=["a list of 0 s", "a list of a day", "a list", "a manifest at any time", "a manifest"],
)
async def test_a_pace_is_believed_within_reason(place: Place, said: str, target_s: float) -> None:
    """Sources are asked by it, leases are held by it, and what nobody watches is kept by it."""
    copy = await reader(FakeUpstream(said)).read(place, 0, "", None, "")
    assert copy.target_s == target_s
