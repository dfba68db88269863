"""The demo's site and list as the catalog takes them: one list, in the site's order, with every fact."""

import pytest
from catalog.merge import Memory, merge
from catalog.sources.base import SourceChannel, SourceStream
from catalog.sources.daddylive import parse_page
from catalog.sources.m3u import parse
from catalog.sources.spec import SourceSpec
from contracts.channel import Channel as Listed
from demo.channels import CHANNELS, Channel
from demo.m3u import channel_list
from demo.site import channel_page

BASE = "http://demo.example:8000"
ON_SITE = [channel for channel in CHANNELS if channel.on_site]
LIST_ONLY = [channel for channel in CHANNELS if not channel.on_site]


def from_site() -> list[SourceChannel]:
    names = parse_page(channel_page(ON_SITE, "new"), "site")
    return [
        SourceChannel(
            source="site",
            native_id=id_,
            name=name,
            streams=(SourceStream(source="site", address=f"{BASE}/stream/stream-{id_}.php"),),
        )
        for id_, name in names.items()
    ]


@pytest.fixture(scope="module")
def listed() -> dict[str, Listed]:
    """The merged list, by name."""
    spec = SourceSpec(kind="m3u", name="list", url=f"{BASE}/list.m3u")
    reading = parse(channel_list((*ON_SITE, *LIST_ONLY), BASE), spec)
    assert reading.unread == ()
    return {channel.name: channel for channel in merge([from_site(), reading.channels], Memory()).channels}


def test_the_sites_order_stays_and_nothing_is_there_twice(listed: dict[str, Listed]) -> None:
    assert list(listed) == [channel.name for channel in (*ON_SITE, *LIST_ONLY)]
    assert [channel.number for channel in listed.values()] == list(range(1, len(CHANNELS) + 1))


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.id)
def test_every_channel_has_every_fact(listed: dict[str, Listed], channel: Channel) -> None:
    found = listed[channel.name]

    assert (found.group, found.country, found.tvg_id) == (channel.group, channel.country, channel.guide_id)
    assert found.logo == f"{BASE}/logo/{channel.guide_id.removesuffix('.demo')}.png"


@pytest.mark.parametrize("channel", ON_SITE, ids=lambda channel: channel.id)
def test_the_sites_stream_comes_first_the_lists_second(listed: dict[str, Listed], channel: Channel) -> None:
    first, second = listed[channel.name].streams

    assert (first.source, second.source) == ("site", "list")
    assert second.address == f"{BASE}/live/{channel.id}/index.m3u8"


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        pytest.param(
            "Cobalt Cinema", {"Referer": f"{BASE}/embed/53.php", "Origin": BASE}, id="behind a pipe"
        ),
        pytest.param("Nightfall Movies", {"Referer": f"{BASE}/embed/54.php"}, id="in a line for VLC"),
        pytest.param("Aurora One", {}, id="none"),
    ],
)
def test_the_list_gives_the_headers_that_keys_ask_for(
    listed: dict[str, Listed], name: str, headers: dict[str, str]
) -> None:
    assert listed[name].streams[1].headers == headers


def test_groups_begin_with_what_most_people_look_for(listed: dict[str, Listed]) -> None:
    groups = list(dict.fromkeys(channel.group for channel in listed.values()))

    assert groups[:4] == ["News", "Sports", "Movies", "Kids"]
