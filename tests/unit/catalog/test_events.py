"""An event: who plays, where it is on, and what becomes of it."""

from datetime import UTC, datetime, timedelta

import pytest
from catalog.events import Directory, build, carried_over, changes, duration, parties
from catalog.sources.base import Fixture, FixtureChannel
from contracts.channel import Channel
from contracts.event import EventState

START = datetime(2025, 9, 30, 18, 45, tzinfo=UTC)
CHANNELS = [Channel(id="abc-usa", number=1, name="ABC USA"), Channel(id="espn", number=2, name="ESPN")]
DIRECTORY = Directory.of(CHANNELS, {"site:51": "abc-usa", "site:9": "gone"})


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
