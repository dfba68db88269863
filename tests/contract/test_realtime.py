"""What a Socket.IO client may rely on, however it connects."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from contracts import subjects
from contracts.channel import Status
from contracts.event import EventState
from contracts.messages import CatalogChanged, EventStateChanged
from pydantic import SecretStr
from realtime.main import create_app
from realtime.settings import RealtimeSettings
from support.realtime import (
    CHANNELS,
    EVENT,
    PATIENCE_S,
    Publisher,
    publishing,
    serving,
    status_of,
    until_check,
    viewing,
    write_generation,
    write_status,
)
from support.servers import ServedApp

WAYS = [
    pytest.param(path, namespace, transport, id=f"{path}-{namespace}-{transport}")
    for path in ("_event", "socket.io")
    for namespace in ("/", "/_event")
    for transport in ("websocket", "polling", "upgraded")
]


@pytest.fixture
def catalog(redis_url: str) -> str:
    """A Redis with two channels, one of them with a status, and an event that is on."""
    write_generation(redis_url, "channels", "v1", *CHANNELS)
    write_generation(redis_url, "events", "v1", EVENT)
    write_status(redis_url, status_of("bbc-one"))
    return redis_url


@pytest.fixture
def app(catalog: str, nats_url: str) -> Iterator[ServedApp]:
    settings = RealtimeSettings(
        redis_url=SecretStr(catalog),
        nats_url=SecretStr(nats_url),
        node_name="r1",
        api_url="https://tv.example",
        drain_s=0.2,
    )
    with serving(create_app(settings)) as served:
        yield served


@pytest.fixture
async def publisher(nats_url: str) -> AsyncIterator[Publisher]:
    async with publishing(nats_url) as publisher:
        yield publisher


@pytest.mark.parametrize(("path", "namespace", "transport"), WAYS)
async def test_every_way_in_works(
    app: ServedApp, publisher: Publisher, path: str, namespace: str, transport: str
) -> None:
    """Path, namespace and transport change nothing of what is asked, answered and told."""
    await until_check(app, "consumer", "ok")
    async with viewing(app, path, namespace, transport) as viewer:
        assert viewer.socket.transport() == ("websocket" if transport == "upgraded" else transport)

        assert (await viewer.ask("join_channel_updates"))["joined"] == "all"
        now = await viewer.next("channel_status")
        assert (now["channel_id"], now["status"], now["latency_ms"]) == ("bbc-one", "online", 40)

        found = await viewer.ask("search_channels", {"query": "bbc"})
        assert await viewer.next("search_results") == found
        assert [hit["id"] for hit in found["results"]] == ["bbc-one"]

        live = await viewer.ask("get_live_events")
        assert await viewer.next("live_events") == live
        assert [event["id"] for event in live["events"]] == ["e1"]

        first = await publisher.say(subjects.CHANNEL_STATUS, status_of("zdf", Status.OFFLINE))
        change = await viewer.next("channel_status")
        assert (change["channel_id"], change["status"]) == ("zdf", "offline")
        assert change["cursor"].endswith(f"-{first}")

        await publisher.say(subjects.EVENT_STATE, EventStateChanged(event=EVENT, state=EventState.ENDED))
        over = await viewer.next("live_event")
        assert (over["event"]["id"], over["state"]) == ("e1", "ended")

        await publisher.say(subjects.CATALOG_CHANGED, CatalogChanged(version="v2", added=1))
        changed = await viewer.next("catalog_changed")
        assert (changed["topic"], changed["version"], changed["added"]) == ("channels", "v2", 1)

        resumed = await viewer.ask("resume", {"cursor": change["cursor"]})
        assert resumed["missed"] == 2
        assert (await viewer.next("live_event")) == over
        assert (await viewer.next("catalog_changed")) == changed


BAD = [
    pytest.param("search_channels", {}, "invalid_request", id="missing field"),
    pytest.param("search_channels", {"query": 7}, "invalid_request", id="wrong type"),
    pytest.param("search_channels", {"query": "x" * 5000}, "invalid_request", id="query too long"),
    pytest.param("search_channels", {"query": "x", "limit": 10**6}, "invalid_request", id="limit too large"),
    pytest.param("search_channels", "bbc", "invalid_request", id="no object"),
    pytest.param("join_channel_updates", {"channel_ids": "bbc-one"}, "invalid_request", id="no list"),
    pytest.param("resume", {"cursor": "yesterday"}, "invalid_request", id="no cursor"),
    pytest.param("make_coffee", {}, "unknown_event", id="unknown event"),
]


@pytest.mark.parametrize(("event", "body", "code"), BAD)
async def test_bad_input_is_told_and_survived(app: ServedApp, event: str, body: Any, code: str) -> None:
    """Bad input gets an error event and an error as its ack; the next question is answered."""
    async with viewing(app) as viewer:
        assert (await viewer.ask(event, body))["error"]["code"] == code
        assert (await viewer.next("error"))["code"] == code
        assert (await viewer.ask("search_channels", {"query": "zdf"}))["results"]


RAW = [
    pytest.param("2", id="no data"),
    pytest.param("2[", id="half a JSON"),
    pytest.param("2[]", id="no name"),
    pytest.param("2[7]", id="a number for a name"),
    pytest.param('2{"search_channels":1}', id="no array"),
    pytest.param('51-["search_channels",{"_placeholder":true,"num":0}]', id="binary"),
    pytest.param("2" + "[" * 20_000, id="deep"),
    pytest.param('2["search_channels",' + "9" * 5_000 + "]", id="huge number"),
    pytest.param("9", id="no packet type"),
]


class RawPolls:
    """Engine.IO by hand, over polling."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._query = {"EIO": "4", "transport": "polling"}

    async def open(self) -> None:
        """Shake hands, and connect to the default namespace."""
        opened = await self._http.get("/socket.io/", params=self._query)
        self._query["sid"] = json.loads(opened.text[1:])["sid"]
        await self.say("40")
        assert (await self.poll())[0].startswith("40")

    async def say(self, *packets: str) -> None:
        """Post packets."""
        posted = await self._http.post("/socket.io/", params=self._query, content="\x1e".join(packets))
        assert posted.status_code == 200

    async def poll(self) -> list[str]:
        """Return the packets of one poll."""
        return (await self._http.get("/socket.io/", params=self._query)).text.split("\x1e")


@pytest.mark.parametrize("packet", RAW)
async def test_a_malformed_packet_is_told_and_survived(app: ServedApp, packet: str) -> None:
    """What is no event gets an error event; the next question is answered."""
    async with httpx.AsyncClient(base_url=app.base) as http:
        polls = RawPolls(http)
        await polls.open()
        await polls.say(f"4{packet}")
        (told,) = await polls.poll()
        assert told.startswith('42["error",{"code":"malformed"')
        await polls.say('421["search_channels",{"query":"zdf"}]')
        assert any("ZDF" in answer for answer in await polls.poll())


async def test_a_ping_is_acknowledged_and_its_time_noted(app: ServedApp, publisher: Publisher) -> None:
    """The first has no time to tell; what is no time is refused."""
    await until_check(app, "consumer", "ok")
    async with viewing(app) as viewer, httpx.AsyncClient(base_url=app.base) as http:
        place = await publisher.say(subjects.CATALOG_CHANGED, CatalogChanged(version="v2"))
        await viewer.next("catalog_changed")
        assert (await viewer.ask("ping"))["cursor"].endswith(f"-{place}")
        assert (await viewer.ask("ping", {"took_ms": 40}))["cursor"].endswith(f"-{place}")
        for wrong in (-1, 60_001, "soon"):
            assert (await viewer.ask("ping", {"took_ms": wrong}))["error"]["code"] == "invalid_request"
            await viewer.next("error")
        figures = (await http.get("/metrics")).text
    assert "iptv_realtime_round_trip_seconds_count 1.0" in figures
    assert "iptv_realtime_round_trip_seconds_sum 0.04" in figures


async def test_a_poll_brings_at_most_16_packets(app: ServedApp, catalog: str) -> None:
    """Several client libraries refuse more; the rest comes with the next poll, in order."""
    for number in range(40):
        write_status(catalog, status_of(f"c{number:02}"))
    async with httpx.AsyncClient(base_url=app.base) as http:
        polls = RawPolls(http)
        await polls.open()
        await polls.say(
            '42["join_channel_updates",{"channel_ids":'
            + json.dumps([f"c{number:02}" for number in range(40)])
            + "}]"
        )
        helpings = [await polls.poll() for _ in range(3)]
    assert [len(helping) for helping in helpings] == [16, 16, 8]
    told = [json.loads(packet[2:])[1]["channel_id"] for helping in helpings for packet in helping]
    assert told == [f"c{number:02}" for number in range(40)]


async def test_a_client_that_reads_nothing_is_cut(
    app: ServedApp, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its queue is bounded; the others go on."""
    monkeypatch.setattr("realtime.fanout.QUEUE_MOST", 3)
    await until_check(app, "consumer", "ok")
    async with httpx.AsyncClient(base_url=app.base) as http, viewing(app) as viewer:
        polls = RawPolls(http)
        await polls.open()
        for version in "abcd":
            await publisher.say(subjects.CATALOG_CHANGED, CatalogChanged(version=version))
            assert (await viewer.next("catalog_changed"))["version"] == version
        assert "disconnected" in (await polls.poll())[0]


async def test_a_message_that_is_too_large_is_refused(app: ServedApp) -> None:
    """No client makes the server hold more than 64 KiB."""
    async with httpx.AsyncClient(base_url=app.base) as http:
        opened = await http.get("/_event/", params={"EIO": "4", "transport": "polling"})
        sid = json.loads(opened.text[1:])["sid"]
        posted = await http.post(
            "/_event/", params={"EIO": "4", "transport": "polling", "sid": sid}, content="4" * 70_000
        )
        assert posted.status_code == 400


ORIGINS = [
    pytest.param(None, 200, id="no browser"),
    pytest.param("{base}", 200, id="same origin"),
    pytest.param("https://tv.example", 200, id="API_URL"),
    pytest.param("https://evil.example", 400, id="stranger"),
]


@pytest.mark.parametrize(("origin", "answer"), ORIGINS)
async def test_only_our_pages_may_connect(app: ServedApp, origin: str | None, answer: int) -> None:
    """Who may connect may also read the answer."""
    headers = {"Origin": origin.format(base=app.base)} if origin else {}
    async with httpx.AsyncClient(base_url=app.base, headers=headers) as http:
        got = await http.get("/_event/", params={"EIO": "4", "transport": "polling"})
    assert got.status_code == answer
    allowed = got.headers.get("access-control-allow-origin")
    assert allowed == (headers.get("Origin") if answer == 200 else None)


async def test_a_client_hears_of_the_channels_it_joined_and_no_others(
    app: ServedApp, publisher: Publisher
) -> None:
    """One channel's changes go to those who joined it, until they leave."""
    await until_check(app, "consumer", "ok")
    async with viewing(app) as viewer:
        assert (await viewer.ask("join_channel_updates", {"channel_ids": ["zdf"]}))["joined"] == 1
        await publisher.say(subjects.CHANNEL_STATUS, status_of("bbc-one"))
        await publisher.say(subjects.CHANNEL_STATUS, status_of("zdf"))
        assert (await viewer.next("channel_status"))["channel_id"] == "zdf"

        assert (await viewer.ask("leave_channel_updates"))["joined"] == 0
        await publisher.say(subjects.CHANNEL_STATUS, status_of("zdf"))
        await publisher.say(subjects.CATALOG_CHANGED, CatalogChanged(version="v2"))
        await viewer.next("catalog_changed")


async def test_health_and_metrics_are_the_chassis(app: ServedApp) -> None:
    """The Socket.IO paths leave the others alone."""
    await until_check(app, "consumer", "ok")
    async with httpx.AsyncClient(base_url=app.base) as http:
        assert (await http.get("/health")).json() == {"status": "ok"}
        detailed = (await http.get("/health/detailed")).json()
        assert detailed["status"] == "ok"
        assert set(detailed["checks"]) >= {"nats", "redis", "consumer"}
        assert "iptv_realtime_clients 0.0" in (await http.get("/metrics")).text


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_who_says_too_much_is_told_and_then_cut(catalog: str, nats_url: str, transport: str) -> None:
    """The refusal is an error event and an error as its ack; it takes no harm to be refused a few times."""
    settings = RealtimeSettings(
        redis_url=SecretStr(catalog), nats_url=SecretStr(nats_url), node_name="r1", client_rate=5
    )
    with serving(create_app(settings)) as app:
        async with viewing(app, transport=transport) as viewer:
            answers = await asyncio.gather(*(viewer.ask("leave_channel_updates") for _ in range(60)))
            assert answers[0] == {"joined": 0}
            assert answers[-1]["error"]["code"] == "too_fast"
            assert (await viewer.next("error"))["code"] == "too_fast"
            assert viewer.connected.is_set()

            for _ in range(400):
                await viewer.socket.emit("leave_channel_updates", namespace=viewer.namespace)
            async with asyncio.timeout(PATIENCE_S):
                await viewer.disconnected.wait()
