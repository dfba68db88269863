"""Websockets, with a short way out for what all clients are told.

By the library's way a packet wakes a client's writer, which has it framed: some 120 µs for each client. Here
it is framed once, and the frame written to each transport, for 16 µs. That is only done where nothing is
before it: a client whose writer has work, or whose transport is full, gets it by way of its queue, in order.

The trap: a writer that was just woken has emptied the queue but written nothing yet. So it is not the queue
that is asked, but whether the writer waits for it.
"""

import asyncio
from typing import Any, cast

from engineio import AsyncServer
from engineio.async_drivers.asgi import WebSocket
from engineio.async_socket import AsyncSocket
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from wsproto.events import Request

from realtime.limits import Meter

EXTENSION = "realtime.wire"

PACKETS_PER_POLL = 16

TEXT = b"\x81"
SHORT, LONG = 126, 127
MIDDLING = 0x10000

ENGINE_PACKETS = "12345"
"""What a client's websocket packets may be: close, ping (a probe), pong, message, upgrade."""

MESSAGE = "4"


def framed(text: str) -> bytes:
    """Return a server's text frame (RFC 6455, 5.2)."""
    body = text.encode()
    size = len(body)
    if size < SHORT:
        return TEXT + bytes((size,)) + body
    if size < MIDDLING:
        return TEXT + bytes((SHORT,)) + size.to_bytes(2) + body
    return TEXT + bytes((LONG,)) + size.to_bytes(8) + body


class Wire(WSProtocol):
    """One websocket. Given to uvicorn as `ws=Wire`; applications find it in their scope's extensions."""

    def handle_connect(self, event: Request) -> None:
        """Let the application have us."""
        super().handle_connect(event)
        cast("dict[str, Any]", self.scope["extensions"])[EXTENSION] = self

    def push(self, frame: bytes) -> bool:
        """Write a frame now, or return False: it is not open, or its client is slow."""
        if self.close_sent or not self.writable.is_set() or self.transport.is_closing():
            return False
        self.transport.write(frame)
        return True


class Queue(asyncio.Queue[Any]):
    """What a client is yet to be told. It is emptied in helpings of 16."""

    wire: Wire | None = None
    """The client's websocket, once it has one that can be pushed to."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self.meter = meter
        self._helped = 0
        self._is_awaited = False

    async def get(self) -> Any:
        """Begin a helping."""
        self._helped = 0
        self._is_awaited = True
        try:
            return await super().get()
        finally:
            self._is_awaited = False

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

    def overtake(self, frame: bytes) -> bool:
        """Write a frame past the queue, or return False: then something is before it."""
        return bool(self._is_awaited and self.wire and self.empty() and self.wire.push(frame))


class Websocket(WebSocket):  # type: ignore[misc]
    """Engine.IO's view of a websocket."""

    async def __call__(self, environ: dict[str, Any]) -> Any:
        """Serve it. `handler` is a method of the client that it belongs to."""
        extensions = environ["asgi.scope"].get("extensions") or {}
        self._queue: Queue = self.handler.__self__.queue
        self._queue.wire = extensions.get(EXTENSION)
        return await super().__call__(environ)

    async def wait(self) -> Any:
        """Return the next packet. What is none ends the connection, as the protocol's own server does it.

        Raises
        ------
        OSError
            If there comes no other.
        """
        packet = await super().wait()
        if isinstance(packet, str) and (not packet or packet[0] not in ENGINE_PACKETS):
            raise OSError("no packet of Engine.IO")
        if isinstance(packet, str) and packet[0] != MESSAGE and not self._queue.meter.take():
            raise OSError("too many packets")
        return packet


async def cut(socket: AsyncSocket) -> None:
    """Close a client's transport, without a word: after a `disconnect` official clients stay away.

    A polling client's next poll finds no session, which makes it connect anew.
    """
    while not socket.queue.empty():
        await socket.queue.get()
        socket.queue.task_done()
    await socket.close(wait=False, abort=True, reason=AsyncServer.reason.SERVER_DISCONNECT)
    if socket.upgraded:
        socket.queue.put_nowait(None)  # ends the writer, and that the websocket
