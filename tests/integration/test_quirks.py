"""What the site does wrong, read over HTTP from the demo that does it. The table is in docs/sources.md."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from catalog.errors import SourceError, SourceRefused, SourceUnreadable
from catalog.jobs import refresh_channels, refresh_events
from catalog.jobs.context import Context
from catalog.settings import Settings
from catalog.sources.base import Fixture, Reading, Schedule
from catalog.sources.daddylive import JSON_PATH, PAGE_PATH, SCHEDULE_PATH, DaddyLive
from catalog.sources.fetch import open_fetcher
from catalog.sources.spec import SourceSpec
from catalog.store import source_reports
from chassis.redis import connect_redis
from contracts import keys
from contracts.channel import Channel, Locator
from contracts.event import Event
from demo.main import create_app
from demo.settings import Settings as DemoSettings
from support.gateway import Gateway
from support.servers import ServedApp, serving

CHALLENGE = "<html><title>Just a moment...</title><body>Checking your browser</body></html>"
LONDON = ZoneInfo("Europe/London")
Opened = Callable[..., ServedApp]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Open demos without media: at a time of their own, in a shape of their own."""
    with ExitStack() as stack:

        def open_(now: datetime | None = None, **settings: Any) -> ServedApp:
            own = DemoSettings(demo_dir=tmp_path, demo_loop_s=8, demo_ffmpeg="/bin/false", **settings)
            app = create_app(own, now.timestamp) if now else create_app(own)
            return stack.enter_context(serving(app))

        yield open_


def breaks(base: str, path: str, status: int, body: str = "", **headers: str) -> None:
    fault = {"path_prefix": path, "status": status, "body": body, "headers": headers, "seconds": 600}
    httpx.post(f"{base}/_demo/fault", json=fault).raise_for_status()


async def channels(demo: ServedApp) -> Reading:
    spec = SourceSpec(kind="daddylive", name="site", url=demo.base)
    async with open_fetcher(spec) as fetcher:
        return await DaddyLive(spec, fetcher).channels()


async def schedule(demo: ServedApp) -> Schedule:
    spec = SourceSpec(kind="daddylive", name="site", url=demo.base)
    async with open_fetcher(spec) as fetcher:
        return await DaddyLive(spec, fetcher).schedule()


def of(category: str, fixtures: tuple[Fixture, ...]) -> list[Fixture]:
    found = [fixture for fixture in fixtures if fixture.category == category]
    assert found
    return found


def said(demo: ServedApp) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Return the schedule as the demo sends it."""
    days: dict[str, dict[str, list[dict[str, Any]]]] = httpx.get(demo.base + SCHEDULE_PATH).json()
    return days


@pytest.fixture
async def context(opened: Opened, redis_url: str, nats_url: str, tmp_path: Path) -> AsyncIterator[Context]:
    demo = opened()
    settings = Settings(
        redis_url=redis_url,
        nats_url=nats_url,
        daddylive_uri=demo.base,
        sources=f"m3u={demo.base}/list.m3u",
        data_dir=tmp_path / "data",
        refresh_s=0.001,
    )
    async with connect_redis(settings.redis_url) as redis:
        yield Context(settings, redis)


async def events(context: Context) -> list[Event]:
    version = (await context.redis.get(keys.current("events"))).decode()
    return [
        Event.model_validate_json(text)
        for text in await context.redis.hvals(keys.generation("events", version))
    ]


@pytest.mark.parametrize("shape", ["new", "old"])
async def test_the_page_is_read_in_either_shape(opened: Opened, shape: str) -> None:
    """The first card is there twice; the older shape has a second tab with links that are none of ours."""
    demo = opened(demo_site_shape=shape)
    breaks(demo.base, JSON_PATH, 404)
    names = [channel.name for channel in (await channels(demo)).channels]

    assert names.count("Aurora One") == 1
    assert {"Tide & Timber", "Studio #5"} <= set(names)
    assert "About" not in names


async def test_json_is_enough(opened: Opened) -> None:
    demo = opened()
    breaks(demo.base, PAGE_PATH, 404)
    assert {"51", "56"} <= {channel.native_id for channel in (await channels(demo)).channels}


async def test_a_stray_tag_is_no_part_of_a_category(opened: Opened) -> None:
    demo = opened()
    assert any("Soccer</span>" in categories for categories in said(demo).values())
    assert "Soccer" in {fixture.category for fixture in (await schedule(demo)).fixtures}


@pytest.mark.parametrize("day", [1, 2, 3, 4, 11, 22])
async def test_days_are_read_however_they_are_written(opened: Opened, day: int) -> None:
    """1st, 2nd, 3rd, 11th; tomorrow's with a doubled month: "04th May May 2026"."""
    demo = opened(datetime(2026, 5, day, 12, tzinfo=UTC))
    found = await schedule(demo)

    assert any("May May" in header for header in said(demo))
    assert {fixture.starts_at.astimezone(LONDON).day for fixture in found.fixtures} >= {day, day + 1}


@pytest.mark.parametrize(("month", "hour"), [(1, 12), (7, 11)], ids=["winter", "summer"])
async def test_times_are_londons(opened: Opened, month: int, hour: int) -> None:
    """The heading says GMT all year."""
    demo = opened(datetime(2026, month, 10, 9, tzinfo=UTC))
    noon = [event["event"] for day in said(demo).values() for event in day["Soccer</span>"]
            if event["time"] == "12:00"]  # fmt: skip
    starts = {fixture.starts_at.hour for fixture in (await schedule(demo)).fixtures if fixture.title in noon}
    assert hour in starts


async def test_channels_keyed_by_numbers_are_a_list(opened: Opened) -> None:
    demo = opened()
    assert all(isinstance(item["channels"], dict) for day in said(demo).values()
               for item in day.get("Basketball", ()))  # fmt: skip
    assert all(fixture.channels for fixture in of("Basketball", (await schedule(demo)).fixtures))


async def test_channels2_may_be_missing(opened: Opened) -> None:
    demo = opened()
    assert not any("channels2" in item for day in said(demo).values() for item in day.get("Motorsport", ()))
    assert all(fixture.channels for fixture in of("Motorsport", (await schedule(demo)).fixtures))


async def test_a_time_that_is_none_is_reported(opened: Opened) -> None:
    """It is left out, and nothing else with it."""
    found = await schedule(opened())
    assert any("no time as HH:MM" in told for told in found.unread)
    assert "Tonight : Surprise Guest" not in {fixture.title for fixture in found.fixtures}
    assert of("TV Shows", found.fixtures)


async def test_a_channel_that_the_list_lacks_stays_by_name(context: Context) -> None:
    await refresh_channels.refresh_channels(context)
    await refresh_events.refresh_events(context)
    cup = [event for event in await events(context) if event.league == "Meadow Cup"]
    unlisted = [channel for event in cup for channel in event.channels if channel.name == "Far Shore Sports"]
    assert unlisted
    assert {channel.id for channel in unlisted} == {None}


async def test_a_channel_under_another_name_is_found_by_its_number(context: Context) -> None:
    await refresh_channels.refresh_channels(context)
    await refresh_events.refresh_events(context)
    tennis = [event for event in await events(context) if event.category == "Tennis"]
    assert tennis
    assert all(event.channels[0].id == "velocity-live" for event in tennis)


@pytest.mark.parametrize("status", [403, 404])
async def test_a_schedule_that_is_away_keeps_its_events(context: Context, status: int) -> None:
    await refresh_channels.refresh_channels(context)
    await refresh_events.refresh_events(context)
    before = {event.id for event in await events(context)}
    breaks(str(context.settings.daddylive_uri), SCHEDULE_PATH, status)
    await refresh_events.refresh_events(context)

    told = {(report.topic, report.stale): report for report in await source_reports(context.redis)}
    assert str(status) in (told["events", True].reason or "")
    assert {event.id for event in await events(context)} == before


@pytest.mark.parametrize(
    ("status", "body", "error", "told"),
    [
        (403, "", SourceRefused, "403"),
        (200, CHALLENGE, SourceUnreadable, "a challenge for browsers"),
        (200, "<html><div class='grid'></div></html>", SourceUnreadable, "a link to a channel"),
        (200, "", SourceUnreadable, "empty page"),
    ],
    ids=["forbidden", "challenge", "no channels", "nothing"],
)
async def test_a_page_that_cannot_be_read_is_told_why(
    opened: Opened, status: int, body: str, error: type[SourceError], told: str
) -> None:
    demo = opened()
    breaks(demo.base, PAGE_PATH, status, body)
    breaks(demo.base, JSON_PATH, status, body or "[]")
    with pytest.raises(error, match=told):
        await channels(demo)


async def test_an_empty_list_empties_nothing(context: Context) -> None:
    await refresh_channels.refresh_channels(context)
    before = await context.redis.get(keys.current("channels"))
    for path, body in ((PAGE_PATH, "<html></html>"), (JSON_PATH, json.dumps([]))):
        breaks(str(context.settings.daddylive_uri), path, 200, body)
    await refresh_channels.refresh_channels(context)
    assert await context.redis.get(keys.current("channels")) == before
    assert any(report.stale for report in await source_reports(context.redis))


async def test_a_base_that_moved_is_followed(opened: Opened) -> None:
    """All addresses are built on where the page was in the end."""
    old, new = opened(), opened()
    breaks(old.base, PAGE_PATH, 301, location=new.base + PAGE_PATH)
    found = (await channels(old)).channels
    assert found
    assert all(channel.streams[0].address.startswith(f"{new.base}/stream/") for channel in found)


def test_a_stream_page_without_a_frame_is_told(opened: Opened, redis_url: str, nats_url: str) -> None:
    demo = opened()
    breaks(demo.base, "/stream/stream-51.php", 200, "<html><body>Offline</body></html>")
    with ExitStack() as stack:
        gateway = Gateway(stack, redis_url, nats_url)
        gateway.add("one", f"{demo.base}/stream/stream-51.php", locator=Locator.PAGE)
        answer = gateway.node().get("/stream/one.m3u8")
    assert (answer.status_code, answer.json()["code"]) == (502, "upstream_unreadable")


async def test_the_list_survives_its_oddities(context: Context) -> None:
    """Commas and quotes in names, headers behind a pipe or in a line for VLC, a channel twice."""
    await refresh_channels.refresh_channels(context)
    version = (await context.redis.get(keys.current("channels"))).decode()
    texts = await context.redis.hvals(keys.generation("channels", version))
    found = {channel.name: channel for channel in map(Channel.model_validate_json, texts)}

    assert {"Garden, Home, Table", 'The "Quiet" Channel'} <= set(found)
    assert [stream.address.rpartition("/")[2] for stream in found["Second Wind"].streams] == [
        "gone.m3u8",
        "index.m3u8",
        "spare.m3u8",
    ]
    for name, expected in (("Cobalt Cinema", {"Referer", "Origin"}), ("Nightfall Movies", {"Referer"})):
        listed = next(stream for stream in found[name].streams if stream.locator is Locator.DIRECT)
        assert set(listed.headers) == expected
