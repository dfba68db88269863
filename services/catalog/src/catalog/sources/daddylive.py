"""The DaddyLive-shaped site: a page of channels, the same as JSON, a schedule.

The page comes in two shapes and the JSON is not always there: what either gives is merged by the site's
own ids, the page's order first. A channel's stream is a page of the site; following it is the streamer's.

The base address moves from host to host (301): all addresses are built on where the page was in the end.
"""

import asyncio
import contextlib
import html
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from contracts.channel import Locator
from selectolax.lexbor import LexborHTMLParser, LexborNode

from catalog.errors import SourceError, SourceUnreadable
from catalog.sources.base import (
    UNREAD_KEPT,
    Expectation,
    Fixture,
    FixtureChannel,
    Reading,
    Schedule,
    SourceChannel,
    expect,
    json_of,
    regrouped,
    stream_of,
)
from catalog.sources.events import LONGEST, MOST_CHANNELS
from catalog.sources.fetch import Fetcher, Page
from catalog.sources.spec import SourceSpec

PAGE_PATH = "/24-7-channels.php"
JSON_PATH = "/daddy.json"
SCHEDULE_PATH = "/schedule/schedule-generated.php"
SECOND_TAB = re.compile(r"<[^<>]*\bid\s*=\s*[\"']?tab-2\b", re.IGNORECASE)
CHANNEL_LINK = re.compile(r"(?:stream/stream-|watch\.php\?(?:.*&)?id=)([A-Za-z0-9_-]+?)(?:\.php|&|$)")
CHANNEL_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
TAG = re.compile(r"</?[A-Za-z][^>]*>")
HEADER_DATE = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+(?P<month>[A-Za-z]{3,9})\.?(?:\s+(?P=month))?\s+(?P<year>\d{4})",
    re.IGNORECASE,
)
CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LONDON = ZoneInfo("Europe/London")
ADULT = "18+"

CHALLENGE = re.compile(
    r"just a moment|checking your browser|cf-chl-|challenge-platform|captcha|ddos-guard", re.IGNORECASE
)

EXPECTED_OF_ANY = (
    Expectation("something in it, not an empty page", lambda text: bool(text.strip())),
    Expectation(
        "the site's own page, not a challenge for browsers",
        lambda text: len(text) > CHALLENGE_BYTES or not CHALLENGE.search(text),
    ),
)
CHALLENGE_BYTES = 100_000
"""Pages of challenges are short; a long list may well have one of these words in it."""
EXPECTED_OF_PAGE = (Expectation("a link to a channel, /stream/stream-N.php or /watch.php?id=N", bool),)
EXPECTED_OF_JSON = (
    Expectation("a list", lambda content: isinstance(content, list)),
    Expectation("objects with channel_id and channel_name in it", lambda content: bool(_names(content))),
)
EXPECTED_OF_SCHEDULE = (
    Expectation("days by their headings", lambda content: isinstance(content, dict) and bool(content)),
    Expectation(
        "a heading with a date, such as Tuesday 30th Sep 2025", lambda content: any(map(header_date, content))
    ),
    Expectation(
        "categories by their names under a day",
        lambda content: any(isinstance(categories, dict) for categories in content.values()),
    ),
)
"""What the site's pages have to be. What is wrong with single items is reported with them."""

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
        base, names, faults, inside = self._spec.url, Names(), list[SourceError](), True
        for path, parse in ((PAGE_PATH, parse_page), (JSON_PATH, parse_json)):
            try:
                page = await self._fetcher.get(base + path)
                found = parse(page.text, self._spec.name)
            except SourceError as error:
                faults.append(error)
                continue
            base, inside = moved_base(page, path, base), inside and page.inside
            names = {**names, **{key: name for key, name in found.items() if key not in names}}
        if not names:
            raise faults[0]
        channels = (_channel(self._spec, base, *pair, private=inside) for pair in names.items())
        return Reading(
            channels=regrouped(channels, self._spec), unread=tuple(fault.reason for fault in faults)
        )

    async def schedule(self) -> Schedule:
        """Read the schedule."""
        page = await self._fetcher.get_changed(self._spec.url + SCHEDULE_PATH)
        zone = self._spec.zone if self._spec.timezone else LONDON
        return await asyncio.to_thread(parse_schedule, page.text, self._spec.name, zone)


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
    with _about(source, PAGE_PATH):
        expect(source, text, EXPECTED_OF_ANY)
        names = Names()
        for link in LexborHTMLParser(SECOND_TAB.split(text)[0]).css("a[href]"):
            if match := CHANNEL_LINK.search(link.attributes.get("href") or ""):
                names.setdefault(match[1], _title(link))
        found = {native_id: name for native_id, name in names.items() if name}
        expect(source, found, EXPECTED_OF_PAGE)
    return found


@contextlib.contextmanager
def _about(source: str, path: str) -> Iterator[None]:
    """Say of which page an expectation was."""
    try:
        yield
    except SourceUnreadable as error:
        raise SourceUnreadable(source, f"{path}: {error.reason}") from None


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
    with _about(source, JSON_PATH):
        content = _json(text, source)
        expect(source, content, EXPECTED_OF_JSON)
    return _names(content)


def _names(items: list[Any]) -> Names:
    return {
        str(item["channel_id"]): name
        for item in items
        if isinstance(item, dict)
        and CHANNEL_ID.fullmatch(str(item.get("channel_id") or ""))
        and (name := clean(str(item.get("channel_name") or "")))
    }


def _json(text: str, source: str) -> Any:
    expect(source, text, EXPECTED_OF_ANY)
    return json_of(source, text)


def _channel(spec: SourceSpec, base: str, native_id: str, name: str, *, private: bool) -> SourceChannel:
    adult = name.startswith(ADULT)
    address = f"{base}/stream/stream-{native_id}.php"
    stream = stream_of(spec, address, private=private, locator=Locator.PAGE)
    return SourceChannel(
        source=spec.name,
        native_id=native_id,
        name=name,
        group=ADULT if adult else "",
        adult=adult,
        streams=(stream,),
    )


def parse_schedule(text: str, source: str, zone: ZoneInfo = LONDON) -> Schedule:
    """Read the schedule; days, categories or events that can't be read are reported and passed over.

    Raises
    ------
    SourceUnreadable
        If it is not JSON of days.
    """
    with _about(source, SCHEDULE_PATH):
        content = _json(text, source)
        expect(source, content, EXPECTED_OF_SCHEDULE)
    unread: list[str] = []
    fixtures = tuple(_of_days(content, source, zone, unread))
    return Schedule(fixtures=fixtures, unread=tuple(unread[:UNREAD_KEPT]))


def _of_days(content: dict[str, Any], source: str, zone: ZoneInfo, unread: list[str]) -> Iterator[Fixture]:
    for header, categories in content.items():
        day = header_date(header)
        if day is None or not isinstance(categories, dict):
            unread.append(f"a day called {clean(header)[:80]!r}")
            continue
        for category, items in categories.items():
            for item in _values(items):
                if fixture := _fixture(item, datetime.combine(day, time(), zone), clean(category), source):
                    yield fixture
                else:
                    told = clean(category)[:80]
                    unread.append(f"an event of {told} on {day}: no title, or no time as HH:MM")


def header_date(header: str) -> date | None:
    """Read "Tuesday 30th Sep 2025 - Schedule Time UK GMT", a doubled month included."""
    match = HEADER_DATE.search(header)
    if not match or match["month"][:3].lower() not in MONTHS:
        return None
    try:
        return date(int(match["year"]), MONTHS.index(match["month"][:3].lower()) + 1, int(match["day"]))
    except ValueError:
        return None


def _fixture(item: Any, day: datetime, category: str, source: str) -> Fixture | None:
    if not isinstance(item, dict):
        return None
    title = clean(str(item.get("event") or ""))[:LONGEST]
    clock = CLOCK.fullmatch(str(item.get("time") or "").strip())
    if not title or not clock:
        return None
    starts_at = day.replace(hour=int(clock[1]), minute=int(clock[2])).astimezone(UTC)
    channels = _channels([*_values(item.get("channels")), *_values(item.get("channels2"))])
    return Fixture(
        source=source, category=category[:LONGEST], title=title, starts_at=starts_at, channels=channels
    )


def _values(items: Any) -> list[Any]:
    """Return the items of a list, or of a dict keyed "0", "1"; of anything else, none."""
    if isinstance(items, dict):
        return [items] if "channel_id" in items or "event" in items else list(items.values())
    return items if isinstance(items, list) else []


def _channels(items: Iterable[Any]) -> tuple[FixtureChannel, ...]:
    found = (
        FixtureChannel(native_id=str(item.get("channel_id") or "")[:LONGEST] or None, name=name[:LONGEST])
        for item in items
        if isinstance(item, dict) and (name := clean(str(item.get("channel_name") or "")))
    )
    distinct = {(channel.native_id, channel.name): channel for channel in islice(found, MOST_CHANNELS)}
    return tuple(distinct.values())
