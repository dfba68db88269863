"""The Socket.IO server: python-socketio, set up for many clients that all hear the same.

What differs from the library's own ways, and why:

- Telling everybody (`fanout.py`) puts one encoded packet into each client's queue, or past it (`wire.py`), in
  order and without a task per client. Nothing waits in between, so what one event's handler says in a row
  stays in a row.
- A poll is answered with at most 16 packets: several client libraries refuse more.
- A client that reads nothing is cut before its queue has grown large; so is one that says too much, once
  it was told and goes on.
- Undecodable and binary packets become an event of their own, so that they are answered like any bad
  input. The library would log a trace for each, and gather a binary event's parts without a bound.
"""

import asyncio
import logging
import re
from typing import Any

import engineio
import orjson
import socketio
from chassis.health import Health
from chassis.logging import get_logger
from chassis.problems import problem
from engineio.async_socket import AsyncSocket
from engineio.exceptions import EngineIOError
from engineio.packet import MESSAGE, NOOP
from engineio.packet import Packet as EnginePacket
from engineio.payload import Payload
from socketio.packet import ACK, CONNECT, DISCONNECT, EVENT
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from realtime.errors import RealtimeError, TooFast
from realtime.fanout import Fanout
from realtime.limits import Meter
from realtime.metrics import Metrics
from realtime.origins import Origins
from realtime.wire import Queue, Websocket, Wire, cut

log = get_logger("sockets")

MESSAGE_BYTES = 64 * 1024
"""The largest message that a client may send."""

UVICORN: dict[str, Any] = {
    "ws": Wire,
    "ws_max_size": MESSAGE_BYTES,
    "ws_per_message_deflate": False,
    "ws_ping_interval": None,  # Engine.IO has a heartbeat of its own
}
"""How our process is to run uvicorn."""

NAMESPACES = ("/", "/_event")
PATHS = ("/_event", "/socket.io")

PING_INTERVAL_S = 25.0
PING_TIMEOUT_S = 20.0

PACKETS_PER_POST = 512
"""A polling client may say this much at once: clients post all that has gathered since their last post."""

BACKLOG_MOST = 1_000
DRAINED_LOOK_S = 0.02

ADDRESSED = re.compile(r"2(/[^,]{0,64},)?(\d{0,16})")
"""How an event begins: its namespace, and the number that its ack is to have."""

MALFORMED = ""
"""The name of the event that an undecodable packet becomes."""


class Json:
    """orjson, as python-socketio wants it. It refuses what JSON doesn't have, huge integers included."""

    loads = staticmethod(orjson.loads)

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        """Return `value` as text."""
        return orjson.dumps(value).decode()


class Packet(socketio.packet.Packet):  # type: ignore[misc]
    """A packet whose decoding always gives one that can be handled. None of ours has binary parts."""

    uses_binary_events = False

    def decode(self, encoded_packet: Any) -> int:
        """Read a packet; what is none, or has binary parts, becomes the event `MALFORMED`."""
        try:
            super().decode(encoded_packet)
            handled = self._is_handled()
        except (ValueError, TypeError, IndexError):
            handled = False
        if not handled:
            self.packet_type, self.id, self.data = EVENT, None, [MALFORMED]
        return 0

    def _is_handled(self) -> bool:
        if self.packet_type == EVENT:
            return isinstance(self.data, list) and bool(self.data) and isinstance(self.data[0], str)
        if self.packet_type == CONNECT:
            return self.data is None or isinstance(self.data, dict)
        return self.packet_type in (DISCONNECT, ACK)


class Socket(AsyncSocket):  # type: ignore[misc]
    """One client of Engine.IO, which is as strict as the protocol's own server."""

    _is_polled = False

    async def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Take in a post. The library would answer with 200 what it could not read.

        Raises
        ------
        engineio.exceptions.EngineIOError
            If it is none; the client is cut.
        """
        try:
            await super().handle_post_request(environ)
        except (ValueError, LookupError) as error:
            raise EngineIOError(repr(error)) from None

    async def handle_get_request(self, environ: dict[str, Any]) -> Any:
        """Answer a poll, or serve a websocket.

        Raises
        ------
        engineio.exceptions.EngineIOError
            If there is a poll already: of what that one takes this client would never hear.
        """
        if environ.get("HTTP_UPGRADE") or self.upgrading:
            return await super().handle_get_request(environ)
        if self._is_polled:
            raise EngineIOError("two polls at once")
        self._is_polled = True
        try:
            return await super().handle_get_request(environ)
        finally:
            self._is_polled = False


class Engine(engineio.AsyncServer):  # type: ignore[misc]
    """Engine.IO with our queues and websockets."""

    _async: dict[str, Any]

    def __init__(self, *, client_rate: int, metrics: Metrics, **options: Any) -> None:
        super().__init__(**options)
        self._async = {**self._async, "websocket": Websocket}
        self._client_rate = client_rate
        self._metrics = metrics

    def create_queue(self, *_: Any, **__: Any) -> Queue:
        """Return a client's queue."""
        return Queue(Meter(self._client_rate))

    async def _trigger_event(self, event: str, *args: Any, **options: Any) -> Any:
        """Handle an event of the transport; a message only of a client that doesn't say too much."""
        if event == "message" and not await self._admits(*args):
            return None
        return await super()._trigger_event(event, *args, **options)

    async def _admits(self, sid: str, message: Any) -> bool:
        if (socket := self.sockets.get(sid)) is None or socket.closed:
            return False
        meter: Meter = socket.queue.meter
        if meter.take():
            return True
        self._metrics.requests.labels("unknown", TooFast.code).inc()
        if meter.is_deaf:
            self._metrics.flooders.inc()
            await self.disconnect(sid)
        else:
            for text in refusals(message, TooFast(self._client_rate)):
                await socket.send(EnginePacket(MESSAGE, text))
        return False

    async def disconnect(self, sid: str) -> None:
        """Cut a client that broke the protocol. The library waits until it has read everything: for ever."""
        if (socket := self.sockets.get(sid)) is not None:
            await cut(socket)  # while it is known: a poll of it that waits is to be let go
            self.sockets.pop(sid, None)


def refusals(message: Any, error: RealtimeError) -> list[str]:
    """Return what a message is refused with: an `error` event, and an ack where one was asked for.

    The message is not decoded: that would be done for somebody who is to be kept off.
    """
    match = ADDRESSED.match(message) if isinstance(message, str) else None
    namespace, number = (match[1] or "", match[2]) if match else ("", "")
    event = f'2{namespace}["error",{Json.dumps({**error.body(), "event": None})}]'
    return [event, f"3{namespace}{number}[{Json.dumps({'error': error.body()})}]"] if number else [event]


class Server(socketio.AsyncServer):  # type: ignore[misc]
    """Socket.IO on our engine."""

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    async def drained(self, sid: str, namespace: str) -> None:
        """Let others have a turn, and wait until a client has read most of what it was sent, or is gone."""
        await asyncio.sleep(0)
        while self._backlog(sid, namespace) > BACKLOG_MOST:  # noqa: ASYNC110  (the library tells nobody)
            await asyncio.sleep(DRAINED_LOOK_S)

    def _backlog(self, sid: str, namespace: str) -> int:
        socket = self.eio.sockets.get(self.manager.eio_sid_from_sid(sid, namespace))
        return 0 if socket is None or socket.closed else socket.queue.qsize()

    async def _handle_eio_message(self, engine_sid: str, data: Any) -> None:
        """Handle a message. Of an empty one the library takes it that there is nothing to decode."""
        await super()._handle_eio_message(engine_sid, data or "?")

    async def _handle_eio_disconnect(self, engine_sid: str, reason: str) -> None:
        """Answer the poll of a client that is going: the library would let it wait for 45 s."""
        await super()._handle_eio_disconnect(engine_sid, reason)
        socket = self.eio.sockets.get(engine_sid)
        if socket is not None and not socket.upgraded:
            socket.queue.put_nowait(EnginePacket(NOOP))


def build_server(origins: Origins, metrics: Metrics, client_rate: int) -> Server:
    """Return the server; its events are registered by the doors."""
    Payload.max_decode_packets = PACKETS_PER_POST
    engineio.async_socket.AsyncSocket = Socket  # where the library looks it up

    def allowed(origin: str | None, environ: dict[str, Any]) -> bool:
        return origin is not None and origins.allow(origin, environ["asgi.scope"])

    return Server(
        client_manager=Fanout(metrics),
        async_mode="asgi",
        async_handlers=False,
        serializer=Packet,
        json=Json,
        cors_allowed_origins=allowed,
        max_http_buffer_size=MESSAGE_BYTES,
        ping_interval=PING_INTERVAL_S,
        ping_timeout=PING_TIMEOUT_S,
        client_rate=client_rate,
        metrics=metrics,
        logger=logging.getLogger("socketio"),  # with False, the libraries print on their own
        engineio_logger=logging.getLogger("engineio"),
    )


class Door:
    """Engine.IO under one path. New clients are turned away while the process is on its way out."""

    def __init__(self, server: Server, health: Health, path: str) -> None:
        self._server = server
        self._health = health
        self.path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a poll, a post or a websocket."""
        scope["route"] = self  # for the metrics: our path is the template
        if self._health.draining and b"sid=" not in scope["query_string"]:
            return await _turn_away(scope, receive, send)
        await self._server.handle_request(scope, receive, send)


async def _turn_away(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1012})
        return
    answer: ASGIApp = problem(
        Request(scope), 503, "draining", "This node is leaving.", **{"Retry-After": "1"}
    )
    await answer(scope, receive, send)
