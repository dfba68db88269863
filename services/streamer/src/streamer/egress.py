"""Ways out: where nodes reach the internet by different addresses, whoever found a stream also fetches it.

Some sites bind the addresses that their pages name to whoever asked. Playlists are no problem: the node that
reads one finds the stream for itself. Its segments, though, are asked for at any node. So a ticket says by
which way out (`EGRESS`) its playlist was read, and a node with another one has a node with that one bring the
body: over the cache Redis, as all that nodes share.

Where nobody with that way out is left, the node tries for itself, and asks no more for a while: until the
playlist's next reading, which then is by another way, viewers would wait for nothing.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from chassis import tasks
from chassis.logging import get_logger
from chassis.redis import Dispensable, RedisClient
from contracts import keys
from redis.exceptions import RedisError

from streamer.errors import StreamerError

log = get_logger("egress")

WAIT_S = 4.0
POLL_S = 0.02
DEADLINE_S = 0.5
LISTEN_S = 1.0
WANTED_MS = 4_000
GONE_S = 10.0
AT_ONCE = 32
"""How many bodies a node brings for others at a time: more wait their turn."""

Bring = Callable[[str], Awaitable[tuple[str, "bytes | memoryview"]]]
Give = Callable[[str, "bytes | memoryview"], Awaitable[None]]


class Egress:
    """The way out of this node, and what nodes with another bring. `name` is empty where there is one."""

    def __init__(self, redis: RedisClient, name: str) -> None:
        self._redis = redis
        self._name = name
        self._spare = Dispensable("other ways out", DEADLINE_S)
        self._gone: dict[str, float] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def bring(self, name: str, egress: str, sealed: str) -> bytes | None:
        """Return a body that a node with another way out fetched; nothing, if none did in time."""
        if time.monotonic() < self._gone.get(egress, 0.0):
            return None
        await self._spare.ask(lambda: self._want(egress, sealed), None)
        ends_at = time.monotonic() + WAIT_S
        while time.monotonic() < ends_at:
            body: bytes | None = await self._spare.ask(lambda: self._redis.get(keys.segment(name)), None)
            if body is not None:
                return body
            await asyncio.sleep(POLL_S)
        log.warning("egress.gone", egress=egress)
        self._gone[egress] = time.monotonic() + GONE_S
        return None

    async def keep_bringing(self, bring: Bring, give: Give) -> None:
        """Fetch what nodes with another way out want by this one, for ever."""
        while self._name:
            async with self._turns:
                pass  # a place is free: what is taken off the list is begun at once
            try:
                asked = await self._redis.blpop(keys.bound(self._name), timeout=LISTEN_S)
            except (RedisError, OSError):
                await asyncio.sleep(LISTEN_S)
                continue
            if asked is not None:
                tasks.spawn(self._serve(asked[1].decode(), bring, give), "bring for another")

    async def _serve(self, sealed: str, bring: Bring, give: Give) -> None:
        async with self._turns:
            try:
                await give(*await bring(sealed))
            except StreamerError as error:
                log.debug("egress.failed", code=error.code)

    async def _want(self, egress: str, sealed: str) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.rpush(keys.bound(egress), sealed).pexpire(keys.bound(egress), WANTED_MS)
            await pipeline.execute()
