"""Events in a guide: programmes of a sport that say who plays, pure.

A guide calls magazines, repeats and talk shows sport as well. So a programme is an event only where title or
subtitle names two sides, and no word says that it is about a match rather than the match itself. Such an
event is linked to its channel by the own id of the list; if a schedule has it too, it is that one.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

from catalog.events import parties
from catalog.sources.base import Fixture, FixtureChannel
from catalog.sources.xmltv import Broadcast

SPORT = re.compile(
    r"\b(?:sports?|deportes?|football|soccer|fu(?:ß|ss)ball|f[uú]tbol|calcio|rugby|cricket|tennis|basketball|"
    r"baseball|(?:ice )?hockey|handball|volleyball|snooker|darts|boxing|mma|ncaa[a-z]*|nfl|nba|nhl|mlb)\b",
    re.IGNORECASE,
)
GENERAL = re.compile(r"(?:live )?(?:sports?|deportes?)(?:[ -](?:event|live|talk|other))?", re.IGNORECASE)
"""Says no more than that it is sport."""
ABOUT = re.compile(
    r"\b(?:highlights?|magazine|review|preview|replay|repeat|rerun|classics?|talk|news|best of|documentary|"
    r"zusammenfassung|wiederholung|resumen|resumo|sintesi)\b",
    re.IGNORECASE,
)
USUAL = "Sport"
MOST_MATCHES = 20_000
"""Of one guide: events are made of all of them, each minute."""


class Matches:
    """The matches of a guide's programmes, as they are shown to it. `names` are our channels', by id."""

    def __init__(self, source: str, names: Mapping[str, str]) -> None:
        self._source = source
        self._names = names
        self.found: list[Fixture] = []

    def look(self, channel_id: str, broadcast: Broadcast) -> None:
        """Take a programme if it is a match, and not one too many."""
        sports = [name for name in broadcast.categories if is_sport(name)]
        title = title_of(broadcast) if sports else None
        if title is None or broadcast.stop is None or len(self.found) >= MOST_MATCHES:
            return
        channel = FixtureChannel(native_id=None, name=self._names.get(channel_id, ""), id=channel_id)
        self.found.append(
            Fixture(
                source=self._source,
                category=next((name for name in sports if not GENERAL.fullmatch(name)), USUAL),
                title=title,
                starts_at=datetime.fromtimestamp(broadcast.start, UTC),
                ends_at=datetime.fromtimestamp(broadcast.stop, UTC),
                channels=(channel,),
            )
        )


@lru_cache(maxsize=1024)
def is_sport(category: str) -> bool:
    """Whether a category is one of sport."""
    return SPORT.search(category) is not None


def title_of(broadcast: Broadcast) -> str | None:
    """Return what a match is called; of anything else, nothing."""
    title, subtitle = broadcast.title, broadcast.subtitle
    if ABOUT.search(title) or ABOUT.search(subtitle):
        return None
    if parties(title)[1]:
        return title
    return f"{title} : {subtitle}" if parties(subtitle)[1] else None
