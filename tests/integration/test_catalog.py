"""From sources to the API, on a real Redis and NATS."""

import asyncio
import gzip
import io
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import nats
import pytest
from catalog import relay, store
from catalog.jobs import clock, probe, refresh_channels, refresh_events
from catalog.jobs.context import Context
from catalog.main import create_app
from catalog.settings import Settings
from catalog.worker import CLOCK, GENERAL, work
from chassis import outbox as outbox_of
from chassis.redis import connect_redis
from chassis.tasks import background
from contracts import keys, subjects
from contracts.channel import Locator, Status
from contracts.event import Event
from PIL import Image
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from support.servers import ServedApp, free_port, redis_server, serving

SITE_CHANNELS = {str(number): f"Channel {number}" for number in range(1, 11)} | {
    "51": "ABC USA",
    "99": "18+ Late",
}
NOW = datetime.now(UTC)
LONDON = ZoneInfo("Europe/London")


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (600, 300), "blue").save(written, "PNG")
    return written.getvalue()


class Upstream:
    """A site, a list and a streamer; each answer can be changed."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, bytes, str]] = {}
        self.probes: list[str] = []
        self.list_site(SITE_CHANNELS)
        self.schedule("18:45")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as told."""
        if scope["type"] == "http":
            request = Request(scope)
            if "x-probe" in request.headers:
                self.probes.append(request.url.path)
            status, body, kind = self.answers.get(request.url.path, (404, b"{}", "application/json"))
            await Response(body, status, media_type=kind)(scope, receive, send)

    def say(self, path: str, body: str | bytes, status: int = 200, kind: str = "text/html") -> None:
        self.answers[path] = (status, body.encode() if isinstance(body, str) else body, kind)

    def list_site(self, channels: dict[str, str]) -> None:
        cards = (
            f'<a class="card" href="/watch.php?id={id_}"><div class="card__title">{name}</div></a>'
            for id_, name in channels.items()
        )
        self.say("/24-7-channels.php", f'<div class="grid">{"".join(cards)}</div>')

    def schedule(self, time: str) -> None:
        header = f"{NOW.astimezone(LONDON):%A %dth %b %Y} - Schedule Time UK GMT"
        event = {
            "time": time,
            "event": "Cup : A vs B",
            "channels": [{"channel_name": "x", "channel_id": "51"}],
        }
        self.say("/schedule/schedule-generated.php", json.dumps({header: {"Soccer": [event]}}))


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
def served(upstream: Upstream) -> Iterator[ServedApp]:
    with serving(upstream) as app:
        yield app


@pytest.fixture
def settings(served: ServedApp, redis_url: str, nats_url: str, tmp_path: Path) -> Settings:
    (tmp_path / "list.m3u").write_text(
        f'#EXTINF:-1 tvg-logo="{served.base}/logo.png" group-title="UK",abc usa\n{served.base}/abc.m3u8\n'
        f'#EXTINF:-1 group-title="UK" tvg-chno="77",Télé\n{served.base}/tele.m3u8\n'
    )
    return Settings(
        redis_url=redis_url,
        nats_url=nats_url,
        daddylive_uri=served.base,
        sources=f"m3u={tmp_path}/list.m3u",
        data_dir=tmp_path / "data",
        streamers=(served.base,),
        refresh_s=0.001,
        probe_rest=2,
        rate_limit="off",
    )


@pytest.fixture
async def context(settings: Settings, served: ServedApp) -> AsyncIterator[Context]:
    async with (
        connect_redis(settings.redis_url) as redis,
        httpx.AsyncClient(base_url=served.base) as streamer,
    ):
        yield Context(settings, redis, (streamer,))


async def channels(context: Context) -> dict[str, dict[str, object]]:
    version = (await context.redis.get(keys.current("channels"))).decode()
    found = await context.redis.hgetall(keys.generation("channels", version))
    return {key.decode(): json.loads(text) for key, text in found.items()}


async def outbox(context: Context) -> list[str]:
    """Return the subjects of what is to be announced."""
    return [json.loads(entry)[0] for entry in await context.redis.lrange(keys.OUTBOX, 0, -1)]


async def event_news(context: Context) -> list[tuple[str, str]]:
    """Return what is to be announced of events: id and state."""
    told = [json.loads(entry) for entry in await context.redis.lrange(keys.OUTBOX, 0, -1)]
    news = [json.loads(payload) for subject, _, payload, *_ in told if subject == subjects.EVENT_STATE]
    return [(each["event"]["id"], each["state"]) for each in news]


async def report(context: Context, name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(await context.redis.get(keys.source(name)))
    return found


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that another process or task does; the caller has the deadline."""
    while not await true():  # noqa: ASYNC110  (it happens in Redis, or on the other side of a socket)
        await asyncio.sleep(0.02)


async def emptied(context: Context) -> bool:
    return not await context.redis.llen(keys.OUTBOX)


async def filled(context: Context) -> bool:
    return bool(await context.redis.llen(keys.OUTBOX))


async def has_channels(client: httpx.AsyncClient) -> bool:
    return bool((await client.get("/api/channels?limit=1")).json()["channels"])


async def has_events(client: httpx.AsyncClient) -> bool:
    return bool((await client.get("/api/events")).json()["events"])


async def test_two_sources_become_one_list(context: Context, served: ServedApp) -> None:
    await refresh_channels.refresh_channels(context)

    found = await channels(context)
    assert len(found) == len(SITE_CHANNELS) + 1
    assert [stream["source"] for stream in found["abc-usa"]["streams"]] == ["daddylive", "m3u"]  # type: ignore[attr-defined]
    assert found["abc-usa"]["streams"][0]["address"] == f"{served.base}/stream/stream-51.php"  # type: ignore[index]
    assert found["abc-usa"]["streams"][0]["locator"] == Locator.PAGE  # type: ignore[index]
    assert found["tele"]["number"] == 77
    assert found["18-plus-late"]["adult"] is True


async def test_an_unchanged_list_is_no_news(context: Context) -> None:
    await refresh_channels.refresh_channels(context)
    await refresh_channels.refresh_channels(context)

    assert await outbox(context) == [subjects.CATALOG_CHANGED]
    assert (await report(context, "daddylive"))["refreshes"] == 2


async def test_the_old_generation_lingers_and_goes(context: Context, upstream: Upstream) -> None:
    await refresh_channels.refresh_channels(context)
    first = (await context.redis.get(keys.current("channels"))).decode()
    upstream.list_site({**SITE_CHANNELS, "7000": "New"})
    await refresh_channels.refresh_channels(context)
    second = (await context.redis.get(keys.current("channels"))).decode()

    assert 0 < await context.redis.ttl(keys.generation("channels", first)) <= 600
    assert await context.redis.ttl(keys.generation("channels", second)) == -1


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        pytest.param(200, "<title>Just a moment...</title>", "not a challenge", id="challenge page"),
        pytest.param(403, "", "answered 403", id="refused"),
        pytest.param(
            200, '<a href="/watch.php?id=1">Channel 1</a>', "lists 1 of 12 channels", id="most gone"
        ),
    ],
)
async def test_a_bad_refresh_keeps_the_last_good_list(
    context: Context, upstream: Upstream, status: int, body: str, reason: str
) -> None:
    await refresh_channels.refresh_channels(context)
    before = await channels(context)
    upstream.say("/24-7-channels.php", body, status)
    await refresh_channels.refresh_channels(context)

    assert await channels(context) == before
    told = await report(context, "daddylive")
    assert told["stale"] is True
    assert reason in str(told["reason"])


async def test_ids_and_numbers_survive_a_lost_redis(context: Context, upstream: Upstream) -> None:
    await refresh_channels.refresh_channels(context)
    before = {key: channel["number"] for key, channel in (await channels(context)).items()}
    await context.redis.flushall()
    upstream.list_site({"8": "Abc Usa", **dict(reversed(SITE_CHANNELS.items()))})
    await refresh_channels.refresh_channels(context)

    after = {key: channel["number"] for key, channel in (await channels(context)).items()}
    assert after.items() >= before.items()


async def test_events_are_linked_and_survive_an_absent_schedule(context: Context, upstream: Upstream) -> None:
    await refresh_channels.refresh_channels(context)
    await refresh_events.refresh_events(context)
    version = (await context.redis.get(keys.current("events"))).decode()
    (text,) = await context.redis.hvals(keys.generation("events", version))
    upstream.say("/schedule/schedule-generated.php", "", 404)
    await refresh_events.refresh_events(context)

    event = Event.model_validate_json(text)
    assert (event.league, event.teams, event.channels[0].id) == ("Cup", ("A", "B"), "abc-usa")
    assert (await context.redis.get(keys.current("events"))).decode() == version
    assert (await report(context, "daddylive:events"))["stale"] is True


async def test_two_clocks_announce_each_change_once(context: Context) -> None:
    await refresh_channels.refresh_channels(context)
    await refresh_events.refresh_events(context)
    await context.redis.delete(keys.OUTBOX)
    version = (await context.redis.get(keys.current("events"))).decode()
    (text,) = await context.redis.hvals(keys.generation("events", version))
    event = Event.model_validate_json(text)
    other = Context(context.settings, context.redis)
    second = timedelta(seconds=1)
    for moment in (event.starts_at - second, event.starts_at, event.ends_at - second, event.ends_at):
        for _ in range(2):
            await asyncio.gather(*(clock.strike(each, moment) for each in (context, other) * 4))

    assert await event_news(context) == [(event.id, "live"), (event.id, "ended")]


async def test_probing_judges_and_tells_only_changes(context: Context, upstream: Upstream) -> None:
    await refresh_channels.refresh_channels(context)
    await context.redis.delete(keys.OUTBOX)
    await context.redis.zadd(keys.audience("abc-usa"), {"session": NOW.timestamp() + 3600})
    for path in ("abc-usa", "tele"):
        upstream.say(f"/stream/{path}.m3u8", "#EXTM3U", kind="application/vnd.apple.mpegurl")
    first = await probe.probe(context)
    upstream.say("/stream/abc-usa.m3u8", '{"code": "upstream_timeout"}', 504)
    second = await probe.probe(context)

    assert first[0].channel_id == second[0].channel_id == "abc-usa"
    assert (first[0].status, second[0].status, second[0].reason) == (
        Status.ONLINE,
        Status.OFFLINE,
        "upstream_timeout",
    )
    assert len(upstream.probes) == 6
    assert await outbox(context) == [subjects.CHANNEL_STATUS] * 2


async def test_announcements_reach_nats(context: Context, nats_url: str) -> None:
    await refresh_channels.refresh_channels(context)

    async def carry() -> None:
        await relay.run(context.redis, context.settings.nats_url)

    async with background(carry, "relay"), asyncio.timeout(20):
        client = await nats.connect(nats_url)
        await until(lambda: emptied(context))
        message = await client.jetstream().get_last_msg(subjects.STREAM, subjects.CATALOG_CHANGED)
        await client.close()
    assert json.loads(message.data or b"")["added"] == len(SITE_CHANNELS) + 1


async def test_a_killed_relay_holds_nobody_up_and_doubles_nothing(context: Context, nats_url: str) -> None:
    """Its lease goes on; those who stand by carry what waits, in order, however many they are."""
    await context.redis.set(keys.lease(relay.LEASE), "the killed one's", px=600_000)
    told = [f"{number}".encode() for number in range(100)]

    async def carry() -> None:
        await relay.run(context.redis, context.settings.nats_url)

    async with background(carry, "one"), background(carry, "two"), asyncio.timeout(20):
        async with context.redis.pipeline() as pipeline:
            for text in told:
                outbox_of.add(pipeline, keys.OUTBOX, subjects.EVENT_STATE, text)
            await pipeline.execute()
        await until(lambda: emptied(context))
        client = await nats.connect(nats_url)
        state = (await client.jetstream().stream_info(subjects.STREAM)).state
        found = [await client.jetstream().get_msg(subjects.STREAM, place) for place in range(1, 101)]
        await client.close()
    assert state.messages == len(told)
    assert [message.data for message in found] == told


async def test_a_worker_fills_the_api(settings: Settings, upstream: Upstream) -> None:
    """The whole way, as in production: arq workers, then HTTP."""
    upstream.say("/logo.png", picture(), kind="image/png")
    upstream.schedule(f"{NOW.astimezone(LONDON):%H:%M}")
    with serving(create_app(settings)) as api:
        base = api.base
        async with (
            background(lambda: work(GENERAL, settings), "worker"),
            background(lambda: work(CLOCK, settings), "clock"),
            httpx.AsyncClient(base_url=api.base) as client,
            asyncio.timeout(30),
        ):
            await until(lambda: has_channels(client))
            await until(lambda: has_events(client))
            page = (await client.get("/api/channels?limit=5")).json()
            rest = (await client.get(f"/api/channels?limit=10000&cursor={page['next_cursor']}")).json()
            same = await client.get("/api/channels", headers={"If-None-Match": f'"{page["version"]}"'})
            listed = await client.get("/playlist.m3u8?group=uk")
            head = await client.head("/playlist.m3u")
            guides = [await client.get(path) for path in ("/epg.xml", "/guide.xml", "/epg.xml.gz")]
            unchanged = await client.get("/epg.xml", headers={"If-None-Match": guides[0].headers["etag"]})
            narrowed = await client.get("/epg.xml?ids=tele,none")
            logo = await client.get("/logo/abc-usa")
            light = await client.get("/logo/abc-usa", headers={"Accept": "image/webp,*/*"})
            missing = await client.get("/api/channels/none")
            hits = (await client.get("/api/search?q=tele")).json()["results"]
            health = (await client.get("/health/detailed")).json()
            metrics = (await client.get("/metrics")).text

    assert len(page["channels"]) + len(rest["channels"]) == page["total"] == len(SITE_CHANNELS) + 1
    assert same.status_code == 304
    assert f"{base}/stream/tele.m3u8" in listed.text
    assert head.headers["content-type"] == "audio/x-mpegurl"
    assert guides[0].content == guides[1].content == gzip.decompress(guides[2].content)
    assert f'<icon src="{base}/logo/abc-usa"/>' in guides[0].text
    assert "<title>Cup : A vs B</title>" in guides[0].text
    assert guides[2].headers["content-type"] == "application/gzip"
    assert "content-encoding" not in guides[2].headers
    assert unchanged.status_code == 304
    assert re.findall(r'<channel id="([^"]*)"', narrowed.text) == ["tele"]
    assert (logo.status_code, logo.headers["content-type"]) == (200, "image/png")
    assert (light.headers["content-type"], light.headers["vary"]) == ("image/webp", "Accept")
    assert (missing.status_code, missing.json()["code"]) == (404, "channel_not_found")
    assert hits[0]["id"] == "tele"
    assert {node.split(":")[2] for node in health["nodes"]} >= {"worker", "clock"}
    assert "iptv_catalog_channels 13.0" in metrics


async def test_the_api_starts_without_redis(settings: Settings) -> None:
    """It is there, and says why it can't answer: only Redis knows whether a token is wanted."""
    nowhere = settings.model_copy(update={"redis_url": SecretStr(f"redis://127.0.0.1:{free_port()}")})
    with serving(create_app(nowhere)) as api:
        async with httpx.AsyncClient(base_url=api.base) as client:
            assert (await client.get("/health")).status_code == 200
            answer = await client.get("/api/channels")
            assert (answer.status_code, answer.json()["code"]) == (503, "access_unknown")
            assert answer.headers["Retry-After"] == "2"


async def test_a_worker_waits_for_redis(settings: Settings) -> None:
    """Whatever starts first: it is there once Redis is."""
    with redis_server() as program:
        program.kill()
        own = settings.model_copy(update={"redis_url": SecretStr(f"redis://127.0.0.1:{program.port}")})
        working = asyncio.ensure_future(work(CLOCK, own))
        try:
            done, _ = await asyncio.wait({working}, timeout=1)
            assert not done
            program.start()
            async with connect_redis(own.redis_url) as redis, asyncio.timeout(30):
                await until(lambda: redis.exists(keys.node(CLOCK.name, own.node_name)))
        finally:
            working.cancel()
            await asyncio.wait({working})


async def test_the_api_outlives_redis(settings: Settings) -> None:
    """The last list is served on while Redis is away, and the next one once it is back."""
    with redis_server() as program:
        own = settings.model_copy(update={"redis_url": SecretStr(f"redis://127.0.0.1:{program.port}")})
        async with connect_redis(own.redis_url) as redis, asyncio.timeout(30):
            await refresh_channels.refresh_channels(Context(own, redis))
            with serving(create_app(own)) as api:
                async with httpx.AsyncClient(base_url=api.base) as client:
                    await until(lambda: has_channels(client))
                    program.kill()
                    assert await has_channels(client)
                    assert (await client.get("/health")).status_code == 200
                    assert (await client.get("/health/detailed")).json()["status"] == "degraded"


async def test_the_clock_strikes_within_a_second(context: Context) -> None:
    starts_at = datetime.now(UTC) + timedelta(seconds=2.5)
    event = Event(
        id="e", title="A vs B", category="Soccer", starts_at=starts_at, ends_at=starts_at + timedelta(hours=1)
    )
    await store.stage(context.redis, "events", "v1", {"e": event.model_dump_json().encode()})
    await context.redis.set(keys.current("events"), "v1")
    settings = context.settings.model_copy(update={"nats_url": SecretStr(f"nats://127.0.0.1:{free_port()}")})
    async with background(lambda: work(CLOCK, settings), "clock"), asyncio.timeout(20):
        await until(lambda: filled(context))

    assert timedelta(0) <= datetime.now(UTC) - starts_at < timedelta(seconds=1.2)
    assert await event_news(context) == [("e", "live")]
