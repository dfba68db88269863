"""Following the tokens in Redis: who was added may come in, and who was revoked is out, within `LOOK_S`.

They are few, so each process reads them all, every so often. A Redis that is away changes nothing: what was
known goes on to hold.
"""

import asyncio
import secrets

from redis.exceptions import RedisError

from chassis import tasks
from chassis.logging import get_logger
from chassis.redis import RedisClient
from chassis.tokens import Tokens

log = get_logger("access")

LOOK_S = 2.0
FIRST_S = 2.0
"""How long a start waits for them: it goes on without, and lets nobody in until they are here."""


class Following:
    """Keeps `tokens` up to date. `key` is where they are, `own_key` where our own programs' is."""

    def __init__(self, tokens: Tokens, redis: RedisClient, key: str, own_key: str) -> None:
        self._tokens = tokens
        self._redis = redis
        self._key = key
        self._own_key = own_key
        self._said = False

    async def begin(self) -> None:
        """Read them once, before anybody is served; say so where that can't be."""
        try:
            async with asyncio.timeout(FIRST_S):
                await self.look()
        except TimeoutError:
            self._missed()

    async def keep_looking(self) -> None:
        """Read them again and again, for ever."""
        await tasks.every(LOOK_S, self.look)

    async def look(self) -> None:
        """Read them."""
        try:
            records = await self._redis.hgetall(self._key)
            own = await self._redis.get(self._own_key)
        except (RedisError, OSError):
            return self._missed()
        self._said = False
        if self._tokens.take(records, own):
            log.info("tokens.read", tokens=len(records))

    def _missed(self) -> None:
        if not self._said and not self._tokens.known:
            log.warning("tokens.awaited", waiting_for="redis")
        self._said = True


async def own_headers(redis: RedisClient, own_key: str) -> dict[str, str]:
    """Return with what one of our own programs asks another: a secret that only Redis has."""
    await redis.set(own_key, secrets.token_urlsafe(32), nx=True)
    return {"Authorization": f"Bearer {(await redis.get(own_key)).decode()}"}
