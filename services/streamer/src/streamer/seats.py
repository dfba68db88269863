"""How many watch with one token at once: a seat for each viewer, all nodes together.

A viewer is an address and a program, as `audience` counts them; going from channel to channel he keeps his
seat. Seats are leases in Redis, so a node that dies gives them back. Whoever has one is asked about only
every `TRUE_S`: a playlist that is reloaded asks nobody. A Redis that is away lets everybody sit down.
"""

import time

from chassis.redis import Dispensable, RedisClient
from chassis.tokens import Token
from contracts import keys

from streamer.errors import TooManyStreams

LEASE_S = 30
TRUE_S = 10.0
DEADLINE_S = 0.3
KNOWN_MOST = 16_384

TAKE = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1e6
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then
  return 0
end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3] * 2)
return 1
"""


class Seats:
    """The seats of all tokens that have a limit."""

    def __init__(self, redis: RedisClient) -> None:
        self._take = redis.register_script(TAKE)
        self._spare = Dispensable("seats", DEADLINE_S)
        self._taken: dict[tuple[str, str], float] = {}

    async def take(self, token: Token, viewer: str) -> None:
        """Take a seat, or keep it.

        Raises
        ------
        TooManyStreams
            If all are taken by others.
        """
        if not token.streams or self._taken.get((token.name, viewer), 0.0) > time.monotonic():
            return
        arguments = [viewer, token.streams, LEASE_S]
        if not await self._spare.ask(lambda: self._take([keys.seats(token.name)], arguments), 1):
            raise TooManyStreams(token.streams, LEASE_S)
        if len(self._taken) >= KNOWN_MOST:
            self._taken.clear()
        self._taken[token.name, viewer] = time.monotonic() + TRUE_S
