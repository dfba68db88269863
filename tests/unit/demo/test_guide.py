"""Guide and list, at given times."""

import re
from datetime import datetime
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from demo.channels import CHANNELS, Channel, extra_channels
from demo.guide import guide
from demo.m3u import channel_list
from demo.site import channel_page, daddy_json

NOW = 1_790_000_000.0


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.id)
def test_two_days_without_a_hole(channel: Channel) -> None:
    tree = ET.fromstring(guide(CHANNELS, NOW, "http://h"))  # noqa: S314
    ours = tree.findall(f"programme[@channel='{channel.guide_id}']")

    times = [
        [datetime.strptime(p.get(name, ""), "%Y%m%d%H%M%S %z") for name in ("start", "stop")] for p in ours
    ]

    assert all(stop == start for (_, stop), (start, _) in pairwise(times))
    assert times[0][0].timestamp() <= NOW
    assert times[-1][1].timestamp() >= NOW + 48 * 3600


def test_the_lists_ids_are_the_guides() -> None:
    tree = ET.fromstring(guide(CHANNELS, NOW, "http://h"))  # noqa: S314
    known = {channel.get("id") for channel in tree.findall("channel")}

    ids = re.findall(r'tvg-id="([^"]*)"', channel_list(CHANNELS, "http://h"))

    assert set(ids) == known
    assert len(known) == len(CHANNELS)


def test_a_channel_with_a_dead_stream_is_listed_with_all_of_them() -> None:
    text = channel_list(CHANNELS, "http://h")

    assert text.count('tvg-id="second-wind.demo"') == 3
    assert re.findall(r"second-wind/(\w+)\.m3u8", text) == ["gone", "index", "spare"]


def test_no_attribute_holds_a_double_quote() -> None:
    quiet = next(line for line in channel_list(CHANNELS, "http://h").splitlines() if "Quiet" in line)

    assert quiet.endswith(',The "Quiet" Channel')
    assert re.fullmatch(r'#EXTINF:-1( [\w-]+="[^"]*")+,The "Quiet" Channel', quiet)


@pytest.mark.parametrize(
    ("shape", "card"),
    [
        pytest.param(
            "new", r'<a class="card" href="/watch.php\?id=57" data-title="tide &amp; timber"', id="new"
        ),
        pytest.param("old", r'<a href="/stream/stream-57.php".*<strong>Tide &amp; Timber</strong>', id="old"),
    ],
)
def test_the_page_has_its_shape(shape: str, card: str) -> None:
    assert re.search(card, channel_page(CHANNELS[:10], shape))


def test_more_names_replay_what_there_is() -> None:
    more = extra_channels(1000)

    assert len({channel.id for channel in more}) == 1000
    assert {channel.reel_id for channel in more} <= {channel.id for channel in CHANNELS}
    assert '"channel_id": "2000"' in daddy_json(more)


def test_ids_in_the_guide_are_distinct() -> None:
    channels = (*CHANNELS, *extra_channels(50))

    assert len({channel.guide_id for channel in channels}) == len(channels)
