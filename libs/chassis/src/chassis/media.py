"""uvicorn's HTTP/1.1, and four things that media wants of it.

Ready answers. An application that has a method `ready(scope)` is asked first whether the answer is here
already; if so it leaves at once, without a task, and without the header checks that its maker has done once.

Zero copy. ASGI's extension `http.response.zerocopysend`: a body that lies in a file goes from the page cache
to the socket inside the kernel (sendfile). The head leaves with its first bytes (MSG_MORE), but for large
bodies: before these it leaves at once, for held back it cost this process half as much again.

Stalls. A client that takes nothing for `STALL_S` is cut off, however much was written for it: its connection
would hold what it was sent for ever. One that takes little, but something, stays.

Leaving. Whoever hangs up takes the work done for him along: the application is cancelled where it waits.

The trap: sendfile goes past the transport, so it may begin only when the transport has nothing left to write,
and waits for room on a descriptor of its own, since uvloop refuses to watch one that a transport has.
"""

import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

STALL_S = 20.0
LOOK_S = 5.0
FLUSHED_S = 0.005
TOGETHER_BYTES = 512 * 1024
"""How large a body may be for the head to leave in its first packet."""

EXTENSION = "http.response.zerocopysend"


@dataclass(frozen=True, slots=True)
class Ready:
    """A whole answer to a GET, written out: its head, and a body in plain memory or in a file."""

    head: bytes
    body: bytes = b""
    file: int = -1
    count: int = 0
    """How many bytes of the file are sent."""
    holder: object = None
    """Whose file it is: held on to until it is sent."""


class MediaProtocol(HttpToolsProtocol):
    """One connection of a client. Given to uvicorn as `http=MediaProtocol`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin."""
        super().connection_made(transport)
        self._serving: asyncio.Task[Any] | None = None
        self._bare: socket.socket | None = None
        self._look: asyncio.TimerHandle | None = None
        self._pushing: tuple[Push, object] | None = None
        self._ready: Callable[[Any], Ready | None] | None = getattr(self.app, "ready", None)

    def connection_lost(self, exc: Exception | None) -> None:
        """End whatever goes on for this client."""
        super().connection_lost(exc)
        if self._look is not None:
            self._look.cancel()
        if self._serving is not None and not self.cycle.response_complete:
            self._serving.cancel()
        if self._pushing is not None:
            self._pushing[0].stop()
            self._pushing = None
        if self._bare is not None:
            self._bare.close()
        self._let_go()

    def _let_go(self) -> None:
        """Hold on to nothing that holds this, or only the garbage collector would end it."""
        self.pipeline.clear()
        if self.cycle is not None:
            self.cycle.on_response = _nothing

    def on_message_begin(self) -> None:
        """Say what this server can."""
        super().on_message_begin()
        if self.scheme == "http":
            self.scope["extensions"] = {EXTENSION: {}}

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if self._ready is not None and cycle.keep_alive and not self.transport.get_write_buffer_size():
            ready = self._ready(cycle.scope)
            if ready is not None:
                return self._send_ready(cycle, ready)
        answer = Answer(self, cycle)

        async def serve(scope: Any, receive: Any, _: Any) -> None:
            await app(scope, receive, answer.send)
            await answer.end()

        self._serve(cycle.run_asgi(_unless_gone(cycle, serve)))

    def _serve(self, work: Any) -> None:
        self._serving = self.loop.create_task(work)
        self._serving.add_done_callback(self.tasks.discard)
        self.tasks.add(self._serving)

    def _send_ready(self, cycle: RequestResponseCycle, ready: Ready) -> None:
        cycle.response_started = True
        if ready.file < 0:
            self.transport.write(ready.head + ready.body)
            _complete(cycle)
        else:

            def pushed() -> None:
                self._pushing = None
                _complete(cycle)

            push = Push(self, ready.file, 0, ready.count, ready.head, pushed)
            self._pushing = (push, ready.holder)
            push.go()

    def bare(self) -> socket.socket:
        """Return the socket itself. Nothing may wait in the transport."""
        if self._bare is not None:
            return self._bare
        inner: socket.socket = self.transport.get_extra_info("socket")
        self._bare = socket.socket(fileno=os.dup(inner.fileno()))
        return self._bare

    def pause_writing(self) -> None:
        """Begin to look whether the client takes anything."""
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size(), self.loop.time())

    def resume_writing(self) -> None:
        """It does."""
        super().resume_writing()
        if self._look is not None:
            self._look.cancel()

    def _watch(self, left_bytes: int, since: float) -> None:
        """Look again and again; cut the client off when as much is left as `STALL_S` ago."""
        left_now = self.transport.get_write_buffer_size()
        if left_now != left_bytes:
            left_bytes, since = left_now, self.loop.time()
        elif self.loop.time() - since >= STALL_S:
            return self.transport.abort()
        self._look = self.loop.call_later(LOOK_S, self._watch, left_bytes, since)

    async def flushed(self) -> None:
        """Wait until nothing is left in the transport."""
        while self.transport.get_write_buffer_size():  # noqa: ASYNC110  (hardly ever, and nobody tells)
            await asyncio.sleep(FLUSHED_S)

    def pushes(self, push: "Push | None") -> None:
        """Note what is being sent past the transport, or that nothing is any more."""
        self._pushing = None if push is None else (push, None)


class Push:
    """A file on its way to a client, without a task: what there is room for, each time there is some."""

    def __init__(
        self,
        protocol: MediaProtocol,
        file: int,
        offset: int,
        count: int,
        head: bytes,
        done: Callable[[], None],
    ) -> None:
        self._protocol = protocol
        self._bare = protocol.bare()
        self._file = file
        self._offset = offset
        self._end = offset + count
        self._head = head
        self._done = done
        self._watching = False
        self._look: asyncio.TimerHandle | None = None

    def go(self) -> None:
        """Send what there is room for."""
        try:
            if self._head:
                flags = socket.MSG_MORE if 0 < self._end - self._offset <= TOGETHER_BYTES else 0
                self._head = self._head[self._bare.send(self._head, flags) :]
            while self._offset < self._end and not self._head:
                self._offset += _sendfile(self._bare, self._file, self._offset, self._end - self._offset)
        except BlockingIOError:
            return self._wait()
        except OSError:
            self.stop()
            return self._protocol.transport.abort()
        if self._head:
            return self._wait()
        self.stop()
        self._done()

    def stop(self) -> None:
        """Send no more."""
        if self._watching:
            self._watching = False
            self._protocol.loop.remove_writer(self._bare)
        if self._look is not None:
            self._look.cancel()

    def _wait(self) -> None:
        if not self._watching:
            self._watching = True
            loop = self._protocol.loop
            loop.add_writer(self._bare, self.go)
            self._look = loop.call_later(LOOK_S, self._watch, self._offset, loop.time())

    def _watch(self, offset: int, since: float) -> None:
        """Look again and again; cut the client off when it took nothing for `STALL_S`."""
        loop = self._protocol.loop
        if self._offset != offset:
            offset, since = self._offset, loop.time()
        elif loop.time() - since >= STALL_S:
            self.stop()
            return self._protocol.transport.abort()
        self._look = loop.call_later(LOOK_S, self._watch, offset, since)


class Answer:
    """The answer to one request: uvicorn's, its head kept back until it is known what follows."""

    def __init__(self, protocol: MediaProtocol, cycle: RequestResponseCycle) -> None:
        self._protocol = protocol
        self._cycle = cycle
        self._head: Any = None

    async def send(self, message: Any) -> None:
        """Take an ASGI message."""
        kind = message["type"]
        if kind == "http.response.body":
            if not self._cycle.response_started:
                await self.end()
            await self._cycle.send(message)
        elif kind == EXTENSION:
            await self._send_file(message)
        else:
            self._head = message

    async def end(self) -> None:
        """Send the head if it still waits."""
        if self._head is not None and not self._cycle.response_started:
            await self._cycle.send(self._head)

    async def _send_file(self, message: Mapping[str, Any]) -> None:
        """Send a piece of a file. The answer has to have a Content-Length."""
        cycle = self._cycle
        await self._protocol.flushed()
        head = b"" if cycle.response_started else await self._written_head()
        count = 0 if cycle.scope["method"] == "HEAD" else message["count"]
        sent = self._protocol.loop.create_future()
        push = Push(
            self._protocol, message["file"], message.get("offset", 0), count, head, lambda: _settle(sent)
        )
        self._protocol.pushes(push)
        push.go()
        await sent
        self._protocol.pushes(None)
        cycle.expected_content_length -= count
        if not message.get("more_body", False):
            await cycle.send({"type": "http.response.body", "body": b""})

    async def _written_head(self) -> bytes:
        """Have uvicorn write the head, and keep what it wrote."""
        written = Written()
        self._cycle.transport, transport = written, self._cycle.transport  # type: ignore[assignment]
        try:
            await self._cycle.send(self._head)
        finally:
            self._cycle.transport = transport
        return bytes(written.text)


class Written:
    """A transport that only notes what is written to it."""

    def __init__(self) -> None:
        self.text = bytearray()

    def write(self, data: bytes) -> None:
        """Note it."""
        self.text += data


def _unless_gone(cycle: RequestResponseCycle, app: Any) -> Any:
    """Return an application that may be cancelled once its client is gone."""

    async def quiet(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            if not cycle.disconnected:
                raise

    return quiet


def _sendfile(bare: socket.socket, file: int, offset: int, count: int) -> int:
    sent = os.sendfile(bare.fileno(), file, offset, count)
    if not sent:
        raise OSError("the file ends before what was promised")
    return sent


def _nothing() -> None:
    """Stands for whom an answer's end is told once the client is gone."""


def _complete(cycle: RequestResponseCycle) -> None:
    """Tell uvicorn that the answer is out."""
    cycle.response_complete = True
    cycle.message_event.set()
    cycle.on_response()


def _settle(sent: asyncio.Future[None]) -> None:
    if not sent.done():
        sent.set_result(None)
