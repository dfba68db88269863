"""A Socket.IO client that costs next to nothing: frames by hand, no task, no JSON but where somebody asks.

It speaks Engine.IO 4 over a websocket, in the namespace `/`. Masks are zero, so that masking changes nothing:
the server has to undo it all the same.
"""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import Any, cast

import orjson

Heard = Callable[["Client", bytes], None]
"""Told of an event: the text of its array."""

SHORT, LONGER = 126, 0x10000
HELLO = b"40"


def frame(text: bytes) -> bytes:
    """Return a client's text frame (RFC 6455, 5.2)."""
    size = len(text)
    if size < SHORT:
        return bytes((0x81, 0x80 | size)) + bytes(4) + text
    return bytes((0x81, 0x80 | SHORT)) + size.to_bytes(2) + bytes(4) + text


PONG = frame(b"3")


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, host: str, heard: Heard) -> None:
        self._host = host
        self._heard = heard
        self._rest = b""
        self._is_open = False
        self._transport: asyncio.Transport | None = None
        self._acks: dict[bytes, asyncio.Future[bytes]] = {}
        self._asked = 0
        self.connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the websocket."""
        # uvloop's transports are asyncio's in all but their class.
        self._transport = cast("asyncio.Transport", transport)
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET /_event/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {self._host}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Say so to whoever waits."""
        lost = exc or ConnectionResetError()
        futures: list[asyncio.Future[Any]] = [self.connected, *self._acks.values()]
        for waiting in futures:
            if not waiting.done():
                waiting.set_exception(lost)
                waiting.exception()  # it may be that nobody asks
        if not self.gone.done():
            self.gone.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Take frames apart."""
        data = self._rest + data if self._rest else data
        if not self._is_open:
            head, parted, data = data.partition(b"\r\n\r\n")
            if not parted:
                self._rest = head
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.close()
                return
            self._is_open = True
        self._rest = self._frames(data)

    def _frames(self, data: bytes) -> bytes:
        at, end = 0, len(data)
        while end - at >= 2:
            size, begins = data[at + 1], at + 2
            if size >= SHORT:
                begins += 2 if size == SHORT else 8
                size = int.from_bytes(data[at + 2 : begins])
            if begins > end or begins + size > end:
                break
            self._packet(data[at] & 0x0F, data[begins : begins + size])
            at = begins + size
        return data[at:]

    def _packet(self, kind: int, packet: bytes) -> None:
        if packet.startswith(b"42["):
            self._heard(self, packet[2:])
        elif packet.startswith(b"43"):
            number, _, body = packet[2:].partition(b"[")
            if (waiting := self._acks.pop(number, None)) and not waiting.done():
                waiting.set_result(b"[" + body)
        elif packet.startswith(b"2"):
            self._write(PONG)
        elif packet.startswith(b"40"):
            self.connected.set_result(None)
        elif packet.startswith(b"0"):
            self._write(frame(HELLO))
        elif kind == 8:
            self.close()

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    async def ask(self, event: str, body: Any) -> Any:
        """Say something and return its ack."""
        self._asked += 1
        number = str(self._asked).encode()
        waiting = self._acks[number] = asyncio.get_running_loop().create_future()
        self._write(frame(b"42" + number + orjson.dumps([event, body])))
        return orjson.loads(await waiting)[0]

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


async def connect(port: int, heard: Heard, within_s: float = 30.0) -> Client:
    """Return a client that is connected.

    Raises
    ------
    OSError, TimeoutError
        If it can't be.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(within_s):
        _, client = await loop.create_connection(
            lambda: Client(f"127.0.0.1:{port}", heard), "127.0.0.1", port
        )
        await client.connected
    return client
