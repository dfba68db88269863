"""Leases in Redis: one process at a time does a piece of work, and one that died gives it up by itself."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator

from chassis.redis import RedisClient
from contracts import keys

EXTEND = "return redis.call('get', KEYS[1]) == ARGV[1] and redis.call('pexpire', KEYS[1], ARGV[2]) or 0"
RELEASE = "return redis.call('get', KEYS[1]) == ARGV[1] and redis.call('del', KEYS[1]) or 0"


class LeaseLost(Exception):
    """Somebody else may have it by now: what was done under it has to stop."""


@contextlib.asynccontextmanager
async def lease(redis: RedisClient, name: str, lasts_s: float) -> AsyncIterator[bool]:
    """Say whether the work is ours, for `lasts_s` at most. Work that may take longer uses `hold`."""
    key, token = keys.lease(name), secrets.token_hex(8)
    ours = bool(await redis.set(key, token, nx=True, px=int(lasts_s * 1000)))
    try:
        yield ours
    finally:
        if ours:
            await redis.eval(RELEASE, 1, key, token)


async def hold(redis: RedisClient, name: str, lasts_s: float, token: str) -> None:
    """Wait for the lease, then return; `keep` it from then on."""
    while not await redis.set(keys.lease(name), token, nx=True, px=int(lasts_s * 1000)):  # noqa: ASYNC110  (it is in Redis)
        await asyncio.sleep(lasts_s / 3)


async def keep(redis: RedisClient, name: str, lasts_s: float, token: str) -> None:
    """Extend the lease for ever.

    Raises
    ------
    LeaseLost
        When it ran out before it was extended.
    """
    while await redis.eval(EXTEND, 1, keys.lease(name), token, int(lasts_s * 1000)):  # noqa: ASYNC110  (it is in Redis)
        await asyncio.sleep(lasts_s / 3)
    raise LeaseLost(name)


async def release(redis: RedisClient, name: str, token: str) -> None:
    """Give it back, if it still is ours."""
    await redis.eval(RELEASE, 1, keys.lease(name), token)
