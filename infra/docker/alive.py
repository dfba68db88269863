"""Whether a container does its work, as an exit status: `/health`, or for a worker its lease in Redis.

`alive` asks the HTTP service in this container; `alive worker` looks for the lease that a worker of that
role renews every few seconds. It runs often: for `/health` it imports next to nothing (15 ms of CPU).
"""

# ruff: noqa: INP001  (a program, not a module)
import os
import socket
import sys

HEALTH = b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n"
DEADLINE_S = 3


def answers(port: int) -> bool:
    """Whether the service says that work may be sent here."""
    with socket.create_connection(("127.0.0.1", port), DEADLINE_S) as door:
        door.sendall(HEALTH)
        return door.recv(64).split()[1:2] == [b"200"]


def holds_lease(role: str) -> bool:
    """Whether this container's worker announced itself lately."""
    import asyncio  # noqa: PLC0415  (only the workers pay for it)

    from chassis.redis import open_redis  # noqa: PLC0415
    from contracts import keys  # noqa: PLC0415
    from pydantic import SecretStr  # noqa: PLC0415

    key = keys.node(role, os.environ.get("NODE_NAME") or socket.gethostname())

    async def ask() -> bool:
        redis = open_redis(SecretStr(os.environ["REDIS_URL"]))
        try:
            return bool(await redis.exists(key))
        finally:
            await redis.aclose()

    return asyncio.run(ask())


def main(words: list[str]) -> bool:
    """Look at what this container is for; one that stands by is well."""
    if os.environ.get("STANDBY_IF"):
        return True
    if words:
        return holds_lease(words[0])
    return answers(int(os.environ.get("LISTEN", ":8000").rpartition(":")[2]))


if __name__ == "__main__":
    try:
        sys.exit(not main(sys.argv[1:]))
    except OSError as error:
        sys.exit(str(error))
