"""Fixtures from calendars and event APIs."""

import contextlib
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from catalog.errors import SourceUnreadable
from catalog.sources import events, ics
from catalog.sources.base import Schedule
from catalog.sources.moments import moment
from catalog.sources.recurrence import Rule
from catalog.sources.spec import SourceSpec
from hypothesis import given, settings
from hypothesis import strategies as st

NOW = datetime(2025, 9, 30, 12, tzinfo=UTC)
CALENDAR = SourceSpec(kind="ics", name="cal", url="http://h/a.ics")
API = SourceSpec(
    kind="events",
    name="api",
    url="http://h/a.json",
    items="data.matches",
    timezone="Europe/Athens",
    fields={"title": "name", "teams": "sides[].name", "starts": ["day", "at"], "channels": "tv[].name",
            "category": "sport", "league": "cup.name"},
)  # fmt: skip


def calendar(*lines: str, head: str = "", spec: SourceSpec = CALENDAR) -> Schedule:
    event = "\r\n".join(("BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT"))
    return ics.parse(f"BEGIN:VCALENDAR\r\n{head}{event}\r\nEND:VCALENDAR\r\n", spec, NOW)


@pytest.mark.parametrize(
    ("start", "head", "timezone", "hour"),
    [
        pytest.param("DTSTART:20251010T184500Z", "", None, 18, id="UTC"),
        pytest.param("DTSTART;TZID=Europe/London:20251010T184500", "", None, 17, id="London, in summer"),
        pytest.param("DTSTART;TZID=Europe/London:20251110T184500", "", None, 18, id="London, in winter"),
        pytest.param("DTSTART;TZID=GMT Standard Time:20251010T184500", "", None, 17, id="as Windows says it"),
        pytest.param("DTSTART:20251010T184500", "", None, 18, id="floating: UTC"),
        pytest.param("DTSTART:20251010T184500", "", "Europe/Athens", 15, id="floating: the operator's"),
        pytest.param(
            "DTSTART:20251010T184500",
            "X-WR-TIMEZONE:Europe/Berlin\r\n",
            None,
            16,
            id="floating: the calendar's",
        ),
    ],
)
def test_times_are_of_their_zone(start: str, head: str, timezone: str | None, hour: int) -> None:
    spec = CALENDAR.model_copy(update={"timezone": timezone})
    (fixture,) = calendar("SUMMARY:A vs B", start, head=head, spec=spec).fixtures
    assert (fixture.starts_at.hour, fixture.starts_at.minute) == (hour, 45)


def test_what_an_event_says_is_read() -> None:
    (fixture,) = calendar(
        "SUMMARY:A vs\r\n  B",
        "DTSTART:20251010T184500Z",
        "DTEND:20251010T204500Z",
        "CATEGORIES:Soccer,Cup",
        "DESCRIPTION:Big one\\nTV: One\\, Two",
    ).fixtures
    assert (fixture.title, fixture.category) == ("A vs B", "Soccer")
    assert fixture.ends_at == fixture.starts_at + timedelta(hours=2)
    assert [channel.name for channel in fixture.channels] == ["One", "Two"]


ONE = ("SUMMARY:A", "DTSTART:20251010T184500Z")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        pytest.param(["SUMMARY:A", "DTSTART;VALUE=DATE:20251010"], "A: no time of day", id="a day"),
        pytest.param(["DTSTART:20251010T184500Z"], "an event: no SUMMARY", id="no name"),
        pytest.param(
            ["SUMMARY:A", "DTSTART;TZID=Mars/North:20251010T184500"],
            "nobody knows its time zone",
            id="no zone",
        ),
        pytest.param([*ONE, "RRULE:FREQ=DAILY"], "it repeats without end", id="for ever"),
        pytest.param([*ONE, "RRULE:FREQ=SECONDLY;COUNT=9"], "more often", id="too often"),
        pytest.param([*ONE, "RRULE:FREQ=DAILY;COUNT=9;BYSETPOS=1"], "not understood", id="odd"),
        pytest.param(
            ["SUMMARY:A", "DTSTART:00010110T184500Z", "RRULE:FREQ=DAILY;COUNT=9"],
            "since too long ago",
            id="too long",
        ),
    ],
)
def test_what_cannot_be_announced_is_reported(lines: list[str], told: str) -> None:
    schedule = calendar(*lines)
    assert schedule.fixtures == ()
    assert told in schedule.unread[0]


def test_a_cancelled_event_is_none() -> None:
    assert calendar("SUMMARY:A", "DTSTART:20251010T184500Z", "STATUS:CANCELLED") == Schedule(fixtures=())


def test_a_rule_goes_by_the_clock_on_the_wall_and_leaves_out_what_it_says() -> None:
    schedule = calendar(
        "SUMMARY:A",
        "DTSTART;TZID=Europe/London:20251010T200000",
        "RRULE:FREQ=WEEKLY;COUNT=4",
        "EXDATE;TZID=Europe/London:20251017T200000",
    )
    assert [(f.starts_at.day, f.starts_at.hour) for f in schedule.fixtures] == [(10, 19), (24, 19), (31, 20)]


FIRST = date(2025, 10, 10)  # a Friday


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ({"FREQ": ["DAILY"], "COUNT": [3]}, ["10-10", "10-11", "10-12"]),
        ({"FREQ": ["DAILY"], "INTERVAL": [2], "COUNT": [3]}, ["10-10", "10-12", "10-14"]),
        ({"FREQ": ["WEEKLY"], "BYDAY": ["MO", "FR"], "COUNT": [3]}, ["10-10", "10-13", "10-17"]),
        ({"FREQ": ["WEEKLY"], "INTERVAL": [2], "COUNT": [2]}, ["10-10", "10-24"]),
        ({"FREQ": ["MONTHLY"], "COUNT": [2]}, ["10-10", "11-10"]),
        ({"FREQ": ["MONTHLY"], "BYDAY": ["-1FR"], "COUNT": [3]}, ["10-10", "10-31", "11-28"]),
        ({"FREQ": ["MONTHLY"], "BYMONTHDAY": [-1], "COUNT": [2]}, ["10-10", "10-31"]),
        ({"FREQ": ["DAILY"], "BYMONTH": [2], "BYMONTHDAY": [30], "COUNT": [5]}, ["10-10"]),
    ],
    ids=str,
)
def test_rules_of_repetition(rule: dict[str, Any], days: list[str]) -> None:
    assert [f"{day:%m-%d}" for day in Rule.of(rule).days(FIRST, date(2026, 3, 1))] == days


def api(item: Any, spec: SourceSpec = API) -> Schedule:
    return events.parse(json.dumps({"data": {"matches": [item]}}), spec, NOW)


MATCH = {"name": "A - B", "day": "2025-10-10", "at": "20:45", "tv": [{"name": "One"}, {"name": "Two"}, {}]}


def test_an_apis_event_is_a_fixture() -> None:
    (fixture,) = api(
        MATCH | {"sport": "Soccer", "cup": {"name": "Cup"}, "sides": [{"name": "A"}, {"name": "B"}]}
    ).fixtures
    assert fixture.starts_at == datetime(2025, 10, 10, 17, 45, tzinfo=UTC)
    assert (fixture.title, fixture.category, fixture.league, fixture.teams) == (
        "A - B",
        "Soccer",
        "Cup",
        ("A", "B"),
    )
    assert [channel.name for channel in fixture.channels] == ["One", "Two"]


def test_two_teams_are_a_title() -> None:
    (fixture,) = api({**MATCH, "name": None, "sides": [{"name": "A"}, {"name": "B"}]}).fixtures
    assert (fixture.title, fixture.category) == ("A vs B", "Sports")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": ""}, "without a title"),
        ({"at": "soon"}, "no moment at day at"),
        ({"day": None}, "no moment"),
    ],
)
def test_what_an_event_lacks_is_told(change: dict[str, Any], told: str) -> None:
    assert told in api(MATCH | change).unread[0]


@pytest.mark.parametrize(
    "text", ["", "<html>", "[]", '{"data": {}}', '{"data": {"matches": 5}}', "[" * 99_999]
)
def test_what_is_no_list_of_events_is_refused(text: str) -> None:
    with pytest.raises(SourceUnreadable, match="expected"):
        events.parse(text, API, NOW)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-10-10T18:45:00Z", "2025-10-10T18:45"),
        ("2025-10-10T18:45:00.000+02:00", "2025-10-10T16:45"),
        ("2025-10-10 18:45", "2025-10-10T18:45"),
        ("2025-10-10 18:45:00 +0100", "2025-10-10T17:45"),
        (1760121900, "2025-10-10T18:45"),
        (1760121900000, "2025-10-10T18:45"),
        ("1760121900", "2025-10-10T18:45"),
        ("Fri, 10 Oct 2025 18:45:00 GMT", "2025-10-10T18:45"),
        ("2025-10-10", None),
        ("soon", None),
        (None, None),
        (True, None),
        (1e300, None),
    ],
)
def test_moments(value: Any, expected: str | None) -> None:
    found = moment(value, UTC)
    assert (f"{found:%Y-%m-%dT%H:%M}" if found else None) == expected


LINES = st.lists(
    st.sampled_from(["SUMMARY:", "DTSTART", ";TZID=Europe/London", ":20251010T1845", "00Z", "RRULE:FREQ=",
                     "DAILY", ";COUNT=", "3", ";UNTIL=", "EXDATE:", "\r\n", "BEGIN:VEVENT\r\n",
                     "END:VEVENT\r\n", "BEGIN:X\r\n",
                     "CATEGORIES:", ",", ";", ":", "=", "\\n", '"', "DURATION:PT", "H", "RECURRENCE-ID:"])
    | st.text(max_size=4),
    max_size=40,
).map("".join)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(LINES)
def test_no_calendar_breaks_the_parser(text: str) -> None:
    with contextlib.suppress(SourceUnreadable):
        ics.parse(
            f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{text}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", CALENDAR, NOW
        )


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["name", "day", "at", "tv", "sport", "sides", "cup"]), inner, max_size=5
            )
        ),
        max_leaves=10,
    )
)
def test_no_answer_breaks_the_parser(item: Any) -> None:
    with contextlib.suppress(SourceUnreadable):
        api(item)
