"""Whether a container does its work, as an exit status: `/health`, or for a worker the file that it touches.

`alive` asks the HTTP service in this container; `alive worker` looks when the worker last renewed its lease.
It runs often, and where there is other work to do: it imports next to nothing (15 ms of CPU). To ask
Redis itself took seconds there, and called workers unwell that were only waiting their turn.
"""

# ruff: noqa: INP001  (a program, not a module)
import os
import socket
import sys
import time

HEALTH = b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n"
DEADLINE_S = 3
LEASE_S = 15


def answers(port: int) -> bool:
    """Whether the service says that work may be sent here."""
    with socket.create_connection(("127.0.0.1", port), DEADLINE_S) as door:
        door.sendall(HEALTH)
        return door.recv(64).split()[1:2] == [b"200"]


def holds_lease(mark: str) -> bool:
    """Whether this container's worker renewed its lease lately."""
    return time.time() - os.stat(mark).st_mtime < LEASE_S  # noqa: PTH116  (pathlib costs more than all else)


def main(words: list[str]) -> bool:
    """Look at what this container is for; one that stands by is well."""
    if os.environ.get("STANDBY_IF"):
        return True
    if words:
        return holds_lease(os.environ["ALIVE_FILE"])
    return answers(int(os.environ.get("LISTEN", ":8000").rpartition(":")[2]))


if __name__ == "__main__":
    try:
        sys.exit(not main(sys.argv[1:]))
    except OSError as error:
        sys.exit(str(error))
