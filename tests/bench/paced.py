"""Load at a fixed rate, whether answers come or not: how long a viewer waits who does not know of the others.

wrk asks again once it has its answer, so a server that hesitates is asked less and looks better than it is.
Here the time of each request is fixed beforehand, and what it took counts from that time. What the generator
adds itself shows with a subject that answers at once.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import cast

import uvloop

CONNECTIONS = 64
DRAIN_S = 5.0


@dataclass(slots=True)
class Waits:
    """How long each request took, from when it was due."""

    took_ms: list[float] = field(default_factory=list)
    errors: int = 0


class Connection(asyncio.Protocol):
    """One request at a time, on a connection that is kept."""

    def __init__(self, idle: "asyncio.Queue[Connection]", waits: Waits) -> None:
        self._idle, self._waits = idle, waits
        self._transport: asyncio.Transport | None = None
        self._due = 0.0
        self._answer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be ready."""
        # uvloop's transports are asyncio's in all but their class.
        self._transport = cast("asyncio.Transport", transport)
        self._idle.put_nowait(self)

    def ask(self, request: bytes, due: float) -> None:
        """Send a request that was due at `due`."""
        self._due = due
        self._answer.clear()
        if self._transport is not None:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Note the time once the answer is whole."""
        self._answer += data
        head, parted, body = self._answer.partition(b"\r\n\r\n")
        if not parted or len(body) < _length(bytes(head)):
            return
        self._waits.took_ms.append((time.perf_counter() - self._due) * 1000)
        self._waits.errors += not head.startswith(b"HTTP/1.1 200")
        self._idle.put_nowait(self)


def load(port: int, path: str, *, rate: float, seconds: float, viewers: int) -> Waits:
    """Ask for `path` at a rate, each time as the next of so many viewers."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_load(port, _requests(path, viewers), rate, seconds))


async def _load(port: int, requests: list[bytes], rate: float, seconds: float) -> Waits:
    waits, idle = Waits(), asyncio.Queue[Connection]()
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Connection(idle, waits), "127.0.0.1", port)
        for _ in range(CONNECTIONS)
    ]
    began, count = time.perf_counter(), int(rate * seconds)
    for number in range(count):
        due = began + number / rate
        while (ahead := due - time.perf_counter()) > 0:  # noqa: ASYNC110  (it is a time that is waited for)
            await asyncio.sleep(ahead if ahead > 0.002 else 0)
        async with asyncio.timeout(DRAIN_S):
            (await idle.get()).ask(requests[number % len(requests)], due)
    for _ in range(CONNECTIONS):
        async with asyncio.timeout(DRAIN_S):
            await idle.get()
    for transport, _protocol in made:
        transport.close()
    return waits


def _requests(path: str, viewers: int) -> list[bytes]:
    return [
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: player/{number}\r\n"
        f"X-Forwarded-For: 198.18.{number // 250}.{number % 250 + 1}\r\n\r\n".encode()
        for number in range(viewers)
    ]


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
