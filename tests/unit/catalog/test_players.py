"""Lists for players: read whole by strict readers, and nothing in a name breaks out of its place."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from catalog.outputs import hdhomerun, m3u, xtream
from catalog.outputs.places import BASE, LOGIN, PREFIX, QUERY, Places, harmless
from contracts.channel import Channel, Stream, StreamKind
from contracts.programme import Programme
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

HLS = Stream(source="a", address="http://secret.example/x")
DASH, TS = (HLS.model_copy(update={"kind": kind}) for kind in (StreamKind.DASH, StreamKind.TS))
NAMES = st.text(max_size=40) | st.sampled_from(
    [
        'a" tvg-id="b',
        "a\nb\r\nc",
        "x,y",
        "]]>",
        "</name>",
        "\u2028#EXTINF:-1,evil",
        "24 Kitchen",
        "\ud800",
        BASE[:5],
    ]
)
ITEM = re.compile(r'#EXTINF:-1((?: [a-z-]+="[^"]*")*),([^,]*)')
ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')


def channel(number: int, name: str = "One", group: str = "A", stream: Stream = HLS) -> Channel:
    return Channel(
        id=f"c{number}", number=number, name=name, group=group, logo="http://l.example/1", streams=(stream,)
    )


def read(text: str) -> list[tuple[dict[str, str], str, str]]:
    """Read a list as strictly as it can be: a header, then pairs of an item and an absolute address."""
    header, *lines = text.removesuffix("\n").split("\n")
    assert re.fullmatch(r'#EXTM3U url-tvg="(\S+)" x-tvg-url="\1"', header)
    assert all(line.splitlines() == [line] for line in lines)
    items = []
    for item, address in zip(lines[::2], lines[1::2], strict=True):
        match = ITEM.fullmatch(item)
        assert match, item
        assert re.fullmatch(r"https?://[!-~]+", address)
        attributes = dict(ATTRIBUTE.findall(match[1]))
        assert attributes["tvg-id"] == attributes["channel-id"]
        items.append((attributes, match[2], address))
    return items


@given(st.lists(st.tuples(NAMES, NAMES), max_size=5))
def test_any_name_leaves_a_list_whole(names: list[tuple[str, str]]) -> None:
    channels = [channel(number, name, group) for number, (name, group) in enumerate(names, 1)]
    items = read(m3u.write(channels, "http://tv.lan").decode())

    assert [int(attributes["tvg-chno"]) for attributes, _, _ in items] == [each.number for each in channels]
    assert [address for _, _, address in items] == [
        f"http://tv.lan/stream/{each.id}.m3u8" for each in channels
    ]


def test_a_number_stays_in_the_name() -> None:
    """Jellyfin takes what stands before the first space, if it is a number, for the channel's."""
    ((_, name, _),) = read(m3u.write([channel(1, "24 Kitchen HD")], "http://tv.lan").decode())

    assert name.replace("\u00a0", " ") == "24 Kitchen HD"
    assert not name.split(" ", maxsplit=1)[0].strip(" .").isdecimal()


@pytest.mark.parametrize(
    ("token", "expected"),
    [("", b"http://tv.lan|||a/b"), ("token=x%2F", b"http://tv.lan|?token=x%2F|/t/x%2F|a/b")],
)
def test_places_are_filled(token: str, expected: bytes) -> None:
    template = f"{BASE}|{QUERY}|{PREFIX}|{LOGIN}".encode()

    assert Places("http://tv.lan", token, "a/b").fill(template) == expected


@given(st.text())
def test_no_base_address_breaks_out(host: str) -> None:
    """It is a header, so anybody can say anything."""
    assert not set(harmless(f"http://{host.encode('utf-8', 'ignore').decode()}")) & set("\"'<>& \n\r\\\x00")


def test_ids_of_devices_have_the_right_sum() -> None:
    """One digit more or less is wrong."""
    made = {hdhomerun.new_device_id() for _ in range(50)}
    assert len(made) > 40
    for each in made:
        assert hdhomerun.is_device_id(each)
        wrong = f"{each[:-1]}{(int(each[-1], 16) + 1) % 16:X}"
        assert not hdhomerun.is_device_id(wrong)
    assert not any(map(hdhomerun.is_device_id, ("", "1234", "GGGGGGGG")))


def libhdhomerun(device_id: int) -> bool:
    """Judge an id as libhdhomerun does (`hdhomerun_discover_validate_device_id`), nibble by nibble."""
    table = [0xA, 0x5, 0xF, 0x6, 0x7, 0xC, 0x1, 0xB, 0x9, 0x2, 0x8, 0xD, 0x4, 0x3, 0xE, 0x0]
    checksum = 0
    for shift in (28, 20, 12, 4):
        checksum ^= table[(device_id >> shift) & 0x0F] ^ ((device_id >> (shift - 4)) & 0x0F)
    return checksum == 0


@given(st.integers(0, 0xFFFFFFFF))
def test_ids_are_judged_as_players_do(number: int) -> None:
    assert hdhomerun.is_device_id(f"{number:08X}") == libhdhomerun(number)


def test_a_tuner_lists_what_can_be_mpeg_ts() -> None:
    channels = [channel(1), channel(2, stream=DASH), channel(3, stream=TS), channel(4)]

    found = json.loads(hdhomerun.lineup(channels, "http://tv.lan", 2))
    assert found == [
        {"GuideNumber": "1", "GuideName": "One", "URL": "http://tv.lan/auto/v1"},
        {"GuideNumber": "3", "GuideName": "One", "URL": "http://tv.lan/auto/v3"},
    ]
    assert len(json.loads(hdhomerun.lineup(channels, "http://tv.lan", 0))) == 3


def test_a_tuner_says_what_it_is() -> None:
    told = json.loads(hdhomerun.discover("1012345A", "http://tv.lan/t/x", 4))
    device: Any = etree.fromstring(hdhomerun.device("1012345A", "http://tv.lan/?a=1&b"))
    names = {"u": "urn:schemas-upnp-org:device-1-0"}

    assert told.keys() >= {
        "FriendlyName",
        "Manufacturer",
        "ModelNumber",
        "FirmwareName",
        "FirmwareVersion",
        "DeviceID",
        "DeviceAuth",
        "BaseURL",
        "LineupURL",
        "TunerCount",
    }
    assert (told["LineupURL"], told["TunerCount"]) == ("http://tv.lan/t/x/lineup.json", 4)
    assert device.xpath("string(u:URLBase)", namespaces=names) == "http://tv.lan/?a=1&b"
    assert device.xpath("string(u:device/u:UDN)", namespaces=names).startswith("uuid:")
    assert json.loads(hdhomerun.lineup_status())["ScanInProgress"] == 0


NOW = datetime(2025, 9, 30, 18, 0, tzinfo=UTC)


@given(st.lists(NAMES, min_size=1, max_size=5))
def test_a_panel_says_numbers_and_strings_as_panels_do(names: list[str]) -> None:
    channels = [channel(number, name, group=name) for number, name in enumerate(names, 1)]
    streams = json.loads(xtream.streams(channels, "http://tv.lan"))
    categories = {each["category_id"] for each in json.loads(xtream.categories(channels))}

    for each in streams:
        assert isinstance(each["num"], int)
        assert isinstance(each["stream_id"], int)
        assert isinstance(each["is_adult"], str)
        assert each["category_id"] in categories
        assert each["category_ids"] == [int(each["category_id"])]
    assert [each["epg_channel_id"] for each in streams] == [each.id for each in channels]


def test_a_panel_offers_what_its_players_can_play() -> None:
    """They ask for HLS or MPEG-TS; only a list can say that a channel is something else."""
    both = channel(2, group="B").model_copy(update={"streams": (DASH, TS)})
    channels = [channel(1, group="A"), both, channel(3, group="C", stream=DASH)]
    listed = xtream.playlist(channels, "http://tv.lan", "me/x", "ts", "http://tv.lan/xmltv.php").decode()
    bare = xtream.bare_playlist(channels, "http://tv.lan", "me/x", "m3u8").decode()

    assert [each["num"] for each in json.loads(xtream.streams(channels, "http://tv.lan"))] == [1, 2]
    assert [each["category_name"] for each in json.loads(xtream.categories(channels))] == ["A", "B"]
    assert re.findall(r"/live/me/x/(.*)", listed) == ["1.ts", "2.ts", "3.mpd"]
    assert re.findall(r"/live/me/x/(.*)", bare) == ["1.m3u8", "2.m3u8", "3.mpd"]


@pytest.mark.parametrize(
    ("base", "server"),
    [
        ("http://tv.lan:3232", ("tv.lan", "3232", "443", "http")),
        ("https://tv.example", ("tv.example", "80", "443", "https")),
    ],
)
def test_a_panel_says_where_it_is(base: str, server: tuple[str, ...]) -> None:
    told = json.loads(xtream.login("me", "x", base, NOW))

    assert (
        tuple(told["server_info"][key] for key in ("url", "port", "https_port", "server_protocol")) == server
    )
    assert told["server_info"]["timestamp_now"] == int(NOW.timestamp())
    assert told["user_info"]["auth"] == 1
    assert told["user_info"]["status"] == "Active"


def test_a_panels_guide_is_base64_in_utc() -> None:
    programme = Programme(channel_id="c1", start=NOW, stop=NOW.replace(hour=19), title="Ünï", description="d")
    (found,) = json.loads(xtream.listings(channel(1), [programme], NOW, whole=True))["epg_listings"]

    assert (found["title"], found["start"], found["end"]) == (
        "w5xuw68=",
        "2025-09-30 18:00:00",
        "2025-09-30 19:00:00",
    )
    assert (found["start_timestamp"], found["now_playing"], found["channel_id"]) == ("1759255200", 1, "c1")


@given(NAMES, NAMES)
def test_a_login_stays_in_its_place(user: str, password: str) -> None:
    user, password = (text.encode("utf-8", "ignore").decode() for text in (user, password))
    places = Places("http://tv.lan", "", xtream.path_of(user, password))
    written = places.fill(xtream.playlist([channel(7)], BASE, LOGIN, "ts", f"{BASE}/xmltv.php"))
    ((_, _, address),) = read(written.decode())

    assert re.fullmatch(r"http://tv\.lan/live/[^/]*/[^/]*/7\.ts", address)
