"""HTTP/1.1 to a source, on one connection, one exchange at a time.

Bodies of known length are received straight into the sink's memory: no parser, no copy in between. Chunked
ones, and those that end with the connection, go through the parser. Whatever goes wrong is told once, as one
of this service's errors; what a source sends unasked ends the connection.

The trap: receiving in place leaves the parser behind, so each exchange has a new one.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import httptools

from streamer.body import TooLargeError
from streamer.errors import StreamerError, UpstreamBroken, UpstreamTimeout, UpstreamUnreachable

SCRATCH = memoryview(bytearray(256 * 1024))
"""One for all connections: it is filled and emptied within one callback."""
HEAD_MOST_BYTES = 128 * 1024
HEAD_READ_BYTES = 16 * 1024
"""How much is read at once until the head is here: what comes with it has to be copied."""
EARLY_MOST_BYTES = 1024 * 1024
TOO_LARGE = "it sends more than a segment can have"


class Sink(Protocol):
    """Where a body goes. Those that are `in_place` lend their memory."""

    in_place: bool

    def room(self) -> memoryview:
        """Return where the next bytes go."""
        ...

    def advance(self, count: int) -> None:
        """Note that so many were put there."""
        ...

    def write(self, piece: bytes) -> None:
        """Take a piece that lies elsewhere."""
        ...


@dataclass(slots=True)
class Head:
    """An answer's status and headers, names in lower case."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    cookies: list[str] = field(default_factory=list, repr=False)
    """Each Set-Cookie."""

    @property
    def length(self) -> int | None:
        """The body's length, where the source says it and means it."""
        said = self.headers.get("content-length", "")
        is_told = said.isdecimal() and len(said) < 20 and "transfer-encoding" not in self.headers
        return int(said) if is_told else None


Choose = Callable[[Head], Sink | None]
"""Says where a body goes as soon as its head is here, before more of it is read; None: not yet decided."""


class StaleConnection(UpstreamUnreachable):
    """A kept connection that the source had closed already: worth another try on a new one."""


class Connection(asyncio.BufferedProtocol):
    """One connection. `host` is for errors; `pause_s` is how long the source may say nothing."""

    def __init__(self, host: str, pause_s: float) -> None:
        self.host = host
        self._pause_s = pause_s
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._exchange: Exchange | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._heard_at = 0.0
        self._keeps = True
        self.exchanges = 0
        self.closed = self._loop.create_future()

    # what the owner does

    async def ask(self, request: bytes, choose: Choose) -> "Exchange":
        """Send a request; return the exchange once the answer's head is here.

        Raises
        ------
        StaleConnection, UpstreamError
            If there is none.
        """
        if not self._is_open:
            raise StaleConnection(self.host, "closed")
        self._exchange = exchange = Exchange(self, choose)
        self.exchanges += 1
        self._heard_at = self._loop.time()
        self._timer = self._loop.call_later(self._pause_s, self._look)
        assert self._transport is not None  # noqa: S101  (it is open)
        self._transport.write(request)
        await exchange.answered
        return exchange

    @property
    def reusable(self) -> bool:
        """Whether another request may follow.

        The trap: that a transport is closing, `connection_lost` hears only when the loop comes by. Kept until
        then, it would be taken and given back again and again, and the loop would never come by.
        """
        return self._exchange is None and self._keeps and self._is_open

    @property
    def _is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def pause(self) -> None:
        """Take nothing more for now."""
        if self._transport is not None and self._is_open:
            self._transport.pause_reading()

    def resume(self) -> None:
        """Go on."""
        self._heard_at = self._loop.time()
        if self._transport is not None and self._is_open:
            self._transport.resume_reading()

    # what the loop says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport  # type: ignore[assignment]

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        """Return where to receive to."""
        exchange = self._exchange
        if exchange is None or not exchange.head.status:
            return SCRATCH[:HEAD_READ_BYTES]
        return SCRATCH if exchange.in_place is None else exchange.in_place.room()

    def buffer_updated(self, count: int) -> None:
        """Take what was received."""
        self._heard_at = self._loop.time()
        exchange = self._exchange
        if exchange is None:
            return self.abort()
        try:
            exchange.received(count)
        except TooLargeError:
            self.failed(UpstreamBroken(self.host, TOO_LARGE))
        except httptools.HttpParserError as error:
            is_ours = isinstance(error.__context__, TooLargeError)
            self.failed(UpstreamBroken(self.host, TOO_LARGE if is_ours else "its answer is no HTTP"))

    def eof_received(self) -> None:
        """Take the end; `connection_lost` follows."""

    def connection_lost(self, exc: Exception | None) -> None:
        """End the exchange, well or badly."""
        exchange = self._exchange
        if exchange is not None:
            if exchange.until_closed and exc is None:
                self.completed(keeps=False)
            elif not exchange.heard and self.exchanges > 1:
                self.failed(StaleConnection(self.host, "closed"))
            elif not exchange.answered.done():
                self.failed(UpstreamUnreachable(self.host, "it hung up"))
            else:
                self.failed(UpstreamBroken(self.host, "the body ended early"))
        if not self.closed.done():
            self.closed.set_result(None)

    def completed(self, *, keeps: bool) -> None:
        """Note that the exchange is over."""
        exchange, self._exchange = self._exchange, None
        self._keeps = keeps
        self._rest()
        if exchange is not None:
            exchange.settle(None)

    def failed(self, error: StreamerError) -> None:
        """End the exchange, and the connection, with an error."""
        exchange, self._exchange = self._exchange, None
        self._keeps = False
        self._rest()
        self.abort()
        if exchange is not None:
            exchange.settle(error)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        """See whether the source said anything of late."""
        left_s = self._heard_at + self._pause_s - self._loop.time()
        if left_s <= 0:
            return self.failed(UpstreamTimeout(self.host))
        self._timer = self._loop.call_later(left_s, self._look)


class Exchange:
    """One request's answer, on its way. Methods named `on_…` are the parser's; `receive` is its owner's."""

    def __init__(self, connection: Connection, choose: Choose) -> None:
        loop = asyncio.get_running_loop()
        self._connection = connection
        self._choose = choose
        self._parser: Any = httptools.HttpResponseParser(self)
        self.head = Head()
        self._head_bytes = 0
        self._early: list[bytes] = []
        self._early_bytes = 0
        self._sink: Sink | None = None
        self._left = 0
        self.chosen = False
        self.in_place: Sink | None = None
        self.until_closed = False
        self.heard = False
        self.answered: asyncio.Future[None] = loop.create_future()
        self.finished: asyncio.Future[None] = loop.create_future()

    def received(self, count: int) -> None:
        """Take bytes: those in the scratch through the parser, those in place as they are."""
        self.heard = True
        if self.in_place is not None:
            self._left -= count
            if self._left > 0:
                return self.in_place.advance(count)
            # What lies beyond the length is no part of it, nor of any other answer.
            self.in_place.advance(count + self._left)
            return self._connection.completed(keeps=not self._left and self._parser.should_keep_alive())
        if not self.answered.done():
            self._head_bytes += count
            if self._head_bytes > HEAD_MOST_BYTES:
                raise TooLargeError
        self._parser.feed_data(SCRATCH[:count])
        self._go_in_place()

    async def receive(self, sink: Sink) -> None:
        """Give the body to `sink`, unless it was chosen already: what came, then all that comes.

        Raises
        ------
        UpstreamError
            If it ended early, paused for too long, or is too large.
        """
        try:
            self._attach(sink)
        except TooLargeError:
            self._connection.failed(UpstreamBroken(self._connection.host, TOO_LARGE))
        await self.finished

    def _attach(self, sink: Sink) -> None:
        if self.chosen:
            return
        for piece in self._early:
            sink.write(piece)
        if self.finished.done():
            return
        self._sink = sink
        if self._early_bytes >= EARLY_MOST_BYTES:
            self._connection.resume()
        self._early = []
        self._go_in_place()

    def settle(self, error: StreamerError | None) -> None:
        """Tell who waits, and let go of the parser and the sink.

        The parser holds its exchange as the exchange holds it: left to the garbage collector, the two would
        keep the body's memory, which the next body could have had.
        """
        self._parser = self._sink = self.in_place = None
        for future in (self.answered, self.finished):
            if future.done():
                continue
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)
                future.exception()  # seen: who left does not ask

    def _go_in_place(self) -> None:
        if self._left and self._sink is not None and self._sink.in_place:
            self.in_place = self._sink

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note a header; one that comes twice is one with a comma."""
        key, said = name.decode("latin-1").lower(), value.decode("latin-1")
        if key == "set-cookie":
            self.head.cookies.append(said)
        elif key in self.head.headers:
            self.head.headers[key] += f", {said}"
        else:
            self.head.headers[key] = said

    def on_headers_complete(self) -> None:
        """Tell the head; 1xx are only announcements of it."""
        status = self._parser.get_status_code()
        if status < 200:
            self.head = Head()
            return
        self.head.status = status
        self._left = self.head.length or 0
        self.until_closed = self.head.length is None and "transfer-encoding" not in self.head.headers
        self._sink = self._choose(self.head)
        self.chosen = self._sink is not None
        if not self.answered.done():
            self.answered.set_result(None)

    def on_body(self, piece: bytes) -> None:
        """Pass on what the parser found."""
        self._left = max(0, self._left - len(piece))
        if self._sink is not None:
            return self._sink.write(piece)
        self._early.append(piece)
        before, self._early_bytes = self._early_bytes, self._early_bytes + len(piece)
        if before < EARLY_MOST_BYTES <= self._early_bytes:
            self._connection.pause()

    def on_message_complete(self) -> None:
        """End."""
        if self.head.status:
            self._connection.completed(keeps=self._parser.should_keep_alive())


def request(host: str, target: str, headers: Mapping[str, str]) -> bytes:
    """Return a GET, byte for byte as said. What would end a line early is left out."""
    lines = [f"GET {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers.items() if value]
    if any("\r" in line or "\n" in line for line in lines):
        lines = [line.translate(UNSAID) for line in lines]
    return "\r\n".join([*lines, "", ""]).encode()


UNSAID = {ord("\r"): None, ord("\n"): None, 0: None}
