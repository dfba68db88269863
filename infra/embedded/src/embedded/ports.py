"""Ports: the one that was asked for must be free; the inner ones are found, and kept between starts."""

import json
import socket
from pathlib import Path
from typing import Any

PORTS = range(1, 65_536)


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
    known = _known(memory)
    ports: dict[str, int] = {}
    for name in names:
        last = known.get(name)
        if not (isinstance(last, int) and last in PORTS and is_free(last)):
            last = _any_free(set(ports.values()))
        ports[name] = last
    unfinished = memory.with_suffix(".tmp")
    unfinished.write_text(json.dumps(ports))
    unfinished.replace(memory)
    return ports


def _known(memory: Path) -> dict[str, Any]:
    """Return what was written down last time; nothing, where that can't be read."""
    try:
        known = json.loads(memory.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _any_free(taken: set[int]) -> int:
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in taken:
            return port
