"""Addresses that a site binds to whoever asked for them, on nodes that reach it by different ways."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from contracts.channel import Locator
from support.gateway import Gateway
from support.origin import media_playlist
from support.viewer import segments_of

PAGE = b'<script>player.load({file: "/hls/a.m3u8?t=1"})</script>'


@pytest.fixture
def gateway(redis_url: str, nats_url: str) -> Iterator[Gateway]:
    with ExitStack() as stack:
        yield Gateway(stack, redis_url, nats_url)


def fetched(node: httpx.Client) -> float:
    """Return how many bodies a node has fetched from sources."""
    lines = node.get("/metrics").text.splitlines()
    return next(
        float(line.split()[1]) for line in lines if line.startswith("iptv_streamer_fetched_bodies_total ")
    )


@pytest.mark.parametrize(
    ("locator", "path", "ways"),
    [(Locator.PAGE, "/page", (1, 0)), (Locator.DIRECT, "/hls/a.m3u8", (0, 1))],
    ids=["read off a page", "in the list"],
)
def test_who_found_a_stream_fetches_its_segments_for_those_with_another_way_out(
    gateway: Gateway, locator: Locator, path: str, ways: tuple[int, int]
) -> None:
    """A viewer comes for the playlist to one node and for the segment to another."""
    gateway.origin.bodies = {"/page": PAGE, "/hls/a.m3u8": media_playlist(1), "/hls/seg-1.ts": b"one" * 999}
    gateway.add("a", path, locator=locator)
    here = gateway.node(node_name="here", egress="here")
    there = gateway.node(node_name="there", egress="there")
    segment = segments_of(here.get("/stream/a.m3u8").text)[0]
    assert there.get(segment).content == b"one" * 999
    assert (fetched(here), fetched(there)) == ways


def test_where_nobody_with_that_way_is_left_a_node_tries_for_itself(gateway: Gateway) -> None:
    """Better than nothing: not every site binds."""
    gateway.origin.bodies = {"/page": PAGE, "/hls/a.m3u8": media_playlist(1), "/hls/seg-1.ts": b"one" * 999}
    gateway.add("a", "/page", locator=Locator.PAGE)
    with ExitStack() as leaving:
        here = gateway.serve(node_name="here", egress="here")
        segment = segments_of(gateway.client(here).get("/stream/a.m3u8").text)[0]
        leaving.callback(here.stop)
    there = gateway.node(node_name="there", egress="there")
    assert there.get(segment).content == b"one" * 999
    assert fetched(there) == 1


def test_without_different_ways_out_an_address_says_nothing_of_them(gateway: Gateway) -> None:
    """So that nodes of different versions open each other's tickets while they are exchanged."""
    gateway.origin.bodies = {"/page": PAGE, "/hls/a.m3u8": media_playlist(1)}
    gateway.add("a", "/page", locator=Locator.PAGE)
    first, second = (gateway.node(node_name=name).get("/stream/a.m3u8").text for name in ("one", "two"))
    assert first == second
