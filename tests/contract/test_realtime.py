"""What a Socket.IO client may rely on, however it connects."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import nats
import pytest
import redis
import socketio
from chassis.nats import ensure_stream
from contracts import keys, subjects
from contracts.channel import Channel, ChannelStatus, Status
from contracts.event import Event, EventState
from contracts.messages import CatalogChanged, EventStateChanged
from pydantic import SecretStr
from realtime.main import create_app
from realtime.settings import RealtimeSettings
from support.servers import ServedApp, serving

NOW = datetime.now(UTC)
PATIENCE_S = 10

WAYS = [
    pytest.param(path, namespace, transport, id=f"{path}-{namespace}-{transport}")
    for path in ("_event", "socket.io")
    for namespace in ("/", "/_event")
    for transport in ("websocket", "polling")
]
CHANNELS = (Channel(id="bbc-one", number=1, name="BBC One"), Channel(id="zdf", number=2, name="ZDF"))
EVENT = Event(
    id="e1",
    title="Ajax - PSV",
    category="Soccer",
    starts_at=NOW - timedelta(hours=1),
    ends_at=NOW + timedelta(hours=1),
    state=EventState.LIVE,
)


def status(channel_id: str, value: Status = Status.ONLINE, latency_ms: int = 40) -> ChannelStatus:
    return ChannelStatus(
        channel_id=channel_id, status=value, latency_ms=latency_ms, checked_at=datetime.now(UTC)
    )


class Viewer:
    """A client that writes down what it is told."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.socket = socketio.AsyncClient(reconnection=False)
        self.socket.on("*", self._heard, namespace=namespace)
        self._events: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()

    async def _heard(self, event: str, body: Any) -> None:
        await self._events.put((event, body))

    async def next(self, event: str) -> Any:
        """Return the body of the next event, which has to be `event`."""
        async with asyncio.timeout(PATIENCE_S):
            name, body = await self._events.get()
        assert name == event, (name, body)
        return body

    async def ask(self, event: str, body: Any = None) -> Any:
        """Say something and return its ack."""
        return await self.socket.call(event, body, namespace=self.namespace, timeout=PATIENCE_S)


@asynccontextmanager
async def viewing(
    app: ServedApp, path: str = "_event", namespace: str = "/_event", transport: str = "websocket"
) -> AsyncIterator[Viewer]:
    viewer = Viewer(namespace)
    await viewer.socket.connect(
        app.base, socketio_path=path, namespaces=[namespace], transports=[transport], wait_timeout=PATIENCE_S
    )
    yield viewer
    await viewer.socket.disconnect()


@pytest.fixture
def catalog(redis_url: str) -> str:
    """A Redis with two channels, one of them with a status, and an event that is on."""
    with redis.Redis.from_url(redis_url) as client:
        for channel in CHANNELS:
            client.hset(keys.generation("channels", "v1"), channel.id, channel.model_dump_json())
        client.hset(keys.generation("events", "v1"), EVENT.id, EVENT.model_dump_json())
        client.mset({keys.current("channels"): "v1", keys.current("events"): "v1"})
        client.hset(keys.STATUSES, "bbc-one", status("bbc-one").model_dump_json())
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


class Publisher:
    """Says things on NATS, as catalog and streamer do."""

    def __init__(self, client: nats.aio.client.Client) -> None:
        self.client = client

    async def say(self, subject: str, record: Any) -> int:
        ack = await self.client.jetstream().publish(subject, record.model_dump_json().encode())
        return int(ack.seq)


@pytest.fixture
async def publisher(nats_url: str) -> AsyncIterator[Publisher]:
    client = await nats.connect(nats_url)
    await ensure_stream(client, subjects.STREAM, [subjects.WILDCARD], subjects.MAX_AGE_S)
    yield Publisher(client)
    await client.close()


async def listening(app: ServedApp) -> None:
    """Wait until the replica hears NATS."""
    async with httpx.AsyncClient(base_url=app.base) as http, asyncio.timeout(PATIENCE_S):
        while (await http.get("/health/detailed")).json()["checks"]["consumer"]["status"] != "ok":
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(("path", "namespace", "transport"), WAYS)
async def test_every_way_in_works(
    app: ServedApp, publisher: Publisher, path: str, namespace: str, transport: str
) -> None:
    """Path, namespace and transport change nothing of what is asked, answered and told."""
    await listening(app)
    async with viewing(app, path, namespace, transport) as viewer:
        assert viewer.socket.transport() == transport

        assert (await viewer.ask("join_channel_updates"))["joined"] == "all"
        now = await viewer.next("channel_status")
        assert (now["channel_id"], now["status"], now["latency_ms"]) == ("bbc-one", "online", 40)

        found = await viewer.ask("search_channels", {"query": "bbc"})
        assert await viewer.next("search_results") == found
        assert [hit["id"] for hit in found["results"]] == ["bbc-one"]

        live = await viewer.ask("get_live_events")
        assert await viewer.next("live_events") == live
        assert [event["id"] for event in live["events"]] == ["e1"]

        first = await publisher.say(subjects.CHANNEL_STATUS, status("zdf", Status.OFFLINE))
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


async def test_health_and_metrics_are_the_chassis(app: ServedApp) -> None:
    """The Socket.IO paths leave the others alone."""
    await listening(app)
    async with httpx.AsyncClient(base_url=app.base) as http:
        assert (await http.get("/health")).json() == {"status": "ok"}
        detailed = (await http.get("/health/detailed")).json()
        assert detailed["status"] == "ok"
        assert set(detailed["checks"]) >= {"nats", "redis", "consumer"}
        assert "iptv_realtime_clients 0.0" in (await http.get("/metrics")).text
