"""Redis, opened one way: bounded waiting, retries on a connection that went stale, closed with the app.

Addresses: `redis://`, `rediss://`, `unix://`, and `sentinel://host:port,host:port/service`.

Commands of many arguments are packed by hiredis: redis-py takes a microsecond or two for each of them, and
there are jobs that write a million.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from typing import Any, TypeAlias, TypeVar
from urllib.parse import unquote, urlsplit

import hiredis
from pydantic import SecretStr
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from chassis.logging import get_logger

log = get_logger("redis")

DEADLINE_S = 2.0
REST_S = 2.0
MANY = 64
"""Arguments from which on packing by hiredis is worth a copy of them."""

RedisClient: TypeAlias = Any
"""`redis.asyncio.Redis`. Version 5 types each command "awaitable or not": nothing is to be had from it."""


def options(deadline_s: float = DEADLINE_S) -> dict[str, Any]:
    """What every client gets: a restarted Redis costs a retry, never an error."""
    return {
        "socket_connect_timeout": deadline_s,
        "socket_timeout": deadline_s,
        "health_check_interval": 15,
        "retry": Retry(ExponentialBackoff(cap=0.5, base=0.05), 3),
        "retry_on_error": [RedisConnectionError, RedisTimeoutError],
    }


def open_redis(url: SecretStr, *, max_connections: int = 64) -> RedisClient:
    """Return a client; nothing is connected until its first command."""
    address = url.get_secret_value()
    if address.startswith("sentinel://"):
        client = _through_sentinel(address, max_connections)
    else:
        client = Redis.from_url(address, max_connections=max_connections, **options())
    client.connection_pool.connection_class = _packing_in_bulk(client.connection_pool.connection_class)
    return client


@cache
def _packing_in_bulk(connection: Any) -> Any:
    """Return a kind of connection that leaves the packing of long commands to hiredis."""

    class InBulk(connection):  # type: ignore[misc]
        def pack_command(self, *args: Any) -> list[bytes]:
            if len(args) < MANY:
                packed: list[bytes] = super().pack_command(*args)
                return packed
            return [hiredis.pack_command(args)]

    return InBulk


def _through_sentinel(address: str, max_connections: int) -> RedisClient:
    parts = urlsplit(address)
    credentials, _, hosts = parts.netloc.rpartition("@")
    nodes = [_host_and_port(node) for node in hosts.split(",")]
    service, _, database = parts.path.strip("/").partition("/")
    sentinel: Any = Sentinel(nodes, socket_timeout=DEADLINE_S)  # type: ignore[no-untyped-call]
    return sentinel.master_for(
        service or "mymaster",
        db=int(database or 0),
        username=unquote(credentials.partition(":")[0]) or None,
        password=unquote(credentials.partition(":")[2]) or None,
        max_connections=max_connections,
        **options(),
    )


def _host_and_port(node: str) -> tuple[str, int]:
    host, _, port = node.partition(":")
    return host, int(port or 26379)


@contextlib.asynccontextmanager
async def connect_redis(url: SecretStr, *, max_connections: int = 64) -> AsyncIterator[RedisClient]:
    """Open a client and close it with the context."""
    client = open_redis(url, max_connections=max_connections)
    try:
        yield client
    finally:
        await client.aclose()
        for sentinel in _sentinels(client):
            await sentinel.aclose()


def _sentinels(client: RedisClient) -> list[RedisClient]:
    """Return the clients that a client asks where the master is: it leaves them open."""
    manager = getattr(client.connection_pool, "sentinel_manager", None)
    return manager.sentinels if manager is not None else []


T = TypeVar("T")


class Dispensable:
    """A Redis that can be done without: it has a deadline, and who finds it away leaves it alone for a while.

    So an outage costs one deadline every `REST_S`, not one for each request.
    """

    def __init__(self, what: str, deadline_s: float) -> None:
        self._what = what
        self._deadline_s = deadline_s
        self._away_until = float("-inf")

    async def ask(self, command: Callable[[], Awaitable[T]], otherwise: T) -> T:
        """Return what Redis answers to `command`, or `otherwise`."""
        if time.monotonic() < self._away_until:
            return otherwise
        try:
            async with asyncio.timeout(self._deadline_s):
                return await command()
        except (RedisError, OSError, TimeoutError) as error:
            log.debug("redis.dispensed_with", what=self._what, error=repr(error))
            self._away_until = time.monotonic() + REST_S
            return otherwise
