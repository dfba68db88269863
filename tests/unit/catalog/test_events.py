"""An event: who plays, where it is on, and what becomes of it."""

from datetime import UTC, datetime, timedelta

import pytest
from catalog.events import Directory, build, carried_over, changes, duration, parties
from catalog.sources.base import Fixture, FixtureChannel
from contracts.channel import Channel
from contracts.event import EventState

START = datetime(2025, 9, 30, 18, 45, tzinfo=UTC)
CHANNELS = [Channel(id="abc-usa", number=1, name="ABC USA"), Channel(id="espn", number=2, name="ESPN")]
DIRECTORY = Directory.named(
    ((channel.id, channel.name) for channel in CHANNELS), [("site:51", "abc-usa"), ("site:9", "gone")]
)


def fixture(
    title: str = "League : A vs B", starts_at: datetime = START, *channels: FixtureChannel
) -> Fixture:
    return Fixture(source="site", category="Soccer", title=title, starts_at=starts_at, channels=channels)


@pytest.mark.parametrize(
    ("title", "league", "teams"),
    [
        ("Champions League : Real vs Bayern", "Champions League", ("Real", "Bayern")),
        ("NBA: Bulls @ Knicks", "NBA", ("Bulls", "Knicks")),
        ("Serie A | Roma v Lazio", "Serie A", ("Roma", "Lazio")),
        ("La Liga - Betis vs. Sevilla", "La Liga", ("Betis", "Sevilla")),
        ("Real vs Bayern", None, ("Real", "Bayern")),
        ("Formula 1 : Race", "Formula 1", ()),
        ("Opening 19:30 show", None, ()),
        ("Betis - Sevilla", None, ("Betis", "Sevilla")),
        ("La Liga : Betis \u2013 Sevilla", "La Liga", ("Betis", "Sevilla")),
        ("Formula 1 - Race", None, ()),
        ("Open - Day 2", None, ()),
        ("UEFA : Youth League : Ajax vs Roma", "UEFA : Youth League", ("Ajax", "Roma")),
        ("Ajax VS Roma", None, ("Ajax", "Roma")),
        (": A vs B", None, (": A", "B")),
    ],
)
def test_league_and_teams(title: str, league: str | None, teams: tuple[str, ...]) -> None:
    assert parties(title) == (league, teams)


def test_channels_are_linked_by_id_then_by_name() -> None:
    asked = (
        FixtureChannel(native_id="51", name="Called otherwise"),
        FixtureChannel(native_id="9", name="espn"),
        FixtureChannel(native_id=None, name="Nowhere"),
    )
    (event,) = build([fixture("A vs B", START, *asked)], DIRECTORY, START)
    assert [channel.id for channel in event.channels] == ["abc-usa", "espn", None]


def test_one_event_in_two_readings_is_one() -> None:
    (event,) = build([fixture("League : A vs B"), fixture("LEAGUE: A vs B")], DIRECTORY, START)
    assert event.state is EventState.LIVE


def test_long_ended_events_leave() -> None:
    assert build([fixture()], DIRECTORY, START + timedelta(hours=9)) == ()


@pytest.mark.parametrize(
    ("after", "before", "found"),
    [
        pytest.param(timedelta(seconds=-1), None, [("upcoming", False)], id="new, not begun: noted"),
        pytest.param(timedelta(seconds=-1), "upcoming", [], id="not begun"),
        pytest.param(timedelta(0), "upcoming", [("live", True)], id="begins"),
        pytest.param(timedelta(0), None, [("live", True)], id="new and on"),
        pytest.param(timedelta(hours=1), "live", [], id="goes on"),
        pytest.param(timedelta(hours=2), "live", [("ended", True)], id="ends"),
        pytest.param(timedelta(hours=2), None, [("ended", False)], id="new and over: noted"),
    ],
)
def test_steps(after: timedelta, before: str | None, found: list[tuple[str, bool]]) -> None:
    events = build([fixture()], DIRECTORY, START)
    announced = {events[0].id: before} if before else {}
    assert [(c.state.value, c.announced) for c in changes(events, announced, START + after)] == found


def test_a_new_day_keeps_what_is_still_on() -> None:
    late, early = fixture("Late", START), fixture("Early", START - timedelta(hours=5))
    tomorrow = fixture("Tomorrow", START + timedelta(hours=20))
    kept = carried_over([early, late], [tomorrow], START + timedelta(hours=1))
    assert [f.title for f in kept] == ["Late", "Tomorrow"]


@pytest.mark.parametrize(
    ("category", "hours"), [("Soccer", 2), ("Cricket", 8), ("Tennis", 3), ("TV Shows", 1)]
)
def test_usual_durations(category: str, hours: float) -> None:
    assert duration(category) == timedelta(hours=hours)


def said(source: str, title: str, minutes: int = 0, *channels: str, category: str = "Soccer") -> Fixture:
    named = tuple(FixtureChannel(native_id=None, name=name) for name in channels)
    at = START + timedelta(minutes=minutes)
    return Fixture(source=source, category=category, title=title, starts_at=at, channels=named)


def test_a_match_that_several_sources_list_is_one() -> None:
    """The first source's words, the channels of all, each once."""
    fixtures = [
        said("site", "League : FC Porto vs Benfica", 0, "ESPN"),
        said("cal", "Benfica @ Porto", 20, "espn", "ABC USA", category="Football"),
        said("api", "Porto - Benfica", -30, "Elsewhere"),
    ]
    (event,) = build(fixtures, DIRECTORY, START)
    assert (event.title, event.category, event.starts_at) == (fixtures[0].title, "Soccer", START)
    assert [(channel.id, channel.name) for channel in event.channels] == [
        ("espn", "ESPN"),
        ("abc-usa", "ABC USA"),
        (None, "Elsewhere"),
    ]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(said("cal", "A vs B", 31), id="another time"),
        pytest.param(said("cal", "A vs C"), id="another team"),
        pytest.param(said("cal", "A vs B Women"), id="other teams of the clubs"),
        pytest.param(said("site", "Cup : A vs B", 10), id="the same source says two"),
    ],
)
def test_other_matches_stay_apart(other: Fixture) -> None:
    assert len(build([said("site", "A vs B"), other], DIRECTORY, START)) == 2


def test_teams_that_meet_twice_are_matched_by_the_nearer_start() -> None:
    fixtures = [said("site", "Heat 1 : A vs B", 0), said("site", "Heat 13 : A vs B", 24)]
    both = build([*fixtures, said("cal", "A vs B", 2), said("cal", "B vs A", 25)], DIRECTORY, START)
    assert [event.title for event in both] == ["Heat 1 : A vs B", "Heat 13 : A vs B"]


@pytest.mark.parametrize(
    "later",
    [
        pytest.param([said("cal", "B @ A", 5), said("site", "League : A vs B")], id="another order"),
        pytest.param([said("cal", "B @ A", 5)], id="the first source left"),
        pytest.param([said("site", "League : A vs B", 15)], id="put off"),
    ],
)
def test_an_event_keeps_its_id(later: list[Fixture]) -> None:
    """Else its beginning would be announced twice."""
    (first,) = build([said("site", "League : A vs B"), said("cal", "B @ A", 5)], DIRECTORY, START)
    (event,) = build(later, DIRECTORY, START, [first])
    assert event.id == first.id
