"""What one source sends, and what is left of one that was removed, is nobody else's trouble."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from catalog.jobs import refresh_channels, refresh_events, refresh_guide
from catalog.jobs.context import Context
from catalog.settings import Settings
from catalog.sources.hdhomerun import HDHomeRun
from catalog.sources.ics import ICS
from catalog.sources.xmltv import Reader
from catalog.store import source_reports
from chassis.redis import connect_redis
from contracts import keys
from contracts.source import SourceReport
from starlette.requests import Request
from starlette.responses import Response
from support.origin import FakeOrigin
from support.servers import ServedApp, serving

NOW = datetime.now(UTC)


def guide(title: str) -> bytes:
    times = f'start="{NOW:%Y%m%d%H%M%S} +0000" stop="{NOW + timedelta(hours=1):%Y%m%d%H%M%S} +0000"'
    return f'<tv><programme {times} channel="one"><title>{title}</title></programme></tv>'.encode()


def lineup(name: str) -> bytes:
    return f'[{{"GuideNumber": "7", "GuideName": "{name}", "URL": "http://192.0.2.1/7"}}]'.encode()


LIST = b'#EXTINF:-1 tvg-id="one",One\nhttp://192.0.2.1/1.m3u8\n'
CALENDAR = (
    f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:A vs B\r\nDTSTART:{NOW:%Y%m%dT%H%M%SZ}\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
).encode()
SOURCES = """
- {{kind: hdhomerun, name: tuner, url: "{base}"}}
- {{kind: m3u, name: list, url: "{base}/list.m3u", epg: "{base}/list.xml"}}
- {{kind: ics, name: calendar, url: "{base}/ics"}}
- {{kind: ics, name: other, url: "{base}/ics"}}
- {{kind: xmltv, name: guide, url: "{base}/guide.xml"}}
"""


@pytest.fixture
def origin() -> FakeOrigin:
    return FakeOrigin(
        {
            "/discover.json": b'{"DeviceID": "1"}',
            "/lineup.json": lineup("Seven"),
            "/list.m3u": LIST,
            "/list.xml": guide("Own"),
            "/ics": CALENDAR,
            "/guide.xml": guide("Other"),
        }
    )


@pytest.fixture
def served(origin: FakeOrigin) -> Iterator[ServedApp]:
    with serving(origin.app()) as app:
        yield app


@pytest.fixture
async def context(served: ServedApp, redis_url: str, tmp_path: Path) -> AsyncIterator[Context]:
    path = tmp_path / "sources.yaml"
    path.write_text(SOURCES.format(base=served.base))
    settings = Settings(
        redis_url=redis_url, sources=str(path), data_dir=tmp_path / "data", guide_refresh_s=3600
    )
    async with connect_redis(settings.redis_url) as redis:
        yield Context(settings, redis)


async def refresh(context: Context) -> dict[tuple[str, str], SourceReport]:
    """Have everything read that is due, and return the reports."""
    await refresh_channels.refresh_channels(context)
    await refresh_events.refresh_events(context)
    for _ in range(2):
        await refresh_guide.refresh_guide(context)
    return {(report.name, report.topic): report for report in await source_reports(context.redis)}


ALL = {
    ("tuner", "channels"),
    ("list", "channels"),
    ("list", "guide"),
    ("calendar", "events"),
    ("other", "events"),
    ("guide", "guide"),
}


class Unforeseen(Exception):
    """What no adapter knows of."""


@pytest.mark.parametrize(
    ("part", "name", "failed"),
    [
        pytest.param(HDHomeRun, "channels", {("tuner", "channels")}, id="channels"),
        pytest.param(ICS, "schedule", {("calendar", "events"), ("other", "events")}, id="events"),
        pytest.param(Reader, "feed", {("list", "guide"), ("guide", "guide")}, id="guides"),
    ],
)
async def test_what_nobody_foresaw_costs_its_source_alone(
    context: Context, monkeypatch: pytest.MonkeyPatch, part: Any, name: str, failed: set[tuple[str, str]]
) -> None:
    """The others are read and published; it is reported by the fault's name, and rests as any that fails."""

    def broken(*_: object) -> None:
        raise Unforeseen

    monkeypatch.setattr(part, name, broken)
    told = await refresh(context)

    assert set(told) == ALL
    assert {key for key, report in told.items() if report.stale} == failed
    assert all("Unforeseen" in (told[key].reason or "") for key in failed)
    assert await context.redis.exists(keys.current("channels"), keys.current("events")) == 2


@pytest.mark.parametrize(
    ("path", "body", "name", "reason"),
    [
        pytest.param(
            "/lineup.json", lineup(r"Seven \ud83d"), ("tuner", "channels"), None, id="half a letter"
        ),
        pytest.param(
            "/list.m3u", LIST + b"#EXTINF:-1,\nhttp://[bad/x\n", ("list", "channels"), None, id="bracket"
        ),
        pytest.param(
            "/discover.json", b'{"LineupURL": "http://[bad/x"}', ("tuner", "channels"), None, id="line-up"
        ),
        pytest.param(
            "/guide.xml",
            b'<?xml version="1.0" encoding="big5"?><tv/>',
            ("guide", "guide"),
            "it is in big5, which is not read: UTF-8 is",
            id="encoding",
        ),
    ],
)
async def test_what_sources_have_sent_is_read_or_refused_in_words(
    context: Context, origin: FakeOrigin, path: str, body: bytes, name: tuple[str, str], reason: str | None
) -> None:
    origin.bodies[path] = body
    told = await refresh(context)

    assert {key for key, report in told.items() if report.stale} == ({name} if reason else set())
    assert told[name].reason == reason


def edit(context: Context, old: str, new: str) -> None:
    """Change the file of sources."""
    path = Path(context.settings.sources)
    path.write_text(path.read_text().replace(old, new))


async def left_of(context: Context, name: str) -> set[str]:
    """Return what Redis has under a source's name, by whatever it is."""
    kept = {keys.source(""), keys.records(""), keys.reading("")}
    found = [key.decode() async for key in context.redis.scan_iter(count=1000)]
    found += [
        key.decode() for hash_ in (keys.ASKED, keys.SETTINGS_READ) for key in await hkeys(context, hash_)
    ]
    bare = {key.removeprefix(prefix) for key in found for prefix in kept if key.startswith(prefix)}
    return {each for each in bare if each == name or each.startswith(f"{name}:")}


async def hkeys(context: Context, name: str) -> list[bytes]:
    return list(await context.redis.hkeys(name))


@pytest.mark.parametrize(
    ("old", "new", "name", "topics"),
    [
        pytest.param(', epg: "{base}/list.xml"', "", "list:guide", {("list", "channels")}, id="its guide"),
        pytest.param(
            "kind: xmltv, name: guide", "kind: m3u, name: guide", "guide:guide", {("guide", "channels")},
            id="its kind",
        ),
        pytest.param('- {{kind: ics, name: other, url: "{base}/ics"}}', "", "other", set(), id="itself"),
        pytest.param('- {{kind: hdhomerun, name: tuner, url: "{base}"}}', "", "tuner", set(), id="a tuner"),
    ],
)  # fmt: skip
async def test_of_what_a_source_has_no_more_nothing_is_left(
    context: Context, served: ServedApp, old: str, new: str, name: str, topics: set[tuple[str, str]]
) -> None:
    """No report that nobody renews, nothing that somebody asked, no records; all else stays as it was."""
    await refresh(context)
    before = await left_of(context, "list"), await left_of(context, name)
    await context.redis.hset(keys.ASKED, keys.source(name), b"now")
    edit(context, old.format(base=served.base), new)
    told = await refresh(context)

    source = name.partition(":")[0]
    assert {key for key in told if key[0] == source} == topics
    assert before[1]
    assert await left_of(context, name) == set()
    assert {"list", "list:guide", "list:guide:held"} - {name} <= before[0]
    if source != "list":
        assert await left_of(context, "list") == before[0]


async def test_a_reading_that_ends_after_its_source_went_leaves_nothing(
    context: Context, origin: FakeOrigin, served: ServedApp
) -> None:
    """A guide may take minutes: the next round forgets it."""
    asked, go = threading.Event(), threading.Event()

    def slow(_: Request) -> Response:
        asked.set()
        go.wait(20)
        return Response(guide("Late"))

    await refresh_channels.refresh_channels(context)
    await refresh_guide.refresh_guide(context)
    origin.bodies["/guide.xml"] = slow
    reading = asyncio.ensure_future(refresh_guide.refresh_guide(context))
    assert await asyncio.to_thread(asked.wait, 20)
    edit(context, f'- {{kind: xmltv, name: guide, url: "{served.base}/guide.xml"}}', "")
    await refresh_channels.refresh_channels(context)
    go.set()
    await reading
    assert await left_of(context, "guide")
    await refresh_channels.refresh_channels(context)

    assert await left_of(context, "guide") == set()
