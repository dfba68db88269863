"""The schedule, at given times."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from demo.channels import CHANNELS
from demo.schedule import LONDON, header, schedule

NOON = datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)
MOMENTS = [NOON + timedelta(minutes=37 * step) for step in range(40)] + [
    datetime(2026, 3, 29, 0, 59, tzinfo=UTC),
    datetime(2026, 10, 25, 2, 1, tzinfo=UTC),  # an hour before, HH:MM could not say which 01:02 it means
    datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
]


def at(moment: datetime) -> dict[str, Any]:
    return schedule(moment.timestamp(), CHANNELS)


def starts(moment: datetime) -> list[datetime]:
    """Return all starts, read as an adapter reads them."""
    found = []
    for heading, categories in at(moment).items():
        words = re.match(r"\w+ (\d+)\w\w (\w+)(?: \2)? (\d{4}) - ", heading)
        assert words is not None, heading
        day = datetime.strptime(f"{words[1]} {words[2]} {words[3]}", "%d %b %Y").replace(tzinfo=LONDON)
        for items in categories.values():
            times = [item["time"] for item in items if re.fullmatch(r"\d\d:\d\d", item["time"])]
            found += [day.replace(hour=int(time[:2]), minute=int(time[3:])) for time in times]
    return found


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_something_is_live_something_starts_soon_and_something_later(moment: datetime) -> None:
    times = [start.astimezone(UTC) for start in starts(moment)]

    assert any(moment - timedelta(hours=2) < start <= moment for start in times)
    assert any(moment < start <= moment + timedelta(minutes=2) for start in times)
    assert any(start > moment + timedelta(hours=3) for start in times)


def test_times_are_londons_in_summer() -> None:
    """The next heat after 12:00:30 UTC is at 13:02 in London."""
    heats = at(NOON)["Monday 4th May 2026 - Schedule Time UK GMT"]["Athletics"]

    assert "13:02" in [heat["time"] for heat in heats]


def test_two_reads_agree_on_what_they_both_contain() -> None:
    def events(moment: datetime) -> set[str]:
        later = at(moment)["Tuesday 05th May May 2026 - Schedule Time UK GMT"]
        return {json.dumps([name, item]) for name, items in later.items() for item in items}

    assert events(NOON) == events(NOON + timedelta(hours=2))


@pytest.mark.parametrize(
    ("day", "doubled", "heading"),
    [
        pytest.param(date(2025, 9, 30), False, "Tuesday 30th Sep 2025 - Schedule Time UK GMT", id="th"),
        pytest.param(date(2025, 6, 1), False, "Sunday 1st Jun 2025 - Schedule Time UK GMT", id="st"),
        pytest.param(date(2025, 6, 22), False, "Sunday 22nd Jun 2025 - Schedule Time UK GMT", id="nd"),
        pytest.param(date(2025, 6, 3), False, "Tuesday 3rd Jun 2025 - Schedule Time UK GMT", id="rd"),
        pytest.param(date(2025, 6, 11), False, "Wednesday 11th Jun 2025 - Schedule Time UK GMT", id="11th"),
        pytest.param(date(2025, 5, 4), True, "Sunday 04th May May 2025 - Schedule Time UK GMT", id="doubled"),
    ],
)
def test_headings_are_those_of_the_site(day: date, doubled: bool, heading: str) -> None:  # noqa: FBT001
    assert header(day, doubled=doubled) == heading


def test_the_quirks_are_there() -> None:
    today = at(NOON)["Monday 4th May 2026 - Schedule Time UK GMT"]
    listed = {channel.id: channel.name for channel in CHANNELS}
    links = [link for item in (*today["Soccer</span>"], *today["Tennis"]) for link in item["channels"]]

    assert isinstance(today["Basketball"][0]["channels"], dict)
    assert all("channels2" not in item for item in today["Motorsport"])
    assert any(item["time"] == "TBA" for item in today["TV Shows"])
    assert any(link["channel_id"] not in listed for link in links)
    assert any(link["channel_name"] not in listed.values() and link["channel_id"] in listed for link in links)
    assert any(item["channels2"] for item in today["Soccer</span>"])
