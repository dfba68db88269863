"""A guide's programmes of sport become events where they are matches."""

from datetime import UTC, datetime, timedelta

import pytest
from catalog import matches
from catalog.events import Directory, build
from catalog.matches import Matches
from catalog.sources.base import Fixture, FixtureChannel
from catalog.sources.xmltv import Broadcast

NOW = datetime(2025, 9, 30, 18, 0, tzinfo=UTC)
START = NOW + timedelta(minutes=45)
DIRECTORY = Directory.named([("one", "One"), ("one-2", "One"), ("two", "Two")], [])


def shown(
    title: str, subtitle: str = "", categories: tuple[str, ...] = ("Sports", "Football")
) -> list[Fixture]:
    found = Matches("guide", {"one": "One", "one-2": "One", "two": "Two"})
    start = int(START.timestamp())
    for channel in ("one-2", "two"):
        found.look(
            channel,
            Broadcast(
                start=start,
                stop=start + 7200,
                title=title,
                subtitle=subtitle,
                categories=categories,
                description="",
                icon="",
                episode="",
            ),
        )
    return found.found


@pytest.mark.parametrize(
    ("title", "subtitle", "categories", "found"),
    [
        ("Arsenal v Chelsea", "", ("Sports", "Football"), ("Arsenal v Chelsea", "Football")),
        (
            "Premier League",
            "Arsenal vs Chelsea",
            ("sport",),
            ("Premier League : Arsenal vs Chelsea", "Sport"),
        ),
        ("Arsenal v Chelsea", "", ("Series",), None),
        ("Arsenal v Chelsea", "Highlights", ("Football",), None),
        ("Match of the Day", "", ("Football",), None),
        ("Kramer vs. Kramer", "", ("Film", "Transport"), None),
    ],
    ids=["title", "subtitle", "no sport", "about it", "magazine", "film"],
)
def test_only_matches_are_events(
    title: str, subtitle: str, categories: tuple[str, ...], found: tuple[str, str] | None
) -> None:
    listed = {(fixture.title, fixture.category) for fixture in shown(title, subtitle, categories)}
    assert listed == ({found} if found else set())


def test_a_guide_has_only_so_many_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them are read each minute, and a guide may call anything a match."""
    monkeypatch.setattr(matches, "MOST_MATCHES", 1)
    assert len(shown("Arsenal v Chelsea")) == 1


def test_a_match_is_one_event_with_the_channels_that_show_it() -> None:
    """By their ids: of two with one name it is the right one."""
    (event,) = build(shown("Arsenal v Chelsea"), DIRECTORY, NOW)
    assert [channel.id for channel in event.channels] == ["one-2", "two"]
    assert event.teams == ("Arsenal", "Chelsea")
    assert event.ends_at == START + timedelta(hours=2)


def test_what_a_schedule_has_as_well_is_told_once_in_its_words() -> None:
    schedule = Fixture(
        source="site",
        category="Soccer",
        title="England - Premier League : Chelsea vs Arsenal FC",
        starts_at=START + timedelta(minutes=15),
        channels=(FixtureChannel(native_id=None, name="One"),),
    )
    (event,) = build([schedule, *shown("Arsenal v Chelsea")], DIRECTORY, NOW)
    assert event.title == schedule.title
    assert event.starts_at == schedule.starts_at
    assert [channel.id for channel in event.channels] == ["one", "one-2", "two"]


def test_a_channel_that_left_the_list_is_no_link() -> None:
    (event,) = build(shown("Arsenal v Chelsea"), Directory.named([("one", "Uno")], []), NOW)
    assert [channel.id for channel in event.channels] == [None, None]
