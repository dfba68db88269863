"""What a client notices of faults around realtime: nothing that it could not make good."""

import asyncio
import itertools
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from chassis.registry import present
from contracts import keys, subjects
from contracts.channel import Channel, Status
from contracts.messages import CatalogChanged, StreamFailed
from pydantic import SecretStr
from realtime.main import create_app
from realtime.settings import RealtimeSettings
from realtime.sockets import UVICORN
from redis.asyncio import Redis
from support.realtime import (
    CHANNELS,
    PATIENCE_S,
    publishing,
    serving,
    status_of,
    until_check,
    viewing,
    write_generation,
    write_status,
)
from support.servers import Program, ServedApp, nats_server, redis_server


def settings(redis_url: str, nats_url: str, ring_size: int = 100) -> RealtimeSettings:
    return RealtimeSettings(
        redis_url=SecretStr(redis_url),
        nats_url=SecretStr(nats_url),
        node_name="r1",
        drain_s=0.2,
        ring_size=ring_size,
    )


@pytest.fixture
def app(redis_url: str, nats_url: str) -> Iterator[ServedApp]:
    with serving(create_app(settings(redis_url, nats_url))) as served:
        yield served


@pytest.fixture
def own_nats() -> Iterator[Program]:
    """A NATS server that the test may kill."""
    with nats_server() as program:
        yield program


def url(program: Program, scheme: str) -> str:
    return f"{scheme}://127.0.0.1:{program.port}"


def changed(version: str) -> CatalogChanged:
    return CatalogChanged(version=version)


async def test_what_is_said_while_nats_comes_back_arrives_once(redis_url: str, own_nats: Program) -> None:
    """A client that stays connected hears everything, in order, whatever NATS goes through."""
    nats_url = url(own_nats, "nats")
    with serving(create_app(settings(redis_url, nats_url))) as app:
        await until_check(app, "consumer", "ok")
        async with viewing(app) as viewer:
            async with publishing(nats_url) as publisher:
                await publisher.say(subjects.CATALOG_CHANGED, changed("before"))
            assert (await viewer.next("catalog_changed"))["version"] == "before"

            own_nats.kill()
            await until_check(app, "nats", "failed")
            own_nats.start()
            async with publishing(nats_url) as publisher:
                for version in ("a", "b", "c"):
                    await publisher.say(subjects.CATALOG_CHANGED, changed(version))
                heard = [(await viewer.next("catalog_changed"))["version"] for _ in range(3)]
                await until_check(app, "consumer", "ok")
                await publisher.say(subjects.CATALOG_CHANGED, changed("after"))

            assert heard == ["a", "b", "c"]
            assert (await viewer.next("catalog_changed"))["version"] == "after"


async def test_realtime_starts_before_nats(redis_url: str, own_nats: Program) -> None:
    """Without NATS clients connect and search; once it is there they are told."""
    own_nats.kill()
    write_generation(redis_url, "channels", "v1", *CHANNELS)
    with serving(create_app(settings(redis_url, url(own_nats, "nats")))) as app:
        await until_check(app, "consumer", "failed")
        async with viewing(app) as viewer:
            assert (await viewer.ask("search_channels", {"query": "zdf"}))["results"]
            await viewer.next("search_results")
            own_nats.start()
            await until_check(app, "consumer", "ok")
            async with publishing(url(own_nats, "nats")) as publisher:
                await publisher.say(subjects.CATALOG_CHANGED, changed("v2"))
            assert (await viewer.next("catalog_changed"))["version"] == "v2"


async def test_a_stream_made_anew_sends_everybody_to_fetch(app: ServedApp, nats_url: str) -> None:
    """Announcements that were lost can't be told, so clients are told that much; then it goes on."""
    await until_check(app, "consumer", "ok")
    async with publishing(nats_url) as publisher, viewing(app) as viewer:
        await publisher.say(subjects.CATALOG_CHANGED, changed("v1"))
        old = (await viewer.next("catalog_changed"))["cursor"]

        await publisher.lose_everything()
        await viewer.next("resync")
        await until_check(app, "consumer", "ok")
        await publisher.say(subjects.CATALOG_CHANGED, changed("v2"))
        assert (await viewer.next("catalog_changed"))["version"] == "v2"

        assert (await viewer.ask("resume", {"cursor": old}))["resync"]
        await viewer.next("resync")


async def test_another_replica_tells_what_was_missed(redis_url: str, nats_url: str) -> None:
    """A client whose replica died resumes at another one, started later, and misses nothing."""
    async with publishing(nats_url) as publisher:
        with serving(create_app(settings(redis_url, nats_url))) as first:
            await until_check(first, "consumer", "ok")
            async with viewing(first) as viewer:
                await publisher.say(subjects.CATALOG_CHANGED, changed("seen"))
                cursor = (await viewer.next("catalog_changed"))["cursor"]

        await publisher.say(subjects.CHANNEL_STATUS, status_of("zdf", Status.OFFLINE))
        failed = StreamFailed(channel_id="zdf", source="s", code="upstream_timeout", node="n")
        await publisher.say(subjects.STREAM_FAILED, failed)
        await publisher.say(subjects.CATALOG_CHANGED, changed("missed"))
        await publisher.say(subjects.CHANNEL_STATUS, status_of("zdf", Status.ONLINE))

        with serving(create_app(settings(redis_url, nats_url))) as second:
            async with viewing(second) as viewer:
                answer = await viewer.ask("resume", {"cursor": cursor})
                assert (answer["resync"], answer["missed"]) == (False, 1)
                assert (await viewer.next("catalog_changed"))["version"] == "missed"

                await viewer.ask("join_channel_updates")
                assert (await viewer.next("channel_status"))["status"] == "online"
                assert (await viewer.ask("resume", {"cursor": cursor}))["missed"] == 1
                assert (await viewer.next("catalog_changed"))["version"] == "missed"


async def test_what_the_ring_forgot_is_read_from_the_stream(redis_url: str, nats_url: str) -> None:
    """Whoever slept longer than that misses nothing either; each place follows the one before."""
    with serving(create_app(settings(redis_url, nats_url, ring_size=2))) as app:
        await until_check(app, "consumer", "ok")
        async with publishing(nats_url) as publisher, viewing(app) as viewer:
            await publisher.say(subjects.CATALOG_CHANGED, changed("seen"))
            cursor = (await viewer.next("catalog_changed"))["cursor"]
            for version in "abcde":
                await publisher.say(subjects.CATALOG_CHANGED, changed(version))
                assert (await viewer.next("catalog_changed"))["version"] == version

            for _ in range(2):
                assert (await viewer.ask("resume", {"cursor": cursor}))["missed"] == 5
                missed = [await viewer.next("catalog_changed") for _ in "abcde"]
                assert [each["version"] for each in missed] == list("abcde")
                assert [each["after"] for each in missed] == [
                    cursor,
                    *(each["cursor"] for each in missed[:-1]),
                ]


async def test_what_the_stream_forgot_means_resync(redis_url: str, nats_url: str) -> None:
    """What is remembered is bounded; whoever slept longer fetches anew, from then on without a hole."""
    with serving(create_app(settings(redis_url, nats_url, ring_size=2))) as app:
        await until_check(app, "consumer", "ok")
        async with publishing(nats_url) as publisher, viewing(app) as viewer:
            cursors = []
            for version in "abcd":
                await publisher.say(subjects.CATALOG_CHANGED, changed(version))
                cursors.append((await viewer.next("catalog_changed"))["cursor"])
            await publisher.forget()

            assert (await viewer.ask("resume", {"cursor": cursors[0]}))["resync"]
            assert (await viewer.next("resync"))["cursor"] == cursors[3]
            assert (await viewer.ask("resume", {"cursor": cursors[1]}))["missed"] == 2


async def test_who_joins_with_a_cursor_gets_what_it_missed_and_no_more(
    app: ServedApp, redis_url: str, nats_url: str
) -> None:
    """A replica that dies sends thousands at once: none of them needs what it has already."""
    for number in range(5):
        write_status(redis_url, status_of(f"c{number}"))
    await until_check(app, "consumer", "ok")
    async with publishing(nats_url) as publisher:
        async with viewing(app) as viewer:
            await viewer.ask("join_channel_updates")
            for _ in range(5):
                assert "after" not in await viewer.next("channel_status")
            await publisher.say(subjects.CHANNEL_STATUS, status_of("c1"))
            cursor = (await viewer.next("channel_status"))["cursor"]
        for channel_id in ("c2", "c3", "c2"):
            await publisher.say(subjects.CHANNEL_STATUS, status_of(channel_id))
        async with viewing(app) as viewer:
            while not (answer := await viewer.ask("join_channel_updates", {"cursor": cursor}))["missed"]:
                pass  # the last of it is still on its way
            missed = [await viewer.next("channel_status") for _ in range(answer["missed"])]
            if answer["missed"] == 2:
                assert [each["channel_id"] for each in missed] == ["c3", "c2"]
            assert missed[0]["after"] == cursor


@pytest.mark.parametrize("missed", [(), ("c2", "list")], ids=["nothing missed", "some missed"])
async def test_who_joins_and_then_resumes_hears_nothing_twice(
    app: ServedApp, redis_url: str, nats_url: str, missed: tuple[str, ...]
) -> None:
    """Neither what came after it did, nor the statuses that it was sent when it joined."""
    await until_check(app, "consumer", "ok")
    async with publishing(nats_url) as publisher:

        async def say(what: str) -> int:
            if what == "list":
                return await publisher.say(subjects.CATALOG_CHANGED, changed(what))
            status = status_of(what)
            write_status(redis_url, status)
            return await publisher.say(subjects.CHANNEL_STATUS, status)

        async with viewing(app) as viewer:
            await say("list")
            cursor = (await viewer.next("catalog_changed"))["cursor"]
        async with viewing(app) as witness:
            for what in missed:
                await say(what)
            if missed:
                await witness.next("catalog_changed")  # now the replica has told it
        async with viewing(app) as viewer:
            live = await say("list")
            assert (await viewer.next("catalog_changed"))["cursor"].endswith(f"-{live}")
            await viewer.ask("join_channel_updates")
            for _ in set(missed) - {"list"}:
                assert (await viewer.next("channel_status"))["channel_id"] == "c2"
            joined = await say("c3")
            assert (await viewer.next("channel_status"))["cursor"].endswith(f"-{joined}")

            assert (await viewer.ask("resume", {"cursor": cursor}))["missed"] == missed.count("list")
            if missed:
                assert (await viewer.next("catalog_changed"))["cursor"].endswith(f"-{live - 1}")
            assert await viewer.ask("leave_channel_updates") == {"joined": 0}
            await say("list")
            await viewer.next("catalog_changed")


async def test_many_changes_at_once_are_told_as_few(redis_url: str, nats_url: str) -> None:
    """Of 200 changes in a moment each channel's last is told, and hardly any other."""
    chosen = settings(redis_url, nats_url).model_copy(update={"tick_ms": 1000})
    with serving(create_app(chosen)) as app:
        await until_check(app, "consumer", "ok")
        async with publishing(nats_url) as publisher, viewing(app) as viewer:
            await viewer.ask("join_channel_updates")
            said = [status_of(f"c{number % 5}", latency_ms=number) for number in range(200)]
            await asyncio.gather(*(publisher.say(subjects.CHANNEL_STATUS, status) for status in said))
            heard, last = [], dict[str, int]()
            while sorted(last.values()) != [195, 196, 197, 198, 199]:
                heard.append(await viewer.next("channel_status"))
                last[heard[-1]["channel_id"]] = heard[-1]["latency_ms"]
            assert len(heard) < 50
            assert all(later["after"] == sooner["cursor"] for sooner, later in itertools.pairwise(heard))


async def test_search_and_status_go_on_without_redis(nats_url: str) -> None:
    """What was read stays known."""
    with redis_server() as program:
        redis_url = url(program, "redis")
        write_generation(redis_url, "channels", "v1", *CHANNELS)
        write_status(redis_url, status_of("zdf"))
        with serving(create_app(settings(redis_url, nats_url))) as app:
            async with viewing(app) as viewer:
                await viewer.ask("join_channel_updates")
                await viewer.next("channel_status")
                program.kill()
                await until_check(app, "redis", "failed")

                assert (await viewer.ask("search_channels", {"query": "zdf"}))["results"]
                await viewer.next("search_results")
                await viewer.ask("join_channel_updates")
                assert (await viewer.next("channel_status"))["channel_id"] == "zdf"


async def test_a_new_generation_is_found(app: ServedApp, redis_url: str, nats_url: str) -> None:
    """An announcement makes the index follow; nobody waits for the next look at the pointer."""
    await until_check(app, "consumer", "ok")
    async with publishing(nats_url) as publisher, viewing(app) as viewer, asyncio.timeout(2):
        assert not (await viewer.ask("search_channels", {"query": "arte"}))["results"]
        write_generation(redis_url, "channels", "v2", Channel(id="arte", number=3, name="ARTE"))
        await publisher.say(subjects.CATALOG_CHANGED, changed("v2"))
        while not (await viewer.ask("search_channels", {"query": "arte"}))["results"]:
            pass


async def lease_that_is_ok(redis: Redis) -> dict[str, Any]:
    """Return the replica's words about itself: the first may be from before it heard NATS."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            lease = (await present(redis, keys.NODES)).get(keys.node("realtime", "r1"), {})
            if lease.get("status") == "ok" and lease["clients"] == 2:
                return lease
            await asyncio.sleep(0.05)


async def test_a_replica_is_there_with_its_clients(app: ServedApp, redis_url: str) -> None:
    """Its lease is in Redis; connections are counted once, whatever path they took."""
    async with viewing(app, "_event"), viewing(app, "socket.io"), Redis.from_url(redis_url) as redis:
        await until_check(app, "consumer", "ok")
        lease = await lease_that_is_ok(redis)
        async with httpx.AsyncClient(base_url=app.base) as http:
            figures = (await http.get("/metrics")).text
    assert (lease["service"], lease["nats"], lease["clients"]) == ("realtime", "ok", 2)
    assert "iptv_realtime_clients 2.0" in figures


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_a_leaving_replica_s_clients_go_to_the_next(
    redis_url: str, nats_url: str, transport: str
) -> None:
    """On drain transports are closed without a farewell, so clients connect anew by themselves."""
    app = create_app(settings(redis_url, nats_url))
    leaving = ServedApp(app, **UVICORN)
    leaving.start()
    async with viewing(leaving, transport=transport, reconnection=True) as viewer:
        port = leaving.port
        app.state.health.draining = True
        async with asyncio.timeout(PATIENCE_S):
            await viewer.disconnected.wait()
            async with httpx.AsyncClient(base_url=leaving.base) as http:
                turned_away = await http.get("/_event/", params={"EIO": "4", "transport": "polling"})
            await asyncio.to_thread(leaving.stop)
            following = ServedApp(create_app(settings(redis_url, nats_url)), port, **UVICORN)
            following.start()
            await viewer.connected.wait()
        assert (turned_away.status_code, turned_away.json()["code"]) == (503, "draining")
        assert await viewer.ask("leave_channel_updates") == {"joined": 0}
    following.stop()
