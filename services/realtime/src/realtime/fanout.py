"""Telling many clients the same, and knowing who is where."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import socketio
from engineio.async_socket import AsyncSocket
from engineio.packet import MESSAGE
from engineio.packet import Packet as EnginePacket
from socketio.packet import EVENT

from realtime.metrics import Metrics
from realtime.wire import cut, framed

QUEUE_MOST = 20_000
"""Packets that a client may be behind. They are shared, so that each costs a pointer."""


class Told(NamedTuple):
    """An event for everybody in `room`, a name or a list of them; None is the whole namespace."""

    event: str
    body: Any
    room: Any = None
    without: Collection[str] = ()
    """Clients in there that it is not for."""


class Fanout(socketio.AsyncManager):  # type: ignore[misc]
    """Tells a room's clients: one encoding, one piece each, nothing awaited that could wait."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self._metrics = metrics
        self._rooms_of: dict[tuple[str, str], dict[Any, None]] = {}

    async def emit(
        self, event: str, data: Any, namespace: str, room: Any = None, to: Any = None, **_: Any
    ) -> None:
        """Queue an event for everybody in `room`, a name or a list of them; None is the whole namespace."""
        await self.emit_all([Told(event, data, to or room)], namespace)

    async def emit_all(self, told: Sequence[Told], namespace: str) -> None:
        """Queue events, in this order. Who gets the same of them gets them in one piece."""
        packets = [self._encoded(each, namespace) for each in told]
        frames = [framed(packet.encode()) for packet in packets]
        gets: dict[str, tuple[int, ...]] = {}
        for number, each in enumerate(told):
            for sid, engine_sid in self.get_participants(namespace, each.room):
                if sid not in each.without:
                    gets[engine_sid] = (*gets.get(engine_sid, ()), number)
        pieces: dict[tuple[int, ...], bytes] = {}
        for engine_sid, which in gets.items():
            if (piece := pieces.get(which)) is None:
                piece = pieces[which] = b"".join(frames[number] for number in which)
            if socket := self._open(engine_sid):
                self._metrics.packets.inc(len(which))
                if not (socket.upgraded and socket.queue.overtake(piece)):
                    await self._queue(socket, [packets[number] for number in which])

    def _encoded(self, told: Told, namespace: str) -> EnginePacket:
        data = [told.event, told.body]
        return EnginePacket(MESSAGE, self.server.packet_class(EVENT, namespace=namespace, data=data).encode())

    def _open(self, engine_sid: str) -> AsyncSocket | None:
        socket = self.server.eio.sockets.get(engine_sid)
        return None if socket is None or socket.closing or socket.closed else socket

    async def _queue(self, socket: AsyncSocket, packets: list[EnginePacket]) -> None:
        if socket.queue.qsize() >= QUEUE_MOST:
            self._metrics.slow_clients.inc()
            return await cut(socket)
        for packet in packets:
            await socket.send(packet)

    def basic_enter_room(self, sid: str, namespace: str, room: Any, eio_sid: str | None = None) -> None:
        """Take a client into a room, and note it."""
        super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)
        self._rooms_of.setdefault((namespace, sid), {})[room] = None

    def basic_leave_room(self, sid: str, namespace: str, room: Any) -> None:
        """Take a client out of a room."""
        super().basic_leave_room(sid, namespace, room)
        self._rooms_of.get((namespace, sid), {}).pop(room, None)

    def basic_disconnect(self, sid: str, namespace: str, **_: Any) -> None:
        """Forget a client.

        The library looks for it in all rooms, of which each client has one of its own: the time for all to
        leave would grow with their square.
        """
        for room in self._rooms_of.pop((namespace, sid), ()):
            super().basic_leave_room(sid, namespace, room)
        self.callbacks.pop(sid, None)
        for pending in (self.pending_connect, self.pending_disconnect):
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)
