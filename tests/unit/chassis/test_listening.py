"""Who comes together is let in together, over TCP and over a unix socket."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvloop
from chassis.app import ACCEPTED_AT_ONCE, DrainingServer, uvicorn_config
from chassis.health import Health
from chassis.settings import ServiceSettings
from starlette.types import Receive, Scope, Send

REQUEST = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
PATIENCE_S = 20.0


class Turns:
    """An app that notes in which turn of the loop it was asked."""

    def __init__(self) -> None:
        self.now = 0
        self.asked: list[int] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Answer with nothing."""
        self.asked.append(self.now)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def turn_until(self, true: Callable[[], bool]) -> None:
        """Let the loop turn until something is true."""
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                self.now += 1
                await asyncio.sleep(0)


@contextlib.contextmanager
def clients(at: socket.socket, most: int) -> Iterator[None]:
    """Connect and ask, while the loop stands still: the kernel holds them until it turns."""
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(socket.socket(at.family, socket.SOCK_STREAM)) for _ in range(most)]
        for each in made:
            each.connect(at.getsockname())
            each.sendall(REQUEST)
        yield


@pytest.mark.parametrize("where", ["127.0.0.1:0", "unix:{folder}/s"])
def test_who_comes_together_is_let_in_together(where: str, tmp_path: Path) -> None:
    app = Turns()
    settings = ServiceSettings(listen=where.format(folder=tmp_path))
    server = DrainingServer(uvicorn_config(app, settings, lifespan="off"), Health(), 0)

    async def served() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve())
            await app.turn_until(lambda: server.started and len(server.servers) == ACCEPTED_AT_ONCE)
            with clients(server.servers[0].sockets[0], ACCEPTED_AT_ONCE):
                await app.turn_until(lambda: len(app.asked) == ACCEPTED_AT_ONCE)
            server.should_exit = True

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(served())

    assert max(app.asked) - min(app.asked) < ACCEPTED_AT_ONCE / 2
