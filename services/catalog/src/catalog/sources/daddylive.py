"""The DaddyLive-shaped site: a page of channels, the same as JSON, a schedule.

The page comes in two shapes and the JSON is not always there: what either gives is merged by the site's
own ids, the page's order first. A channel's stream is a page of the site; following it is the streamer's.

The base address moves from host to host (301): all addresses are built on where the page was in the end.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from contracts.channel import Locator, Stream
from selectolax.lexbor import LexborHTMLParser, LexborNode

from catalog.errors import SourceError, SourceUnreadable
from catalog.reach import in_house
from catalog.sources.base import (
    UNREAD_KEPT,
    Fixture,
    FixtureChannel,
    Reading,
    Schedule,
    SourceChannel,
    regrouped,
)
from catalog.sources.fetch import Fetcher, Page
from catalog.sources.spec import SourceSpec

PAGE_PATH = "/24-7-channels.php"
JSON_PATH = "/daddy.json"
SCHEDULE_PATH = "/schedule/schedule-generated.php"
SECOND_TAB = re.compile(r"<[^<>]*\bid\s*=\s*[\"']?tab-2\b", re.IGNORECASE)
CHANNEL_LINK = re.compile(r"(?:stream/stream-|watch\.php\?(?:.*&)?id=)([A-Za-z0-9_-]+?)(?:\.php|&|$)")
TAG = re.compile(r"</?[A-Za-z][^>]*>")
HEADER_DATE = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+(?P<month>[A-Za-z]{3,9})\.?(?:\s+(?P=month))?\s+(?P<year>\d{4})",
    re.IGNORECASE,
)
CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONDON = ZoneInfo("Europe/London")
ADULT = "18+"

Names = dict[str, str]
"""The site's id -> the name, in the site's order."""


class DaddyLive:
    """The site, fetched."""

    def __init__(self, spec: SourceSpec, fetcher: Fetcher) -> None:
        self._spec = spec
        self._fetcher = fetcher

    async def channels(self) -> Reading:
        """Read the page and the JSON; one of them is enough.

        Raises
        ------
        SourceError
            If neither could be read: the page's reason.
        """
        base, names, faults = self._spec.url, Names(), list[SourceError]()
        for path, parse in ((PAGE_PATH, parse_page), (JSON_PATH, parse_json)):
            try:
                page = await self._fetcher.get(base + path)
                found = parse(page.text, self._spec.name)
            except SourceError as error:
                faults.append(error)
                continue
            base = moved_base(page, path, base)
            names = {**names, **{key: name for key, name in found.items() if key not in names}}
        if not names:
            raise faults[0]
        private = self._spec.allow_private or await in_house(base, by_name=bool(self._spec.socks5))
        channels = (_channel(self._spec, base, *pair, private=private) for pair in names.items())
        return Reading(
            channels=regrouped(channels, self._spec), unread=tuple(fault.reason for fault in faults)
        )

    async def schedule(self) -> Schedule:
        """Read the schedule."""
        page = await self._fetcher.get(self._spec.url + SCHEDULE_PATH)
        return parse_schedule(page.text, self._spec.name)


def moved_base(page: Page, path: str, base: str) -> str:
    """Return the base that a page's final address shows; where it shows none, the old one."""
    final = page.address.partition("?")[0]
    return final.removesuffix(path) if final.endswith(path) else base


def parse_page(text: str, source: str) -> Names:
    """Read `24-7-channels.php`, in its older or its newer shape.

    Raises
    ------
    SourceUnreadable
        If no link in it leads to a channel.
    """
    names = Names()
    for link in LexborHTMLParser(SECOND_TAB.split(text)[0]).css("a[href]"):
        if match := CHANNEL_LINK.search(link.attributes.get("href") or ""):
            names.setdefault(match[1], _title(link))
    if found := {native_id: name for native_id, name in names.items() if name}:
        return found
    raise SourceUnreadable(
        source, f"{PAGE_PATH} has no link to a channel (an empty list, or a challenge page)"
    )


def _title(link: LexborNode) -> str:
    inner = link.css_first(".card__title") or link.css_first("strong") or link
    return clean(inner.text() or link.attributes.get("data-title") or "")


def clean(text: str) -> str:
    """Return text without stray tags, entities and doubled spaces."""
    return " ".join(TAG.sub(" ", html.unescape(text)).split())


def parse_json(text: str, source: str) -> Names:
    """Read `daddy.json`.

    Raises
    ------
    SourceUnreadable
        If it is no JSON list, or one without channels.
    """
    content = _json(text, source, JSON_PATH)
    items = content if isinstance(content, list) else []
    names = {
        str(item["channel_id"]): clean(str(item["channel_name"]))
        for item in items
        if isinstance(item, dict) and item.get("channel_id") and item.get("channel_name")
    }
    if not names:
        raise SourceUnreadable(source, f"{JSON_PATH} lists no channels")
    return names


def _json(text: str, source: str, path: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise SourceUnreadable(source, f"{path} is not JSON") from None


def _channel(spec: SourceSpec, base: str, native_id: str, name: str, *, private: bool) -> SourceChannel:
    adult = name.startswith(ADULT)
    stream = Stream(
        source=spec.name,
        address=f"{base}/stream/stream-{native_id}.php",
        locator=Locator.PAGE,
        headers=spec.headers,
        allow_private=private,
        socks5=spec.socks5,
    )
    return SourceChannel(
        source=spec.name,
        native_id=native_id,
        name=name,
        group=ADULT if adult else "",
        adult=adult,
        streams=(stream,),
    )


def parse_schedule(text: str, source: str) -> Schedule:
    """Read the schedule; days, categories or events that can't be read are reported and passed over.

    Raises
    ------
    SourceUnreadable
        If it is not JSON of days.
    """
    content = _json(text, source, SCHEDULE_PATH)
    if not isinstance(content, dict):
        raise SourceUnreadable(source, f"{SCHEDULE_PATH} has no days")
    unread: list[str] = []
    fixtures = tuple(_of_days(content, source, unread))
    return Schedule(fixtures=fixtures, unread=tuple(unread[:UNREAD_KEPT]))


def _of_days(content: dict[str, Any], source: str, unread: list[str]) -> Iterator[Fixture]:
    for header, categories in content.items():
        day = header_date(header)
        if day is None or not isinstance(categories, dict):
            unread.append(f"a day called {clean(header)!r}")
            continue
        for category, items in categories.items():
            for item in _values(items):
                if fixture := _fixture(item, day, clean(category), source):
                    yield fixture
                else:
                    unread.append(f"an event of {clean(category)} on {day}: no title, or no time as HH:MM")


def header_date(header: str) -> date | None:
    """Read "Tuesday 30th Sep 2025 - Schedule Time UK GMT", a doubled month included."""
    match = HEADER_DATE.search(header)
    if not match or match["month"][:3].lower() not in MONTHS:
        return None
    try:
        return date(int(match["year"]), MONTHS.index(match["month"][:3].lower()) + 1, int(match["day"]))
    except ValueError:
        return None


def _fixture(item: Any, day: date, category: str, source: str) -> Fixture | None:
    if not isinstance(item, dict):
        return None
    title = clean(str(item.get("event") or ""))
    clock = CLOCK.fullmatch(str(item.get("time") or "").strip())
    if not title or not clock:
        return None
    starts_at = datetime.combine(day, time(int(clock[1]), int(clock[2])), LONDON).astimezone(UTC)
    channels = _channels([*_values(item.get("channels")), *_values(item.get("channels2"))])
    return Fixture(source=source, category=category, title=title, starts_at=starts_at, channels=channels)


def _values(items: Any) -> list[Any]:
    """Return the items of a list, or of a dict keyed "0", "1"; of anything else, none."""
    if isinstance(items, dict):
        return [items] if "channel_id" in items or "event" in items else list(items.values())
    return items if isinstance(items, list) else []


def _channels(items: Iterable[Any]) -> tuple[FixtureChannel, ...]:
    found = (
        FixtureChannel(native_id=str(item.get("channel_id") or "") or None, name=name)
        for item in items
        if isinstance(item, dict) and (name := clean(str(item.get("channel_name") or "")))
    )
    return tuple({(channel.native_id, channel.name): channel for channel in found}.values())
