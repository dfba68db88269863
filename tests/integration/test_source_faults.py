"""What one source sends, and what is left of one that was removed, is nobody else's trouble."""

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
