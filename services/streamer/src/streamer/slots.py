"""How many connections a source has open, all nodes together: leases, so that a dead node gives its own back.

A slot is taken before each connection to a source that allows only so many (`max_connections`). Who finds
none waits a little: a connection that rests elsewhere is closed soon. Without Redis each node keeps to the
limit for itself.
"""

import asyncio
import itertools
import time

from chassis.redis import Dispensable, RedisClient
from contracts import keys

from streamer.errors import NoCapacity

LEASE_S = 10.0
RENEW_S = 3.0
WAIT_S = 4.0
POLL_S = 0.1
DEADLINE_S = 0.5

TAKE = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('EXPIRE', KEYS[1], math.ceil(ARGV[3] * 2))
return 1
"""
RENEW = """
local time = redis.call('TIME')
local ends = time[1] + time[2] / 1000000 + ARGV[1]
for at = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', ends, ARGV[at]) end
redis.call('EXPIRE', KEYS[1], math.ceil(ARGV[1] * 2))
"""
"""Redis' own clock decides: those of nodes differ."""


class Slots:
    """The slots of this node. `node` is its name."""

    def __init__(self, redis: RedisClient, node: str) -> None:
        self._redis = redis
        self._node = node
        self._take = redis.register_script(TAKE)
        self._renew = redis.register_script(RENEW)
        self._spare = Dispensable("connection slots", DEADLINE_S)
        self._numbers = itertools.count(1)
        self._held: dict[str, set[str]] = {}

    async def take(self, source: str, most: int) -> str:
        """Return the name of a slot that is now this node's.

        Raises
        ------
        NoCapacity
            If none came free in time.
        """
        slot = f"{self._node}:{next(self._numbers)}"
        ends_at = time.monotonic() + WAIT_S
        while not await self._spare.ask(lambda: self._take([keys.slots(source)], [slot, most, LEASE_S]), 1):
            if time.monotonic() > ends_at:
                raise NoCapacity(f"{source} allows {most} connections, and all are in use")
            await asyncio.sleep(POLL_S)
        self._held.setdefault(source, set()).add(slot)
        return slot

    async def give_back(self, source: str, slot: str) -> None:
        """Let somebody else have a slot."""
        self._held.get(source, set()).discard(slot)
        await self._spare.ask(lambda: self._redis.zrem(keys.slots(source), slot), None)

    async def in_use(self, source: str) -> int:
        """Return how many slots of a source are in use."""
        return int(await self._spare.ask(lambda: self._redis.zcard(keys.slots(source)), 0))

    async def keep_renewing(self) -> None:
        """Renew what this node holds, for ever."""
        while True:
            await asyncio.sleep(RENEW_S)
            for source, held in list(self._held.items()):
                if held:
                    await self._spare.ask(
                        lambda source=source, held=held: self._renew(  # type: ignore[misc]
                            [keys.slots(source)], [LEASE_S, *held]
                        ),
                        None,
                    )
