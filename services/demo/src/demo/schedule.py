"""The site's schedule, relative to now (pure).

Fixtures lie on a grid of the London day, so that two reads agree on what they both contain, and so that
something is always live. Besides, heats start at every even minute, for who wants to see an event begin.
The teams and leagues are invented; the quirks are not: a stray `</span>`, a doubled month, channels as a
dict, no `channels2`, a time that is none, a channel that the list doesn't have or has under another name.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count, takewhile
from typing import Any
from zoneinfo import ZoneInfo

from demo.channels import Channel

LONDON = ZoneInfo("Europe/London")
HEAT_EVERY = timedelta(minutes=2)

_PAST = timedelta(hours=3)
_HEATS_AHEAD = timedelta(minutes=12)
_TEAMS = (
    "Northvale Foxes", "Port Ember", "Silverlake United", "Cedar Rovers", "Highmoor Otters",
    "Bayview Athletic", "Stonebridge", "Larkspur Town", "Windmere City", "Red Harbour", "Oakhollow",
    "Frostgate Wolves",
)  # fmt: skip
_PLAYERS = ("N. Alder", "P. Finch", "T. Marlow", "I. Quill", "S. Brook", "E. Thorne", "J. Vale", "R. Sorrel")
_STAGES = ("Practice", "Qualifying", "Sprint", "Race")
_SHOWS = ("The Late Lantern", "Quiz Harbour", "Kitchen on the Hill", "Stage Door")
_UNLISTED = {"channel_name": "Far Shore Sports", "channel_id": "999"}

Item = dict[str, Any]
Day = dict[str, list[Item]]
Links = list[dict[str, str]]


@dataclass(frozen=True)
class Series:
    """Fixtures of one kind: one every `every` minutes of the day, from `first` on."""

    category: str
    league: str
    first: int
    every: int
    names: tuple[str, ...]
    channels: tuple[str, ...]
    versus: bool = True

    def title(self, day: date, index: int) -> str:
        """Return the title of the day's `index`-th fixture: the same whenever it is asked for."""
        turn = day.toordinal() * 31 + index + self.first
        name = self.names[turn % len(self.names)]
        if self.versus:
            step = 1 + turn // len(self.names) % (len(self.names) - 1)
            name = f"{name} vs {self.names[(turn + step) % len(self.names)]}"
        return f"{self.league} : {name}"

    def starts(self, day: date) -> Iterator[tuple[int, datetime]]:
        """Yield the day's fixtures with their London times."""
        for index, minute in enumerate(range(self.first, 24 * 60, self.every)):
            yield index, datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=LONDON)


SERIES = (
    Series("Soccer</span>", "Coastal League", 0, 120, _TEAMS, ("52", "59")),
    Series("Soccer</span>", "Meadow Cup", 30, 180, _TEAMS, ("52", "999")),
    Series("Tennis", "Maple Open", 15, 60, _PLAYERS, ("59", "52")),
    Series("Basketball", "Lantern Hoops", 50, 150, _TEAMS, ("52", "59")),
    Series("Motorsport", "Velocity Grand Prix", 45, 240, _STAGES, ("59",), versus=False),
    Series("TV Shows", "Tonight", 10, 180, _SHOWS, ("56", "51"), versus=False),
)


def schedule(timestamp: float, channels: Sequence[Channel]) -> dict[str, Day]:
    """Return the schedule at a Unix time: what may still be on, the rest of today, and tomorrow."""
    now = datetime.fromtimestamp(timestamp, UTC)
    today = now.astimezone(LONDON).date()
    names = {channel.id: channel.name for channel in channels}
    days: dict[str, Day] = {}
    for offset in (-1, 0, 1):
        day = today + timedelta(days=offset)
        if listed := _day(day, now, names):
            days[header(day, doubled=offset > 0)] = listed
    return days


def header(day: date, *, doubled: bool = False) -> str:
    """Return a day's heading, such as `Tuesday 30th Sep 2025 - Schedule Time UK GMT`.

    It says GMT in summer too, though the times are London's. A `doubled` month comes with a padded day.
    """
    number = f"{day.day:02}" if doubled else str(day.day)
    month = f"{day:%b} {day:%b}" if doubled else f"{day:%b}"
    return f"{day:%A} {number}{_ordinal(day.day)} {month} {day.year} - Schedule Time UK GMT"


def _ordinal(number: int) -> str:
    return "th" if number in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _day(day: date, now: datetime, names: dict[str, str]) -> Day:
    """Return the categories of one day, without what is long over."""
    listed: Day = {}
    for series in SERIES:
        for index, start in series.starts(day):
            if start.astimezone(UTC) >= now - _PAST:
                item = _item(start, series.title(day, index), _links(series.channels, names), index)
                listed.setdefault(series.category, []).append(_odd(series.category, item))
    if heats := [_heat(start, names) for start in _heats(now) if start.date() == day]:
        listed["Athletics"] = heats
    if "TV Shows" in listed:
        to_be_announced = _item(now, "Tonight : Surprise Guest", _links(("56",), names), 0)
        listed["TV Shows"].append({**to_be_announced, "time": "TBA"})
    return listed


def _heats(now: datetime) -> Iterable[datetime]:
    """Return the starts of the heats around now: the last two and those of the next minutes."""
    whole = now.replace(minute=now.minute // 2 * 2, second=0, microsecond=0) - HEAT_EVERY
    starts = (whole + number * HEAT_EVERY for number in count())
    return (start.astimezone(LONDON) for start in takewhile(lambda start: start < now + _HEATS_AHEAD, starts))


def _heat(start: datetime, names: dict[str, str]) -> Item:
    number = (start.hour * 60 + start.minute) // 2 + 1
    one, other = _TEAMS[number % len(_TEAMS)], _TEAMS[(number + 5) % len(_TEAMS)]
    return _item(start, f"Two-Minute Relay, heat {number} : {one} vs {other}", _links(("59",), names), number)


def _item(start: datetime, title: str, links: Links, index: int) -> Item:
    """Return an event as the site has it. Every other one has its last channel in `channels2`."""
    main, more = (links[:-1], links[-1:]) if len(links) > 1 and index % 2 else (links, [])
    return {"time": f"{start:%H:%M}", "event": title, "channels": main, "channels2": more}


def _odd(category: str, item: Item) -> Item:
    """Return an event with the oddity of its category."""
    if category == "Tennis":
        first, *others = item["channels"]
        renamed = {**first, "channel_name": f"{first['channel_name']} HD"}
        return {**item, "channels": [renamed, *others]}
    if category == "Basketball":
        return {**item, "channels": {str(index): link for index, link in enumerate(item["channels"])}}
    if category == "Motorsport":
        return {name: value for name, value in item.items() if name != "channels2"}
    return item


def _links(ids: Iterable[str], names: dict[str, str]) -> Links:
    return [{"channel_name": names[i], "channel_id": i} if i in names else _UNLISTED for i in ids]
