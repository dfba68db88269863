"""The site, in every shape it is known in."""

import json
from datetime import UTC, date, datetime

import pytest
from catalog.errors import SourceUnreadable
from catalog.sources.daddylive import header_date, moved_base, parse_json, parse_page, parse_schedule
from catalog.sources.events import LONGEST, MOST_CHANNELS
from catalog.sources.fetch import Page

OLDER = """<center><h1>24/7</h1><div class="grid-item">
<a href="/stream/stream-51.php" target="_blank" rel="noopener"><strong>ABC USA</strong></a></div>
<div class="grid-item"><a href="/stream/stream-302.php"><strong>A&amp;E USA #2</strong></a></div>
<div id="tab-2"><a href="/stream/stream-9.php"><strong>Second tab</strong></a></div></center>"""
NEWER = """<div class="grid">
<a class="card" href="/watch.php?id=149" data-title="espn sur"><div class="card__title">ESPN SUR</div></a>
<a class="card" href="/watch.php?id=149" data-title="espn sur"><div class="card__title">ESPN SUR</div></a>
<a class="card" href="/watch.php?id=501" data-title="18+ one"><div class="card__title">18+ One</div></a>
<a href="/about.php">About</a></div>"""


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param(OLDER, {"51": "ABC USA", "302": "A&E USA #2"}, id="older"),
        pytest.param(NEWER, {"149": "ESPN SUR", "501": "18+ One"}, id="newer"),
    ],
)
def test_both_shapes_of_the_page_are_read(text: str, names: dict[str, str]) -> None:
    assert parse_page(text, "site") == names


@pytest.mark.parametrize(
    ("text", "expectation"),
    [
        ("", "not an empty page"),
        ("<title>Just a moment...</title>", "not a challenge for browsers"),
        ('<div class="grid"></div>', "a link to a channel"),
    ],
)
def test_a_page_without_channels_is_refused_by_what_fails(text: str, expectation: str) -> None:
    with pytest.raises(SourceUnreadable, match=f"24-7-channels.php: expected .*{expectation}"):
        parse_page(text, "site")


def test_json_gives_names_by_id() -> None:
    text = json.dumps(
        [{"channel_id": "51", "channel_name": "ABC USA"}, {"channel_id": 7, "channel_name": "X"}, 3]
    )
    assert parse_json(text, "site") == {"51": "ABC USA", "7": "X"}


@pytest.mark.parametrize("text", ["<html>", "[]", "{}"])
def test_json_without_channels_is_refused(text: str) -> None:
    with pytest.raises(SourceUnreadable):
        parse_json(text, "site")


def test_a_moved_base_is_followed() -> None:
    page = Page("https://new.example/24-7-channels.php?x", b"")
    assert moved_base(page, "/24-7-channels.php", "http://old.example") == "https://new.example"


@pytest.mark.parametrize(
    ("header", "day"),
    [
        ("Tuesday 30th Sep 2025 - Schedule Time UK GMT", date(2025, 9, 30)),
        ("Sunday 04th May May 2025 - Schedule Time UK GMT", date(2025, 5, 4)),
        ("Wednesday 1st October 2025", date(2025, 10, 1)),
        ("Friday 22nd Aug 2025", date(2025, 8, 22)),
        ("Friday 31st Feb 2025", None),
        ("Tomorrow", None),
    ],
)
def test_header_dates(header: str, day: date | None) -> None:
    assert header_date(header) == day


def schedule(
    time: str,
    day: str = "Tuesday 30th Sep 2025 - Schedule Time UK GMT",
    channels: dict[str, object] | None = None,
) -> str:
    item = {"time": time, "event": "League : A vs B", "channels": [], **(channels or {})}
    return json.dumps({day: {"Soccer</span>": [item]}})


@pytest.mark.parametrize(
    ("day", "starts_at"),
    [
        pytest.param("30th Sep 2025", datetime(2025, 9, 30, 17, 45, tzinfo=UTC), id="summer"),
        pytest.param("30th Nov 2025", datetime(2025, 11, 30, 18, 45, tzinfo=UTC), id="winter"),
    ],
)
def test_times_are_london_times(day: str, starts_at: datetime) -> None:
    (fixture,) = parse_schedule(schedule("18:45", day), "site").fixtures
    assert fixture.starts_at == starts_at
    assert fixture.category == "Soccer"


@pytest.mark.parametrize(
    "channels",
    [
        pytest.param({"channels": [{"channel_name": "ABC", "channel_id": "51"}]}, id="list"),
        pytest.param({"channels": {"0": {"channel_name": "ABC", "channel_id": "51"}}}, id="dict"),
        pytest.param({"channels2": [{"channel_name": "ABC", "channel_id": "51"}]}, id="second list"),
    ],
)
def test_channels_come_in_three_shapes(channels: dict[str, object]) -> None:
    (fixture,) = parse_schedule(schedule("18:45", channels=channels), "site").fixtures
    assert [(channel.native_id, channel.name) for channel in fixture.channels] == [("51", "ABC")]


@pytest.mark.parametrize("time", ["", "25:00", "soon", "18.45"])
def test_an_event_without_a_time_is_reported(time: str) -> None:
    found = parse_schedule(schedule(time), "site")
    assert (found.fixtures, len(found.unread)) == ((), 1)


def test_what_one_event_says_is_bounded() -> None:
    """It is told to everybody as one message."""
    item = {
        "time": "18:45",
        "event": "A vs " + "B" * 100_000,
        "channels": [
            {"channel_name": f"{n} {'C' * 400}", "channel_id": f"{n}{'9' * 400}"} for n in range(5000)
        ],
    }
    (fixture,) = parse_schedule(json.dumps({"30th Sep 2025": {"S" * 400: [item]}}), "site").fixtures
    assert len(fixture.channels) == MOST_CHANNELS
    assert fixture.channels[0].name.startswith("0 C")
    assert len(fixture.model_dump_json()) < MOST_CHANNELS * 2 * (LONGEST + 50) + 2 * LONGEST + 500
