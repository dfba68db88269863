"""Segments that all nodes share: whatever balances them, the source sees one fetch.

A node that misses takes a short lease on the segment and fetches it. Whoever is refused the lease tells the
one who has it what he wants, and waits for it in the cache Redis, up to a deadline; then he fetches for
himself. After the fetch the lease says who holds the body, so that a node that comes late can still ask for
it. So a body crosses to Redis only if somebody else wants it: where the front door sends each segment to one
node, none does.

Leases are renewed while a fetch goes on, and a node that stopped holds the others up for no longer than one.
Without Redis each node fetches for itself.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from chassis.lane import Lane
from chassis.redis import Dispensable, RedisClient
from contracts import keys
from redis.exceptions import RedisError

LEASE_MS = 800
RENEW_S = 0.25
WAIT_S = 2.0
"""Half a target duration of four seconds: a player that waits for longer begins to stall."""
HELD_WAIT_S = 0.3
"""How long a node that has the body may take to give it: longer means that it is gone."""
POLL_S = 0.02
DEADLINE_S = 0.5
LISTEN_S = 1.0
WANTED_MS = 10_000
GIVEN_MS = 30_000
"""How long a body stays where everybody finds it: the lease goes on saying who holds it."""
BODY_MOST_BYTES = 16 * 1024 * 1024
"""A larger body costs more to pass around than to fetch again."""

FETCHES, HOLDS = "f:", "h:"
"""What a lease says before the node's name."""

LOOK = """
local body = redis.call('GET', KEYS[1])
if body then return {1, body} end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {2, ''} end
return {3, redis.call('GET', KEYS[2])}
"""
HERE, GRANTED = 1, 2

RENEW = """
for _, lease in ipairs(KEYS) do
  if redis.call('GET', lease) == ARGV[1] then redis.call('PEXPIRE', lease, ARGV[2]) end
end
"""
"""Only what is still this node's: what lapsed may be another's by now."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a node is to do about a segment: pass on the body that is here, or fetch it."""

    body: bytes | None = field(default=None, repr=False)
    leads: bool = False
    """Whether the lease is this node's, and so others wait for what it fetches."""


Held = Callable[[str], "bytes | memoryview | None"]


class Tier:
    """The shared bodies. `node` is this one's name. A Redis that is away looks empty."""

    def __init__(self, redis: RedisClient, lane: Lane, node: str) -> None:
        self._redis = redis
        self._lane = lane
        self._node = node
        self._look_script = lane.script(LOOK)
        self._renew_script = lane.script(RENEW)
        self._spare = Dispensable("shared segments", DEADLINE_S)
        self._looking: set[str] = set()
        self._fetching: set[str] = set()
        self._wanted: set[str] = set()

    async def turn(self, name: str) -> Turn:
        """Wait until the body is here, or it is this node's turn to fetch it: `fetched` ends that."""
        ends_at, asked = time.monotonic() + WAIT_S, ""
        alone: tuple[Turn | None, str] = (Turn(), "")
        while time.monotonic() < ends_at:
            turn, leader = await self._spare.ask(lambda: self._look(name), alone)
            if turn is not None:
                return turn
            if leader == HOLDS + self._node:
                break
            if leader != asked:
                asked = leader
                await self._want(name, leader[len(HOLDS) :])
                if leader.startswith(HOLDS):
                    ends_at = time.monotonic() + HELD_WAIT_S
            await asyncio.sleep(POLL_S)
        return await self._take_over(name)

    async def fetched(self, name: str, body: memoryview | None, keep_s: float) -> None:
        """Tell everybody that this node holds a body, or that its fetch failed; give it to those who wait."""
        self._fetching.discard(name)
        wanted = name in self._wanted
        self._wanted.discard(name)
        key, keep_ms = keys.fetching(name), int(keep_s * 1000)
        if body is None or len(body) > BODY_MOST_BYTES:
            return await self._spare.ask(lambda: self._lane.ask("DEL", key), None)
        if wanted:
            await self.give(name, body)
        await self._spare.ask(lambda: self._lane.ask("SET", key, HOLDS + self._node, "PX", keep_ms), None)

    async def give(self, name: str, body: bytes | memoryview) -> None:
        """Put a body where everybody finds it for a while, whoever holds it."""
        await self._spare.ask(lambda: self._redis.set(keys.segment(name), body, px=GIVEN_MS), None)

    async def keep_renewing(self) -> None:
        """Renew the leases of all fetches under way, for ever."""
        while True:
            await asyncio.sleep(RENEW_S)
            if self._fetching:
                await self._spare.ask(self._renew, None)

    async def keep_giving(self, held: Held) -> None:
        """Give others what they want and this node holds, for ever."""
        while True:
            try:
                asked = await self._redis.blpop(keys.wanted(self._node), timeout=LISTEN_S)
            except (RedisError, OSError):
                await asyncio.sleep(LISTEN_S)
                continue
            if asked is not None:
                await self._answer(asked[1].decode(), held)

    async def _answer(self, name: str, held: Held) -> None:
        # Others can know of a lease before this node has read that it got it.
        if name in self._fetching or name in self._looking:
            self._wanted.add(name)
        elif (body := held(name)) is not None:
            await self.give(name, body)
        else:
            await self._spare.ask(lambda: self._lane.ask("DEL", keys.fetching(name)), None)

    async def _look(self, name: str) -> tuple[Turn | None, str]:
        self._looking.add(name)
        leads = False
        try:
            state, said = await self._look_script(
                [keys.segment(name), keys.fetching(name)], [FETCHES + self._node, LEASE_MS]
            )
            leads = state == GRANTED
        finally:
            self._looking.discard(name)
            (self._fetching.add if leads else self._wanted.discard)(name)
        if leads:
            return Turn(leads=True), ""
        return (Turn(said), "") if state == HERE else (None, said.decode())

    async def _want(self, name: str, node: str) -> None:
        async def tell() -> None:
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.rpush(keys.wanted(node), name).pexpire(keys.wanted(node), WANTED_MS)
                await pipeline.execute()

        await self._spare.ask(tell, None)

    async def _take_over(self, name: str) -> Turn:
        """Fetch, since nobody gave it: from now on others ask this node."""
        lease = FETCHES + self._node
        key = keys.fetching(name)
        self._fetching.add(name)
        try:
            await self._spare.ask(lambda: self._lane.ask("SET", key, lease, "PX", LEASE_MS), None)
        except BaseException:
            self._fetching.discard(name)  # whoever wanted it has left: nobody will say `fetched`
            raise
        return Turn(leads=True)

    async def _renew(self) -> None:
        leases = [keys.fetching(name) for name in self._fetching]
        await self._renew_script(leases, [FETCHES + self._node, LEASE_MS])
