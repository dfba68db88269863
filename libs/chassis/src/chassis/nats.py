"""NATS, opened one way: connects in the background, reconnects for ever, never holds up a start."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from nats.aio.client import Client
from nats.js.api import RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError
from pydantic import SecretStr

from chassis import tasks
from chassis.logging import get_logger

log = get_logger("nats")

FIRST_WAIT_S = 1.0


@contextlib.asynccontextmanager
async def connect_nats(url: SecretStr, name: str) -> AsyncIterator[Client]:
    """Open a client: connected if NATS answers within `FIRST_WAIT_S`, else as soon as it does."""
    client = Client()

    async def lost() -> None:
        log.warning("nats.disconnected")

    async def back() -> None:
        log.info("nats.reconnected")

    async def failed(error: Exception) -> None:
        log.debug("nats.failed", error=repr(error))

    connecting = tasks.spawn(
        client.connect(
            servers=[server.strip() for server in url.get_secret_value().split(",")],
            name=name,
            connect_timeout=2,
            reconnect_time_wait=1,
            max_reconnect_attempts=-1,
            allow_reconnect=True,
            ping_interval=10,
            max_outstanding_pings=2,
            disconnected_cb=lost,
            reconnected_cb=back,
            error_cb=failed,
        ),
        "connect nats",
    )
    await asyncio.wait({connecting}, timeout=FIRST_WAIT_S)
    try:
        yield client
    finally:
        connecting.cancel()
        with contextlib.suppress(Exception):
            await client.close()


async def ensure_stream(
    client: Client, name: str, subjects: list[str], max_age_s: float, replicas: int = 1
) -> None:
    """Make the JetStream stream, or change the one that is there. Whoever comes first makes it."""
    config = StreamConfig(
        name=name,
        subjects=subjects,
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        max_age=max_age_s,
        max_bytes=64 * 1024 * 1024,
        duplicate_window=120,
        num_replicas=replicas,
    )
    stream = client.jetstream(timeout=2)
    try:
        await stream.add_stream(config)
    except BadRequestError:  # it is there, and otherwise: kept by another number of servers
        await stream.update_stream(config)


Check = Callable[[], Awaitable[None]]


def connected(client: Client) -> Check:
    """Return a health check that fails while the connection is away."""

    async def check() -> None:
        if not client.is_connected:
            raise ConnectionError("not connected")

    return check
