"""The key that seals tickets: one for the whole cluster, agreed upon in Redis before a node serves.

It is the operator's (`SECRET_KEY`), else one that the first node makes and Redis keeps. A node with another
key would hand out addresses that no other opens, so it does not start. A Redis that lost it is told it again
by the nodes that run: the next one to start would make another.
"""

import asyncio
import secrets

from chassis import tasks
from chassis.logging import get_logger
from chassis.redis import RedisClient, connect_redis
from contracts import keys
from redis.exceptions import RedisError

from streamer.settings import Settings
from streamer.tickets import fingerprint

log = get_logger("secret")

WAIT_S = 0.5
TELL_S = 1.0


class AnotherKeyError(Exception):
    """The key of this node is not the cluster's. Its text is the line that the operator reads."""

    def __init__(self, mine: str, theirs: str) -> None:
        super().__init__(
            f"SECRET_KEY=(hidden): this node's key ({mine}) is not the cluster's ({theirs}); "
            f"give all nodes the same, or delete {keys.SECRET_FINGERPRINT} in Redis to change it"
        )


async def agreed(settings: Settings) -> str:
    """Return the cluster's key, waiting for Redis as long as it takes.

    Raises
    ------
    AnotherKeyError
        If `SECRET_KEY` is not what the cluster uses.
    """
    async with connect_redis(settings.redis_url) as redis:
        while True:
            try:
                return await _agreed(redis, settings)
            except RedisError as error:
                log.warning("redis.awaited", error=repr(error))
                await asyncio.sleep(WAIT_S)


async def keep_known(redis: RedisClient, secret: str) -> None:
    """Have Redis know the key that nodes made among themselves, for ever."""
    await tasks.every(TELL_S, lambda: redis.set(keys.SECRET, secret, nx=True))


async def _agreed(redis: RedisClient, settings: Settings) -> str:
    if settings.secret_key is not None:
        secret = settings.secret_key.get_secret_value()
    else:
        await redis.set(keys.SECRET, secrets.token_urlsafe(32), nx=True)
        secret = (await redis.get(keys.SECRET)).decode()
    mine = fingerprint(secret)
    await redis.set(keys.SECRET_FINGERPRINT, mine, nx=True)
    theirs = (await redis.get(keys.SECRET_FINGERPRINT)).decode()
    if theirs != mine:
        raise AnotherKeyError(mine, theirs)
    return secret
