"""Clients of realtime that write down what they are told, and someone who says things on NATS."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import httpx
import nats
import redis
import socketio
from chassis.nats import ensure_stream
from contracts import keys, subjects
from contracts.channel import Channel, ChannelStatus, Status
from contracts.event import Event, EventState
from contracts.record import Record
from nats.aio.client import Client
from realtime.sockets import UVICORN
from starlette.types import ASGIApp
from support import servers
from support.servers import ServedApp

PATIENCE_S = 10.0


def serving(app: ASGIApp) -> AbstractContextManager[ServedApp]:
    """Serve realtime as the process itself does, for as long as the context is open."""
    return servers.serving(app, **UVICORN)


CHANNELS = (Channel(id="bbc-one", number=1, name="BBC One"), Channel(id="zdf", number=2, name="ZDF"))
EVENT = Event(
    id="e1",
    title="Ajax - PSV",
    category="Soccer",
    starts_at=datetime.now(UTC) - timedelta(hours=1),
    ends_at=datetime.now(UTC) + timedelta(hours=1),
    state=EventState.LIVE,
)


def status_of(channel_id: str, status: Status = Status.ONLINE, latency_ms: int = 40) -> ChannelStatus:
    """Return a status as of now."""
    now = datetime.now(UTC)
    return ChannelStatus(channel_id=channel_id, status=status, latency_ms=latency_ms, checked_at=now)


def write_generation(redis_url: str, topic: keys.Topic, version: str, *records: Channel | Event) -> None:
    """Make a generation the current one, as the catalog does."""
    with redis.Redis.from_url(redis_url) as client:
        for record in records:
            client.hset(keys.generation(topic, version), record.id, record.model_dump_json())
        client.set(keys.current(topic), version)


def write_status(redis_url: str, status: ChannelStatus) -> None:
    """Note a status, as the catalog does."""
    with redis.Redis.from_url(redis_url) as client:
        client.hset(keys.STATUSES, status.channel_id, status.model_dump_json())


def reading_refusals() -> aiohttp.TraceConfig:
    """Have answers that are none read at once, so that their connections are given back."""

    async def ended(_: Any, __: Any, request: aiohttp.TraceRequestEndParams) -> None:
        if request.response.status >= 400:
            await request.response.read()

    config = aiohttp.TraceConfig()
    config.on_request_end.append(ended)
    return config


class Viewer:
    """A Socket.IO client."""

    def __init__(self, namespace: str, *, reconnection: bool = False, cookies: bool = False) -> None:
        self.namespace = namespace
        # The library forgets to close its own session after a lost connection, and to read refusals.
        jar = aiohttp.CookieJar(unsafe=True) if cookies else aiohttp.DummyCookieJar()
        self._http = aiohttp.ClientSession(trace_configs=[reading_refusals()], cookie_jar=jar)
        self.socket = socketio.AsyncClient(
            reconnection=reconnection,
            reconnection_delay=0.05,
            reconnection_delay_max=0.1,
            http_session=self._http,
        )
        self.socket.on("*", self._heard, namespace=namespace)
        self.socket.on("connect", self._connected, namespace=namespace)
        self.socket.on("disconnect", self._disconnected, namespace=namespace)
        self._events: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.connected = asyncio.Event()
        self.disconnected = asyncio.Event()

    async def _connected(self) -> None:
        self.connected.set()

    async def _disconnected(self, _reason: Any = None) -> None:
        self.connected.clear()
        self.disconnected.set()

    async def _heard(self, event: str, body: Any) -> None:
        await self._events.put((event, body))

    async def close(self) -> None:
        """Leave."""
        await self.socket.disconnect()
        await self._http.close()

    async def any(self) -> tuple[str, Any] | None:
        """Return the next event with its body; None once it is disconnected and has no other."""
        tasks = [asyncio.ensure_future(each) for each in (self._events.get(), self.disconnected.wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return tasks[0].result() if tasks[0].done() else None  # type: ignore[return-value]
        finally:
            for task in tasks:
                task.cancel()

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
    app: ServedApp | str,
    path: str = "_event",
    namespace: str = "/_event",
    transport: str = "websocket",
    *,
    reconnection: bool = False,
    cookies: bool = False,
) -> AsyncIterator[Viewer]:
    """Connect a viewer for as long as the context is open. `upgraded` is polling first, then a websocket."""
    viewer = Viewer(namespace, reconnection=reconnection, cookies=cookies)
    try:
        await viewer.socket.connect(
            app if isinstance(app, str) else app.base,
            socketio_path=path,
            namespaces=[namespace],
            transports=["polling", "websocket"] if transport == "upgraded" else [transport],
            wait_timeout=PATIENCE_S,
        )
        yield viewer
    finally:
        await viewer.close()


class Publisher:
    """Says things on NATS, as catalog and streamer do."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def say(self, subject: str, record: Record) -> int:
        """Publish a record and return its sequence."""
        ack = await self._client.jetstream().publish(subject, record.model_dump_json().encode())
        return ack.seq

    async def forget(self) -> None:
        """Remove all messages, as age does."""
        await self._client.jetstream().purge_stream(subjects.STREAM)

    async def lose_everything(self) -> None:
        """Delete the stream and make it anew."""
        await self._client.jetstream().delete_stream(subjects.STREAM)
        await self.make_stream()

    async def make_stream(self) -> None:
        """Make the stream, if it isn't there."""
        await ensure_stream(self._client, subjects.STREAM, [subjects.WILDCARD], subjects.MAX_AGE_S)


@asynccontextmanager
async def publishing(nats_url: str) -> AsyncIterator[Publisher]:
    """Connect a publisher for as long as the context is open."""
    client = await nats.connect(nats_url)
    publisher = Publisher(client)
    await publisher.make_stream()
    try:
        yield publisher
    finally:
        await client.close()


async def until_check(app: ServedApp, check: str, status: str) -> None:
    """Wait until one of the health checks has this status."""
    async with httpx.AsyncClient(base_url=app.base) as http, asyncio.timeout(PATIENCE_S):
        while True:
            if (await http.get("/health/detailed")).json()["checks"][check]["status"] == status:
                return
            await asyncio.sleep(0.02)
