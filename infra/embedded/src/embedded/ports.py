"""Ports: the one that was asked for must be free; the inner ones are found, and kept between starts."""

import json
import socket
from pathlib import Path


class PortTakenError(Exception):
    """Somebody else listens there. Its text is the line that a user reads."""


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def check_public(port: int) -> None:
    """Make sure that Caddy can have its port.

    Raises
    ------
    PortTakenError
        If it can't.
    """
    if not is_free(port, "0.0.0.0"):  # noqa: S104  (Caddy listens on all addresses)
        raise PortTakenError(
            f"PORT={port}: it is taken (or not yours to take); choose another: PORT=8080 make run"
        )


def inner(names: tuple[str, ...], memory: Path) -> dict[str, int]:
    """Return a free port of loopback for each name; the one it had last time, if that is free."""
    known = json.loads(memory.read_text()) if memory.exists() else {}
    ports: dict[str, int] = {}
    for name in names:
        last = known.get(name)
        ports[name] = last if isinstance(last, int) and is_free(last) else _any_free(set(ports.values()))
    memory.write_text(json.dumps(ports))
    return ports


def _any_free(taken: set[int]) -> int:
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in taken:
            return port
