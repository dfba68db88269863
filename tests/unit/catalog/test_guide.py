"""A guide has one programme at every moment, and players can read it, whatever names contain."""

import gzip
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from catalog.guide import AHEAD, BEHIND, Listings, Window, programmes
from catalog.outputs import m3u, xmltv
from contracts.channel import Channel
from contracts.event import Event, EventChannel
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from support.servers import repository

NOW = datetime(2025, 9, 30, 17, 10, tzinfo=UTC)
WINDOW = Window.around(NOW)
ONE = Channel(id="one", number=1, name="One & Only", logo="http://l.example/1.png")
TWO = Channel(id="two", number=2, name="Two", group="B")


def unguided(*events: Event) -> Listings:
    """Return what is on where there is no guide."""
    return Listings(lambda _: (), events)


def event(title: str, starts: str, ends: str, *on: str, category: str = "Soccer") -> Event:
    day = NOW.replace(hour=0, minute=0)
    start, end = (day + timedelta(hours=int(clock[:2]), minutes=int(clock[3:])) for clock in (starts, ends))
    channels = tuple(EventChannel(id=id_, name=id_.title()) for id_ in on)
    return Event(
        id=title,
        title=title,
        category=category,
        league="Cup",
        starts_at=start,
        ends_at=end,
        channels=channels,
    )


def read(document: bytes) -> Any:
    """Parse the guide and hold it against the format's DTD."""
    tree = etree.fromstring(document)
    order = etree.DTD(str(repository() / "tests/data/xmltv.dtd"))
    assert order.validate(tree), str(order.error_log)
    return tree


def shown(*events: Event, channel: Channel = ONE) -> list[tuple[str, str, str]]:
    """Return a channel's programmes between 16 and 22 o'clock."""
    return [
        (f"{each.start:%H:%M}", f"{each.stop:%H:%M}", each.title)
        for each in programmes([channel], unguided(*events), WINDOW)
        if each.stop > NOW.replace(hour=16, minute=0) and each.start < NOW.replace(hour=22, minute=0)
    ]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param(
            [],
            [
                ("16:00", "18:00", "One & Only"),
                ("18:00", "20:00", "One & Only"),
                ("20:00", "22:00", "One & Only"),
            ],
            id="nothing",
        ),
        pytest.param(
            [event("A vs B", "18:45", "20:45", "one")],
            [
                ("16:00", "18:00", "One & Only"),
                ("18:00", "18:45", "One & Only"),
                ("18:45", "20:45", "A vs B"),
                ("20:45", "22:00", "One & Only"),
            ],
            id="an event between two gaps",
        ),
        pytest.param(
            [event("Golf", "16:00", "22:00", "one"), event("A vs B", "18:00", "20:00", "one")],
            [("16:00", "18:00", "Golf"), ("18:00", "20:00", "A vs B"), ("20:00", "22:00", "Golf")],
            id="a short one within a long one",
        ),
        pytest.param(
            [event("A vs B", "16:00", "19:00", "one"), event("C vs D", "18:00", "22:00", "one")],
            [("16:00", "18:00", "A vs B"), ("18:00", "22:00", "C vs D")],
            id="the next begins before the end",
        ),
        pytest.param(
            [event("A vs B", "16:00", "20:00", "one"), event("C vs D", "16:00", "22:00", "one")],
            [("16:00", "22:00", "A vs B / C vs D")],
            id="two at once",
        ),
    ],
)
def test_one_thing_is_on_at_a_time(events: list[Event], expected: list[tuple[str, str, str]]) -> None:
    assert shown(*events) == expected


EVENTS = st.lists(
    st.tuples(st.integers(min_value=-600, max_value=3000), st.integers(min_value=-5, max_value=900)),
    max_size=8,
)


@given(EVENTS)
def test_there_is_neither_a_hole_nor_an_overlap(times: list[tuple[int, int]]) -> None:
    """Whatever the schedule says, the window is covered, and no programme is empty."""
    events = [
        Event(
            id=str(place),
            title=f"Event {place}",
            category="Soccer",
            starts_at=NOW + timedelta(minutes=start),
            ends_at=NOW + timedelta(minutes=start + lasts),
            channels=(EventChannel(id="one", name="One"),),
        )
        for place, (start, lasts) in enumerate(times)
    ]
    found = list(programmes([ONE], unguided(*events), WINDOW))
    in_window = [each for each in found if each.start <= WINDOW.stops_at]

    assert all(each.start < each.stop for each in found)
    assert all(one.stop <= other.start for one, other in pairwise(found))
    assert all(one.stop == other.start for one, other in pairwise(in_window))
    assert found[0].start <= NOW - BEHIND
    assert max(each.stop for each in in_window) >= NOW + AHEAD


def test_the_guide_is_what_players_expect() -> None:
    listings = unguided(event("A < B", "18:45", "20:45", "two"))
    document = xmltv.write([ONE, TWO], programmes([ONE, TWO], listings, WINDOW), "http://tv.lan")
    tree = read(document)
    (match,) = tree.xpath("programme[category]")

    assert b"<!DOCTYPE" not in document
    assert [channel.findtext("display-name") for channel in tree.findall("channel")] == ["One & Only", "Two"]
    assert tree.xpath("string(channel[@id='one']/icon/@src)") == "http://tv.lan/logo/one"
    assert tree.xpath("count(channel[@id='two']/icon)") == 0
    assert dict(match.attrib) == {
        "start": "20250930184500 +0000",
        "stop": "20250930204500 +0000",
        "channel": "two",
    }
    assert [(child.tag, child.text) for child in match] == [
        ("title", "A < B"),
        ("desc", "Soccer, Cup. On Two."),
        ("category", "Soccer"),
    ]


def test_channels_are_called_as_in_the_playlist() -> None:
    listed = m3u.write([ONE, TWO], "http://tv.lan").decode()
    tree = read(xmltv.write([ONE, TWO], (), "http://tv.lan"))

    for channel in tree.findall("channel"):
        assert f'tvg-id="{channel.get("id")}"' in listed


@given(st.text(), st.text(), st.text())
def test_any_name_can_be_read_again(name: str, title: str, category: str) -> None:
    """Control characters and halves of surrogates are left out; all else comes back."""
    channel = Channel(id="one", number=1, name=name)
    events = [event(title, "18:45", "20:45", "one", category=category)]
    tree = read(xmltv.write([channel], programmes([channel], unguided(*events), WINDOW), "http://tv.lan"))

    assert tree.findtext("channel/display-name") == (xmltv.text(name) or "one")
    assert tree.xpath("string(programme[desc]/title)") == (xmltv.text(title) or "one")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a\x00b\x1fc", "abc"),
        ("two\nlines\tand  more ", "two lines and more"),
        ("\ud800half", "half"),
        ("Télé 中文 🏆", "Télé 中文 🏆"),
        ("\x85\ufffe", ""),
    ],
)
def test_text_is_what_xml_can_hold(value: str, expected: str) -> None:
    assert xmltv.text(value) == expected


def test_a_packed_guide_is_the_same_bytes_each_time() -> None:
    listed = [*programmes([ONE], unguided(), WINDOW)]
    packed, again = (xmltv.write_packed([ONE], listed, "http://tv.lan") for _ in range(2))

    assert packed == again
    assert packed[4:8] == bytes(4)
    assert gzip.decompress(packed) == xmltv.write([ONE], listed, "http://tv.lan")


def test_a_guide_without_channels_is_a_document() -> None:
    assert read(xmltv.write([], (), "http://tv.lan")).tag == "tv"


def test_the_guide_stays_the_same_until_the_next_block() -> None:
    assert Window.around(NOW) == Window.around(NOW.replace(minute=59))
    assert Window.around(NOW) != Window.around(NOW + timedelta(hours=2))
