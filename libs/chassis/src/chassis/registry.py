"""Who is running: each process keeps a lease with its own words about itself."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
from redis.exceptions import RedisError

from chassis.logging import get_logger
from chassis.redis import RedisClient

log = get_logger("registry")

BEAT_S = 5.0
LEASE_S = 15


async def announce(
    redis: RedisClient,
    key: str,
    describe: Callable[[], Awaitable[dict[str, Any]]],
    beat_s: float = BEAT_S,
    mark: Path | None = None,
) -> None:
    """Write `describe()` under `key` every `beat_s`, for ever; gone by itself when the process is.

    A file `mark` is touched each time that this went well: who has no port is asked for its health there.
    """
    while True:
        try:
            await redis.set(key, orjson.dumps(await describe()), ex=LEASE_S)
            if mark is not None:
                mark.touch()  # noqa: ASYNC240  (on a memory disk)
        except RedisError as error:
            log.debug("registry.unreachable", error=repr(error))
        await asyncio.sleep(beat_s)


async def present(redis: RedisClient, pattern: str) -> dict[str, dict[str, Any]]:
    """Return everybody who is there, by key."""
    keys = [key async for key in redis.scan_iter(match=pattern, count=500)]
    values = await redis.mget(keys) if keys else []
    found = zip(keys, values, strict=True)
    return {key.decode(): orjson.loads(value) for key, value in sorted(found) if value}
