"""From a guide's address to players, on a real Redis; and what HTTP asks of every list."""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from catalog.harvest import unpack
from catalog.jobs import refresh_channels, refresh_guide
from catalog.jobs.context import Context
from catalog.main import create_app
from catalog.outputs.hdhomerun import is_device_id
from catalog.settings import Settings
from chassis.redis import connect_redis
from contracts import keys
from contracts.channel import ChannelStatus, Status
from contracts.now import NowPage, StatusPage
from contracts.programme import GuidePage
from contracts.search import SearchResults
from lxml import etree
from pydantic import SecretStr
from support.servers import ServedApp, repository, serving

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
HOUR = timedelta(hours=1)


def programme(channel: str, title: str, start: datetime, icon: str = "") -> str:
    picture = f'<icon src="{icon}"/>' if icon else ""
    times = f'start="{start:%Y%m%d%H%M%S} +0000" stop="{start + HOUR:%Y%m%d%H%M%S} +0000"'
    return f'<programme {times} channel="{channel}"><title>{title}</title>{picture}</programme>'


def write_guide(folder: Path, *items: str) -> None:
    (folder / "guide.xml").write_text(f"<tv>{''.join(items)}</tv>")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "list.m3u").write_text(
        '#EXTINF:-1 tvg-id="one.uk" group-title="UK",One\nhttp://203.0.113.1/one.m3u8\n'
        '#EXTINF:-1 group-title="FR" tvg-chno="77",Télé "Deux"\nhttp://203.0.113.1/two.m3u8\n'
    )
    write_guide(
        tmp_path,
        '<channel id="x"><display-name>tele deux</display-name></channel>',
        programme("one.uk", "Now &amp; then", NOW, "http://203.0.113.1/secret.png"),
        programme("one.uk", "Next", NOW + HOUR),
        programme("x", "Deux", NOW),
    )
    return tmp_path


@pytest.fixture
def settings(folder: Path, redis_url: str) -> Settings:
    return Settings(
        redis_url=redis_url,
        sources=f"m3u={folder}/list.m3u xmltv={folder}/guide.xml",
        data_dir=folder / "data",
        refresh_s=0.001,
        guide_refresh_s=0.001,
        rate_limit="off",
    )


@pytest.fixture
async def context(settings: Settings) -> AsyncIterator[Context]:
    async with connect_redis(settings.redis_url) as redis:
        made = Context(settings, redis)
        await refresh_channels.refresh_channels(made)
        await refresh_guide.refresh_guide(made)
        yield made


@pytest.fixture
def api(settings: Settings, context: Context) -> Iterator[ServedApp]:  # noqa: ARG001  (it fills Redis)
    with serving(create_app(settings)) as served:
        yield served


@pytest.fixture
async def client(api: ServedApp) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=api.base, timeout=20) as found:
        await until(lambda: is_loaded(found))
        yield found


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await true():  # noqa: ASYNC110  (it happens in the server)
            await asyncio.sleep(0.02)


async def is_loaded(client: httpx.AsyncClient) -> bool:
    return bool((await client.get("/health/detailed")).json()["catalog"]["guided"])


async def titles(context: Context) -> dict[str, list[str]]:
    version = (await context.redis.get(keys.current("guide"))).decode()
    found = await context.redis.hgetall(keys.generation("guide", version))
    return {key.decode(): [each.title for each in unpack(text).programmes] for key, text in found.items()}


async def test_a_guide_is_matched_to_the_list(context: Context) -> None:
    assert await titles(context) == {"one": ["Now & then", "Next"], "tele-deux": ["Deux"]}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<tv><programme", "ends too soon"),
        ("<html/>", "no XMLTV"),
        ("<tv/>", "none of ours has a programme"),
        ('<!DOCTYPE tv [<!ENTITY a "b">]><tv/>', "declares entities"),
    ],
)
async def test_a_bad_guide_keeps_the_last_good_one(
    context: Context, folder: Path, text: str, reason: str
) -> None:
    before = await titles(context)
    (folder / "guide.xml").write_text(text)
    await refresh_guide.refresh_guide(context)

    report = json.loads(await context.redis.get(keys.source("xmltv:guide")))
    assert await titles(context) == before
    assert (report["stale"], report["topic"], report["items"]) == (True, "guide", 3)
    assert reason in report["reason"]


async def test_the_first_guide_that_has_a_channel_has_all_of_it(
    context: Context, folder: Path, settings: Settings
) -> None:
    (folder / "more.xml.gz").write_bytes(
        gzip.compress(
            f"<tv>{programme('one.uk', 'Other', NOW)}{programme('new.uk', 'New', NOW)}</tv>".encode()
        )
    )
    with (folder / "list.m3u").open("a") as listed:
        listed.write('#EXTINF:-1 tvg-id="new.uk",New\nhttp://203.0.113.1/new.m3u8\n')
    more = settings.model_copy(update={"sources": f"{settings.sources} xmltv={folder}/more.xml.gz"})
    both = Context(more.model_copy(update={"guide_refresh_s": 3600}), context.redis)
    await refresh_channels.refresh_channels(both)
    await refresh_guide.refresh_guide(both)

    assert await titles(both) == {"one": ["Now & then", "Next"], "tele-deux": ["Deux"], "new": ["New"]}


async def test_a_guide_that_is_not_due_is_left_alone(context: Context, folder: Path) -> None:
    slow = Context(context.settings.model_copy(update={"guide_refresh_s": 3600}), context.redis)
    write_guide(folder, programme("one.uk", "Changed", NOW))
    await refresh_guide.refresh_guide(slow)

    assert (await titles(slow))["one"] == ["Now & then", "Next"]


async def test_a_playlists_own_guide_counts(folder: Path, settings: Settings) -> None:
    (folder / "sources.yaml").write_text(
        f"sources: [{{kind: m3u, name: a, url: {folder}/list.m3u, epg: {folder}/guide.xml}}]"
    )
    own = settings.model_copy(update={"sources": f"{folder}/sources.yaml"})
    async with connect_redis(own.redis_url) as redis:
        made = Context(own, redis)
        await refresh_channels.refresh_channels(made)
        await refresh_guide.refresh_guide(made)

        assert (await titles(made))["one"] == ["Now & then", "Next"]


async def test_players_are_given_the_guide(client: httpx.AsyncClient) -> None:
    document = (await client.get("/epg.xml")).content
    tree: Any = etree.fromstring(document)
    dtd = etree.DTD(str(repository() / "tests/data/xmltv.dtd"))

    assert dtd.validate(tree), str(dtd.error_log)
    assert tree.xpath("string(programme[title='Now & then']/@channel)") == "one"
    assert tree.xpath("string(programme[title='Now & then']/icon/@src)").startswith(
        f"{client.base_url}/logo/one/"
    )
    assert b"203.0.113.1" not in document
    assert tree.xpath("count(programme[@channel='one'])") > 2


async def test_a_window_of_the_guide(client: httpx.AsyncClient) -> None:
    asked = {"from": NOW.isoformat(), "to": (NOW + HOUR).isoformat(), "limit": "1"}
    first = GuidePage.model_validate_json((await client.get("/api/guide", params=asked)).content)
    rest = await client.get("/api/guide", params={**asked, "cursor": first.next_cursor or ""})
    second = GuidePage.model_validate_json(rest.content)

    assert [(each.id, [on.title for on in each.programmes]) for each in first.channels + second.channels] == [
        ("one", ["Now & then"]),
        ("tele-deux", ["Deux"]),
    ]
    assert (first.total, second.next_cursor) == (2, None)


@pytest.mark.parametrize(
    "query",
    ["from=2025-01-02T00:00:00Z&to=2025-01-01T00:00:00Z", "from=soon", "limit=0", "cursor=x", "limit=1e9"],
)
async def test_bad_windows_are_problems(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/api/guide?{query}")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_search_is_found_at_the_front_as_behind_it(client: httpx.AsyncClient) -> None:
    """Spaces, accents and letters of other scripts arrive; what is no search the framework judges."""
    for query, name in (("q=tele+deux", 'Télé "Deux"'), ("q=T%C3%A9l%C3%A9&limit=1&token=x", 'Télé "Deux"')):
        found = SearchResults.model_validate_json((await client.get(f"/api/search?{query}")).content)
        assert [hit.name for hit in found.results][:1] == [name]
    head = await client.head("/api/search?q=tele")
    wrong = [await client.get(f"/api/search{query}") for query in ("", "?q=a&limit=0", "?q=" + "a" * 201)]
    assert (head.status_code, head.content) == (200, b"")
    assert {(answer.status_code, answer.json()["code"]) for answer in wrong} == {(422, "invalid_request")}


async def test_what_changes_by_the_minute(client: httpx.AsyncClient, context: Context) -> None:
    look = ChannelStatus(channel_id="one", status=Status.ONLINE, latency_ms=12, checked_at=NOW)
    await context.redis.hset(keys.STATUSES, "one", look.model_dump_json())
    await context.redis.zadd(keys.audience("one"), {"a": time.time() + 60, "b": time.time() + 60, "gone": 1})

    async def page() -> NowPage:
        return NowPage.model_validate_json((await client.get("/api/now?ids=one")).content)

    async def is_known() -> bool:
        return (await page()).channels[0].viewers == 2

    await until(is_known)
    (one,) = (await page()).channels
    assert (one.status, one.latency_ms) == (Status.ONLINE, 12)
    assert one.now is not None
    assert one.now.title == "Now & then"
    assert one.next is not None
    assert one.next.title == "Next"


async def test_how_the_gateway_is(client: httpx.AsyncClient) -> None:
    async def page() -> StatusPage:
        return StatusPage.model_validate_json((await client.get("/api/status")).content)

    async def knows_itself() -> bool:
        return any(node.service == "catalog" for node in (await page()).nodes)

    await until(knows_itself)
    found = await page()
    assert (found.channels, found.ratios.channels_with_guide, found.ratios.channels_online) == (2, 1.0, None)
    assert {(source.name, source.topic, source.stale) for source in found.sources} == {
        ("m3u", "channels", False),
        ("xmltv", "guide", False),
    }


PATHS = {
    "/api/channels": "application/json",
    "/api/channels/one": "application/json",
    "/playlist.m3u8": "audio/x-mpegurl",
    "/playlist.m3u?group=uk": "audio/x-mpegurl",
    "/lineup.json": "application/json",
    "/discover.json": "application/json",
    "/device.xml": "application/xml",
    "/epg.xml": "application/xml",
    "/epg.xml.gz": "application/gzip",
    "/get.php?username=a&password=b&type=m3u_plus&output=ts": "audio/x-mpegurl",
    "/player_api.php?action=get_live_streams": "application/json",
    "/xmltv.php": "application/xml",
}


@pytest.mark.parametrize(("path", "kind"), PATHS.items(), ids=PATHS)
async def test_lists_behave_as_http_asks(client: httpx.AsyncClient, path: str, kind: str) -> None:
    """Twice the same, the second time from the front desk; packed or not; HEAD; 304."""
    answers = [
        await client.get(path, headers={"Accept-Encoding": encoding})
        for encoding in ("identity", "gzip", "gzip", "identity", "gzip;q=0")
    ]
    head = await client.head(path)
    same = await client.get(path, headers={"If-None-Match": answers[0].headers["etag"]})
    weak = await client.get(path, headers={"If-None-Match": f'"x", {answers[1].headers["etag"]}'})

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].headers["content-type"] == kind
    assert "Accept-Encoding" in answers[0].headers["vary"]
    assert answers[0].headers["cache-control"] == "no-cache"
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 0
    assert (same.status_code, weak.status_code) == (304, 304)
    assert "content-length" not in same.headers


async def test_one_list_under_several_names(client: httpx.AsyncClient) -> None:
    for host in ("tv.lan", "other.lan:8080", "tv.lan"):
        answer = await client.get("/playlist.m3u8", headers={"Host": host})
        assert f"http://{host}/stream/one.m3u8" in answer.text
    evil = await client.get("/epg.xml", headers={"Host": 'a"><x'})
    assert b"<x" not in evil.content


async def test_a_tuner_is_the_same_after_all_is_lost(
    client: httpx.AsyncClient, context: Context, settings: Settings
) -> None:
    first = (await client.get("/discover.json")).json()["DeviceID"]
    await context.redis.flushall()
    with serving(create_app(settings)) as another:
        second = (await client.get(f"{another.base}/discover.json")).json()["DeviceID"]

    assert first == second
    assert is_device_id(first)


async def test_a_panel_answers_every_action(client: httpx.AsyncClient) -> None:
    async def ask(action: str, **more: str) -> Any:
        answer = await client.get(
            "/player_api.php", params={"username": "a", "password": "b", "action": action, **more}
        )
        return answer.json()

    login = (await client.post("/player_api.php", data={"username": "me", "password": "x"})).json()
    (category, _) = await ask("get_live_categories")
    (stream,) = await ask("get_live_streams", category_id=category["category_id"])
    short = await ask("get_short_epg", stream_id=str(stream["stream_id"]), limit="1")
    table = await ask("get_simple_data_table", stream_id="77")
    for action in ("get_vod_categories", "get_vod_streams", "get_series", "get_series_categories", "what"):
        assert await ask(action) == []

    assert login["user_info"]["username"] == "me"
    assert (stream["name"], stream["epg_channel_id"]) == ("One", "one")
    assert len(short["epg_listings"]) == 1
    assert table["epg_listings"][0]["now_playing"] == 1


async def test_a_panel_wants_a_token_as_password(settings: Settings, context: Context) -> None:  # noqa: ARG001
    closed = settings.model_copy(update={"access_tokens": SecretStr("me:s3cret"), "rate_limit": "5/minute"})
    with serving(create_app(closed)) as api:
        async with httpx.AsyncClient(base_url=api.base) as client:
            right = await client.get("/player_api.php?username=any&password=s3cret")
            listed = await client.get("/get.php?username=any&password=s3cret&output=m3u8")
            wrong = await client.get("/player_api.php?username=me&password=guess")
            refused = [await client.get("/get.php?username=me&password=guess") for _ in range(6)]
            tuner = (await client.get("/t/s3cret/discover.json")).json()
            shut = await client.get("/discover.json")

    assert right.json()["user_info"]["auth"] == 1
    assert listed.headers["cache-control"] == "private, no-cache"
    assert wrong.json() == {"user_info": {"auth": 0}}
    assert [answer.status_code for answer in refused] == [401, 401, 401, 401, 429, 429]
    assert tuner["LineupURL"] == f"{client.base_url}/t/s3cret/lineup.json"
    assert shut.status_code == 401
