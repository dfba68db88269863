"""The guide: XMLTV for all channels, two days of it, relative to now (pure).

Programmes lie on a grid of six hours that repeats with other titles, so that two reads agree on what they
both contain. Children stand in the DTD's order, and every time carries its offset.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from demo.channels import Channel
from demo.live import EPOCH

AHEAD_S = 48 * 3600

_PAST_S = 3 * 3600
_GRID_MINUTES = (60, 30, 30, 90, 60, 90)
_GRID_S = sum(_GRID_MINUTES) * 60
_TITLES = {
    "News": (
        ("The Hour", "What happened, and what it means", "News"),
        ("Weather Atlas", "Skies from coast to coast", "Weather"),
        ("Market Square", "Money, explained over a stall", "Business"),
        ("Field Notes", "Reporters where they are", "News"),
        ("The Long View", "One story, all evening", "Current affairs"),
    ),
    "Sports": (
        ("Coastal League Live", "Ninety minutes by the sea", "Sports"),
        ("Dugout", "Talk before, during and after", "Magazine"),
        ("Great Finishes", "The last minutes of old matches", "Magazine"),
        ("Maple Open Live", "From the centre court", "Sports"),
        ("Training Ground", "How it is done", "Magazine"),
    ),
    "Movies": (
        ("The Lighthouse Letter", "A keeper finds a message meant for nobody", "Movie"),
        ("Night Train to Alder", "Twelve passengers, eleven tickets", "Movie"),
        ("Paper Moons", "A printer forges one thing too many", "Movie"),
        ("Reel Talk", "Makers on making", "Magazine"),
        ("The Clockmaker's Garden", "Time grows where it is planted", "Movie"),
    ),
    "Kids": (
        ("Pebble and Pip", "Two stones see the world", "Children"),
        ("Count With Otter", "From one to many", "Children"),
        ("The Tiny Workshop", "Things to make from other things", "Children"),
        ("Moonboat", "A story before bed", "Children"),
    ),
    "Music": (
        ("First Light", "Quiet songs for the morning", "Music"),
        ("Side B", "The other half of records", "Music"),
        ("Live at the Boathouse", "A band, a room, a tide", "Music"),
        ("Requests", "You ask, they play", "Music"),
    ),
    "Documentary": (
        ("Tidelands", "Where the sea sleeps", "Documentary"),
        ("Grain", "Wood and those who work it", "Documentary"),
        ("Map Room", "How places got their names", "Documentary"),
        ("North by Lantern", "Winter on foot", "Documentary"),
    ),
}
_OTHERS = (
    ("Quiz Harbour", "Four tables, forty questions", "Entertainment"),
    ("Kitchen on the Hill", "Lunch for whoever climbs up", "Lifestyle"),
    ("The Late Lantern", "Guests after dark", "Entertainment"),
    ("Corner Garden", "A small plot through the year", "Lifestyle"),
    ("Stage Door", "Theatre from behind", "Entertainment"),
)


@dataclass(frozen=True)
class Programme:
    """One programme; times are Unix times."""

    start: int
    stop: int
    title: str
    description: str
    category: str
    number: int


def guide(channels: Sequence[Channel], timestamp: float, base: str) -> str:
    """Return the guide at a Unix time; logos are under `base`."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<!DOCTYPE tv SYSTEM "xmltv.dtd">',
        '<tv generator-info-name="demo">',
    ]
    lines += [_channel(channel, base) for channel in channels]
    for place, channel in enumerate(channels):
        listed = programmes(channel.group, place, timestamp - _PAST_S, timestamp + AHEAD_S)
        lines += [_programme(channel, programme) for programme in listed]
    return "\n".join([*lines, "</tv>"]) + "\n"


def programmes(group: str, place: int, start: float, stop: float) -> Iterator[Programme]:
    """Yield what a channel of `group` shows from `start` to `stop`; `place` tells like channels apart."""
    titles = _TITLES.get(group, _OTHERS)
    number = int((start - EPOCH) // _GRID_S) * len(_GRID_MINUTES)
    begin = EPOCH + number // len(_GRID_MINUTES) * _GRID_S
    while begin < stop:
        end = begin + 60 * _GRID_MINUTES[number % len(_GRID_MINUTES)]
        if end > start:
            yield Programme(begin, end, *titles[(number + place) % len(titles)], number // len(titles))
        begin, number = end, number + 1


def _channel(channel: Channel, base: str) -> str:
    logo = quoteattr(f"{base}/logo/{channel.guide_id.removesuffix('.demo')}.png")
    name = f"<display-name>{escape(channel.name)}</display-name>"
    return f"<channel id={quoteattr(channel.guide_id)}>{name}<icon src={logo}/></channel>"


def _programme(channel: Channel, programme: Programme) -> str:
    season, episode = divmod(programme.number, 12)
    return (
        f'<programme start="{_time(programme.start)}" stop="{_time(programme.stop)}" '
        f"channel={quoteattr(channel.guide_id)}>"
        f'<title lang="en">{escape(programme.title)}</title>'
        f'<desc lang="en">{escape(programme.description)}.</desc>'
        f'<category lang="en">{escape(programme.category)}</category>'
        f'<episode-num system="xmltv_ns">{season % 20}.{episode}.</episode-num>'
        "</programme>"
    )


def _time(timestamp: int) -> str:
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y%m%d%H%M%S %z")
