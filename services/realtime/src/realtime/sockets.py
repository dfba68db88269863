"""The Socket.IO server: python-socketio, set up for many clients that all hear the same.

What differs from the library's own ways, and why:

- Telling everybody puts one encoded packet into each client's queue, in order and without a task per
  client. Nothing waits in between, so what one event's handler says in a row stays in a row.
- A poll is answered with at most 16 packets: several client libraries refuse more.
- A client that reads nothing is cut before its queue has grown large.
- Undecodable and binary packets become an event of their own, so that they are answered like any bad
  input. The library would log a trace for each, and gather a binary event's parts without a bound.
"""

import asyncio
import logging
from typing import Any

import engineio
import orjson
import socketio
from chassis.health import Health
from chassis.logging import get_logger
from chassis.problems import problem
from engineio.async_socket import AsyncSocket
from engineio.packet import MESSAGE, NOOP
from engineio.packet import Packet as EnginePacket
from engineio.payload import Payload
from socketio.packet import ACK, CONNECT, DISCONNECT, EVENT
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from realtime.metrics import Metrics
from realtime.origins import Origins

log = get_logger("sockets")

MESSAGE_BYTES = 64 * 1024
"""The largest message that a client may send."""

NAMESPACES = ("/", "/_event")
PATHS = ("/_event", "/socket.io")

PACKETS_PER_POLL = 16
PACKETS_PER_POST = 128
"""A polling client may say this much at once; the library's 16 is less than a page says at its start."""

QUEUE_MOST = 20_000
"""Packets that a client may be behind. They are shared, so that each costs a pointer."""

BACKLOG_MOST = 1_000
DRAINED_LOOK_S = 0.02

ENGINE_PACKETS = "0123456b"
"""How an Engine.IO packet may begin: its type, or base64."""

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
    """A packet whose decoding always gives one that can be handled."""

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


class Queue(asyncio.Queue[Any]):
    """A client's queue, emptied in helpings of 16."""

    _helped = 0

    async def get(self) -> Any:
        """Begin a helping."""
        self._helped = 0
        return await super().get()

    def get_nowait(self) -> Any:
        """Go on with it.

        Raises
        ------
        asyncio.QueueEmpty
            If the queue or the helping is at its end.
        """
        if self._helped == PACKETS_PER_POLL:
            raise asyncio.QueueEmpty
        item = super().get_nowait()
        self._helped += 1
        return item


class Engine(engineio.AsyncServer):  # type: ignore[misc]
    """Engine.IO with our queues."""

    def create_queue(self, *_: Any, **__: Any) -> Queue:
        """Return a client's queue."""
        return Queue()

    async def disconnect(self, sid: str) -> None:
        """Cut a client that broke the protocol. The library waits until it has read everything: for ever."""
        if (socket := self.sockets.pop(sid, None)) is not None:
            await cut(socket)


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

    async def _handle_eio_disconnect(self, engine_sid: str, reason: str) -> None:
        """Answer the poll of a client that is going: the library would let it wait for 45 s."""
        await super()._handle_eio_disconnect(engine_sid, reason)
        socket = self.eio.sockets.get(engine_sid)
        if socket is not None and not socket.upgraded:
            socket.queue.put_nowait(EnginePacket(NOOP))


class Fanout(socketio.AsyncManager):  # type: ignore[misc]
    """Tells a room's clients: one encoding, one put each, nothing awaited that could wait."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self._metrics = metrics

    async def emit(
        self, event: str, data: Any, namespace: str, room: Any = None, to: Any = None, **_: Any
    ) -> None:
        """Queue an event for everybody in `room`, a name or a list of them; None is the whole namespace."""
        text = self.server.packet_class(EVENT, namespace=namespace, data=[event, data]).encode()
        packet = EnginePacket(MESSAGE, text)
        told = 0
        for _sid, engine_sid in self.get_participants(namespace, to or room):
            told += await self._queue(engine_sid, packet)
        self._metrics.packets.inc(told)

    async def _queue(self, engine_sid: str, packet: EnginePacket) -> bool:
        socket = self.server.eio.sockets.get(engine_sid)
        if socket is None or socket.closing or socket.closed:
            return False
        if socket.queue.qsize() >= QUEUE_MOST:
            self._metrics.slow_clients.inc()
            await cut(socket)
            return False
        await socket.send(packet)
        return True


async def cut(socket: AsyncSocket) -> None:
    """Close a client's transport, without a word: after a `disconnect` official clients stay away.

    A polling client's next poll finds no session, which makes it connect anew.
    """
    while not socket.queue.empty():
        await socket.queue.get()
        socket.queue.task_done()
    await socket.close(wait=False, abort=True, reason=engineio.AsyncServer.reason.SERVER_DISCONNECT)
    if socket.upgraded:
        socket.queue.put_nowait(None)  # ends the writer, and that the websocket


def build_server(origins: Origins, metrics: Metrics) -> Server:
    """Return the server; its events are registered by the doors."""
    Payload.max_decode_packets = PACKETS_PER_POST

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
        ping_interval=25,
        ping_timeout=20,
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
        heard = _only_packets(receive) if scope["type"] == "websocket" else receive
        await self._server.handle_request(scope, heard, send)


async def _turn_away(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1012})
        return
    answer: ASGIApp = problem(
        Request(scope), 503, "draining", "This node is leaving.", **{"Retry-After": "1"}
    )
    await answer(scope, receive, send)


def _only_packets(receive: Receive) -> Receive:
    """Drop frames that are no Engine.IO packets: the library ends with an exception on them."""

    async def heard() -> Message:
        while True:
            message = await receive()
            text: str | None = message.get("text")
            if message["type"] != "websocket.receive" or message.get("bytes"):
                return message
            if text and text[0] in ENGINE_PACKETS:
                return message

    return heard
