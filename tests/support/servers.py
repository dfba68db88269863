"""The real servers that tests stand on: each on a port of its own choosing, each gone with its fixture."""

import asyncio
import contextlib
import secrets
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn
from chassis.media import MediaProtocol
from embedded.binaries import find
from starlette.types import ASGIApp

START_DEADLINE_S = 60.0


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody has at the moment.

    It is below those that a kernel gives out by itself: while a program that was killed is away, no other
    process that asks for any port, or connects from any, gets its port.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def wait_for_port(port: int, process: subprocess.Popen[bytes] | None = None) -> None:
    """Return once somebody listens on `port`."""
    ends_at = time.monotonic() + START_DEADLINE_S
    while time.monotonic() < ends_at:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.2):
            return
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        time.sleep(0.02)
    raise TimeoutError(f"nobody listens on port {port}")


class Program:
    """A program on a port. It can be killed and started again on the same port, with the same data."""

    def __init__(self, command: list[str], port: int) -> None:
        self._command = command
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        self.process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )
        wait_for_port(self.port, self.process)

    def kill(self) -> None:
        """End it as `kill -9` does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextlib.contextmanager
def running(command: list[str], port: int) -> Iterator[Program]:
    """Run a program for as long as the context is open."""
    program = Program(command, port)
    program.start()
    try:
        yield program
    finally:
        program.kill()


@contextlib.contextmanager
def redis_server() -> Iterator[Program]:
    """Run a Redis without persistence."""
    port = free_port()
    command = [str(find("redis-server")), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with running([*command, "--appendonly", "no"], port) as program:
        yield program


@contextlib.contextmanager
def nats_server() -> Iterator[Program]:
    """Run a NATS server with JetStream."""
    port = free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        command = [str(find("nats-server")), "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", folder]
        with running(command, port) as program:
            yield program


class ServedApp:
    """An ASGI app on a real uvicorn: `base` is its address, `port` its port."""

    def __init__(self, app: ASGIApp, port: int = 0, **options: Any) -> None:
        """`options` go to uvicorn."""
        config = uvicorn.Config(
            app,
            host="127.0.0.1",
            port=port,
            log_config=None,
            access_log=False,
            proxy_headers=False,
            lifespan="on",
            timeout_graceful_shutdown=1,
            **{"http": MediaProtocol, **options},
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            runner.run(self._server.serve())

    def start(self) -> None:
        """Start it in a thread with a loop of its own, and wait until it listens."""
        self._thread.start()
        ends_at = time.monotonic() + START_DEADLINE_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > ends_at:
                raise RuntimeError("the app did not start")
            time.sleep(0.01)

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._server.servers[0].sockets[0].getsockname()[1]
        return port

    @property
    def base(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Stop it and wait for its end."""
        self._server.should_exit = True
        self._thread.join(timeout=10)


@contextlib.contextmanager
def serving(app: ASGIApp, **options: Any) -> Iterator[ServedApp]:
    """Serve an app for as long as the context is open. `options` go to uvicorn."""
    served = ServedApp(app, **options)
    served.start()
    try:
        yield served
    finally:
        served.stop()


def repository() -> Path:
    """Return the root of the checkout."""
    return Path(__file__).parents[2]
