"""Tokens in Redis: given, limited, guessed at, revoked; on real services, by the operator's own command."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from catalog import tokens as kept
from catalog.cli import app as iptv
from catalog.main import create_app as create_catalog
from catalog.settings import Settings as CatalogSettings
from chassis.access import Admitted, Gate
from chassis.redis import connect_redis
from contracts import keys, subjects
from contracts.channel import Channel, Stream
from contracts.event import EventChannel, EventState
from contracts.messages import EventStateChanged
from pydantic import SecretStr
from realtime.main import create_app as create_realtime
from realtime.settings import RealtimeSettings
from starlette.types import ASGIApp, Scope
from streamer import secret
from streamer.main import create_app as create_streamer
from streamer.settings import Settings as StreamerSettings
from support.gateway import Gateway
from support.origin import FakeOrigin, media_playlist
from support.realtime import CHANNELS, EVENT, publishing, until_check, viewing, write_generation
from support.realtime import serving as served_realtime
from support.servers import redis_server, serving
from support.stack import until
from typer.testing import CliRunner

WITHIN_S = 10.0
"""What is promised of a revocation."""


class Door:
    """A catalog and two streamers on one Redis, and the operator's command line."""

    def __init__(self, stack: ExitStack, redis_url: str, nats_url: str, folder: Path) -> None:
        self._environment = {"REDIS_URL": redis_url, "DATA_DIR": str(folder)}
        self._redis_url = redis_url
        origin = FakeOrigin()
        origin.bodies = {"/a.m3u8": media_playlist(1), "/seg-1.ts": bytes(1000)}
        self._fill(stack.enter_context(serving(origin.app())).base)
        shared: dict[str, Any] = {"redis_url": SecretStr(redis_url), "nats_url": SecretStr(nats_url)}
        catalog = create_catalog(CatalogSettings(**shared, data_dir=folder, rate_limit="off"))
        settings = StreamerSettings(**shared, cache_redis_url=SecretStr(redis_url.removesuffix("0") + "1"))
        key = asyncio.run(secret.agreed(settings))
        apps: list[ASGIApp] = [catalog, *(create_streamer(settings, key) for _ in range(2))]
        bases = [stack.enter_context(serving(app)).base for app in apps]
        clients = [stack.enter_context(httpx.Client(base_url=base, timeout=20)) for base in bases]
        self.catalog, *self.streamers = clients
        until(lambda: self.catalog.get("/playlist.m3u8").text.count("#EXTINF") == 2)

    def _fill(self, source: str) -> None:
        with redis.Redis.from_url(self._redis_url) as client:
            for number, (id_, group) in enumerate({"a": "Sports", "b": "News"}.items(), 1):
                stream = Stream(source="test", address=f"{source}/a.m3u8", allow_private=True)
                channel = Channel(id=id_, number=number, name=id_, group=group, streams=(stream,))
                client.hset(keys.generation("channels", "v1"), id_, channel.model_dump_json())
            client.set(keys.current("channels"), "v1")

    def iptv(self, *words: str) -> str:
        """Run `iptv tokens` with these words; return what it printed."""
        ran = CliRunner().invoke(iptv, ["tokens", *words], env=self._environment)
        assert ran.exit_code == 0, ran.output
        return ran.stdout.strip()

    def add(self, *words: str) -> str:
        """Make a token, and wait until all nodes want one."""
        made = self.iptv("add", *words)
        until(lambda: {each.get(path).status_code for each, path in self.doors()} == {401})
        until(lambda: {self.status(each, path, made) for each, path in self.doors()} <= {200, 404})
        return made

    def found(self, token: str, query: str) -> list[dict[str, Any]]:
        """Return what a search finds for who has this token."""
        hits: list[dict[str, Any]] = self.catalog.get(
            "/api/search", params={"token": token, "q": query}
        ).json()["results"]
        return hits

    def viewers(self, token: str) -> tuple[int, dict[str, int]]:
        """Return how many viewers the status page tells who has this token of: in all, and by channel."""
        status = self.catalog.get("/api/status", params={"token": token}).json()
        return status.get("viewers", 0), status.get("viewers_by_channel", {})

    def clear_seats(self, name: str) -> None:
        """Give back the seats that were taken while nodes were waited for."""
        with redis.Redis.from_url(self._redis_url) as client:
            client.delete(keys.seats(name))

    def doors(self) -> list[tuple[httpx.Client, str]]:
        """Return each node with a door of its own."""
        return [(self.catalog, "/playlist.m3u8"), *((each, "/stream/a.m3u8") for each in self.streamers)]

    def status(self, node: httpx.Client, path: str, token: str, **headers: str) -> int:
        return node.get(path, params={"token": token}, headers=headers).status_code


@pytest.fixture
def door(redis_url: str, nats_url: str, tmp_path: Path) -> Iterator[Door]:
    with ExitStack() as stack:
        yield Door(stack, redis_url, nats_url, tmp_path)


def test_a_token_that_is_added_closes_the_doors_and_opens_them(door: Door, redis_url: str) -> None:
    """Everywhere, without a restart; Redis has nothing that opens anything."""
    made = door.add("ada")
    with redis.Redis.from_url(redis_url) as client:
        assert made.encode() not in b"".join(client.hvals(keys.TOKENS))
    assert made not in door.iptv("list")
    assert "ada" in door.iptv("list")


def test_who_is_revoked_gets_no_playlist_within_ten_seconds(door: Door) -> None:
    """On every node; and the last one to go does not leave the doors open."""
    made = door.add("ada")
    door.iptv("revoke", "ada")
    began = time.monotonic()
    until(lambda: {door.status(node, path, made) for node, path in door.doors()} == {401}, WITHIN_S)
    assert time.monotonic() - began < WITHIN_S
    assert {node.get(path).status_code for node, path in door.doors()} == {401}
    door.iptv("open", "--yes")
    until(lambda: {node.get(path).status_code for node, path in door.doors()} == {200}, WITHIN_S)


def test_a_token_is_over_at_its_end(door: Door, redis_url: str) -> None:
    """To the second, though nodes look at Redis less often."""
    door.add("other")

    async def add() -> str:
        async with connect_redis(SecretStr(redis_url)) as client:
            return await kept.add(client, "short", expires_at=time.time() + 6) or ""

    made = asyncio.run(add())
    until(lambda: {door.status(node, path, made) for node, path in door.doors()} == {200}, 5)
    until(lambda: {door.status(node, path, made) for node, path in door.doors()} == {401}, 8)


def test_groups_are_all_that_a_token_shows(door: Door) -> None:
    """In lists, searches and details as in what can be watched; others with all of it see all."""
    made = door.add("kids", "--group", "news")
    assert "b.m3u8" in door.catalog.get("/playlist.m3u8", params={"token": made}).text
    assert "a.m3u8" not in door.catalog.get("/playlist.m3u8", params={"token": made}).text
    assert door.status(door.catalog, "/api/channels/a", made) == 404
    assert door.status(door.catalog, "/api/channels/b", made) == 200
    assert door.found(made, "a") == []
    assert [hit["id"] for hit in door.found(made, "b")] == ["b"]
    panel = {"username": "tv", "password": made}
    asked = {**panel, "action": "get_live_streams"}
    assert [each["name"] for each in door.catalog.get("/player_api.php", params=asked).json()] == ["b"]
    assert ",a\n" not in door.catalog.get("/get.php", params=panel).text
    assert "<display-name>a<" not in door.catalog.get("/xmltv.php", params=panel).text
    assert [door.status(node, "/stream/a.m3u8", made) for node in door.streamers] == [404, 404]
    assert [door.status(node, "/stream/b.m3u8", made) for node in door.streamers] == [200, 200]
    whole = door.iptv("add", "all")
    until(lambda: door.status(door.catalog, "/api/channels/a", whole) == 200)
    assert "a.m3u8" in door.catalog.get("/playlist.m3u8", params={"token": whole}).text


async def test_groups_are_all_that_a_socket_is_told_of_and_who_is_revoked_is_sent_away(
    redis_url: str, nats_url: str
) -> None:
    """Searches and events have a token's groups alone; its clients are gone within ten seconds of its end."""
    both = (EventChannel(id="news", name="News"), EventChannel(id="zdf", name="ZDF"))
    events = EVENT.model_copy(update={"channels": both}), EVENT.model_copy(update={"id": "e2"})
    named = Channel(id="news", number=3, name="ZDF News", group="News")
    write_generation(redis_url, "channels", "v1", *CHANNELS, named)
    write_generation(redis_url, "events", "v1", *events)
    settings = RealtimeSettings(redis_url=SecretStr(redis_url), nats_url=SecretStr(nats_url), drain_s=0.2)
    async with connect_redis(SecretStr(redis_url)) as client:
        made = await kept.add(client, "kids", groups=["news"])
        with served_realtime(create_realtime(settings)) as app:
            async with viewing(app, f"t/{made}/_event") as viewer:
                found = await viewer.ask("search_channels", {"query": "zdf"})
                live = await viewer.ask("get_live_events")
                await kept.revoke(client, "kids")
                async with asyncio.timeout(WITHIN_S):
                    await viewer.disconnected.wait()
    assert [hit["id"] for hit in found["results"]] == ["news"]
    assert [(each["id"], [on["id"] for on in each["channels"]]) for each in live["events"]] == [
        ("e1", ["news"])
    ]


async def test_a_socket_is_told_of_the_events_of_its_groups(redis_url: str, nats_url: str) -> None:
    """With these groups' channels alone, as it happens and when it resumes; others are told all of it."""
    both = (EventChannel(id="news", name="News"), EventChannel(id="zdf", name="ZDF"))
    other, shared = EVENT.model_copy(update={"id": "e2"}), EVENT.model_copy(update={"channels": both})
    write_generation(
        redis_url, "channels", "v1", *CHANNELS, Channel(id="news", number=3, name="N", group="News")
    )
    write_generation(redis_url, "events", "v1", shared, other)
    settings = RealtimeSettings(redis_url=SecretStr(redis_url), nats_url=SecretStr(nats_url), drain_s=0.2)
    async with connect_redis(SecretStr(redis_url)) as client, publishing(nats_url) as publisher:
        made = [await kept.add(client, "kids", groups=["news"]), await kept.add(client, "all")]
        with served_realtime(create_realtime(settings)) as app:
            await until_check(app, "consumer", "ok")
            async with (
                viewing(app, f"t/{made[0]}/_event") as kid,
                viewing(app, f"t/{made[1]}/_event") as adult,
            ):
                before = (await kid.ask("ping"))["cursor"]
                await publisher.say(
                    subjects.EVENT_STATE, EventStateChanged(event=other, state=EventState.LIVE)
                )
                await publisher.say(
                    subjects.EVENT_STATE, EventStateChanged(event=shared, state=EventState.LIVE)
                )
                told = await kid.next("live_event")
                whole = [await adult.next("live_event") for _ in range(2)]
                resumed = await kid.ask("resume", {"cursor": before})
                again = await kid.next("live_event")
    assert (told["event"]["id"], [each["id"] for each in told["event"]["channels"]]) == ("e1", ["news"])
    assert [(each["event"]["id"], len(each["event"]["channels"])) for each in whole] == [("e2", 0), ("e1", 2)]
    assert (resumed["missed"], again["event"]) == (1, told["event"])


def test_viewers_are_told_of_the_channels_of_a_tokens_groups(door: Door, redis_url: str) -> None:
    """Who watches what else is not shown."""
    made, whole = door.add("kids", "--group", "news"), door.iptv("add", "all")
    with redis.Redis.from_url(redis_url) as client:
        for channel_id in ("a", "b"):
            client.zadd(keys.audience(channel_id), {"somebody": time.time() + 600})
    until(lambda: {*door.viewers(whole)[1]} == {"a", "b"})
    viewers, by_channel = door.viewers(made)
    assert {*by_channel} == {"b"}
    assert viewers == by_channel["b"]


def test_as_many_watch_as_a_token_is_for(door: Door) -> None:
    """On all nodes together; who has a seat keeps it when he zaps or comes to another node."""
    made = door.add("two", "--streams", "2")
    one, other = door.streamers
    seats = [{"User-Agent": f"player {number}"} for number in range(3)]
    door.clear_seats("two")
    assert door.status(one, "/stream/a.m3u8", made, **seats[0]) == 200
    assert door.status(other, "/stream/a.m3u8", made, **seats[1]) == 200
    refused = other.get("/stream/a.m3u8", params={"token": made}, headers=seats[2])
    assert (refused.status_code, refused.json()["code"]) == (403, "too_many_streams")
    assert door.status(other, "/stream/b.m3u8", made, **seats[0]) == 200


def test_many_wrong_tokens_are_not_judged_any_more(door: Door) -> None:
    """Nor is a right one, from there; but whoever was in before stays, and others are not concerned."""
    made, late = door.add("ada"), door.iptv("add", "late")
    home, away = {"X-Forwarded-For": "203.0.113.5"}, {"X-Forwarded-For": "203.0.113.6"}
    assert door.status(door.streamers[0], "/stream/a.m3u8", made, **home) == 200
    said = [door.status(door.streamers[0], "/stream/a.m3u8", f"no-{n}", **home) for n in range(25)]
    assert said == [401] * 19 + [429] * 6
    assert door.status(door.streamers[0], "/stream/a.m3u8", late, **home) == 429
    assert door.status(door.streamers[0], "/stream/a.m3u8", made, **home) == 200
    until(lambda: door.status(door.streamers[0], "/stream/a.m3u8", late, **away) == 200)
    assert door.status(door.catalog, "/playlist.m3u8", "no-99", **home) == 429


def test_yesterdays_token_again_and_again_is_no_guess(door: Door) -> None:
    """A player that goes on asking locks nobody out."""
    made = door.add("ada")
    home = {"X-Forwarded-For": "203.0.113.7"}
    said = {door.status(door.streamers[0], "/stream/a.m3u8", "old", **home) for _ in range(40)}
    assert said == {401}
    assert door.status(door.streamers[0], "/stream/a.m3u8", made, **home) == 200


async def test_a_redis_that_comes_back_empty_opens_nothing(
    redis_url: str, nats_url: str, tmp_path: Path
) -> None:
    """Services go on with what they knew, and the copy on disk brings it back."""

    async def stay() -> None:
        with redis.Redis.from_url(redis_url) as client:
            client.delete(keys.TOKENS)
        async with connect_redis(SecretStr(redis_url)) as client:
            keeping = asyncio.ensure_future(kept.keep_copy(client, tmp_path))
            await restored(lambda: client.hlen(keys.TOKENS))
            keeping.cancel()

    with ExitStack() as stack:
        door = await asyncio.to_thread(Door, stack, redis_url, nats_url, tmp_path)
        made = await asyncio.to_thread(door.add, "ada")
        async with connect_redis(SecretStr(redis_url)) as client:
            keeping = asyncio.ensure_future(kept.keep_copy(client, tmp_path))
            await restored(lambda: asyncio.to_thread((tmp_path / kept.FILE).exists))
            keeping.cancel()
        assert made not in (tmp_path / kept.FILE).read_text()
        await stay()
        for node, path in door.doors():
            assert (await asyncio.to_thread(node.get, path)).status_code == 401
            assert await asyncio.to_thread(door.status, node, path, made) == 200


async def restored(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not await holds():
            pass


def test_a_node_that_never_saw_redis_lets_nobody_in(nats_url: str, tmp_path: Path) -> None:
    """It says so, and comes up by itself."""
    with redis_server() as program, ExitStack() as stack:
        program.kill()
        url = SecretStr(f"redis://127.0.0.1:{program.port}/0")
        settings = CatalogSettings(
            redis_url=url, nats_url=SecretStr(nats_url), data_dir=tmp_path, rate_limit="off"
        )
        served = stack.enter_context(serving(create_catalog(settings)))
        client = stack.enter_context(httpx.Client(base_url=served.base, timeout=20))
        assert client.get("/health").status_code == 200
        answer = client.get("/api/channels")
        assert (answer.status_code, answer.json()["code"]) == (503, "access_unknown")
        program.start()
        until(lambda: client.get("/api/channels").status_code == 200)


@pytest.mark.parametrize(
    "path", ["/auto/v1?token=sesame", "/live/me/sesame/1.m3u8", "/stream/a.m3u8?token=sesame"]
)
def test_a_token_is_looked_at_once(
    redis_url: str, nats_url: str, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Also where it takes a look into the list to say which channel is meant."""
    looks: list[str] = []
    admit = Gate.admit

    async def counted(gate: Gate, scope: Scope, *secrets: str) -> Admitted | None:
        looks.append(scope["path"])
        return await admit(gate, scope, *secrets)

    monkeypatch.setattr(Gate, "admit", counted)
    with ExitStack() as stack:
        gateway = Gateway(stack, redis_url, nats_url)
        gateway.add("a", "/a.m3u8")
        gateway.node(access_tokens=SecretStr("home:sesame")).get(path)
    assert len(looks) == 1
