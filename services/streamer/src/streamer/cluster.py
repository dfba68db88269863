"""One node at a time does a channel's work, and goes on while somebody on any node wants it.

The lease is kept by the node that has it, under its own name, so that a node which stopped and comes back
sees that another took over. Whoever is asked for what another node makes says so here: the one that works
can't see the viewers of others. Without Redis every node does the work for itself.
"""

from dataclasses import dataclass

from chassis.redis import Dispensable, RedisClient
from contracts import keys

LEASE_S = 2.5
"""A player that starts has three segments: a node that died is replaced before they are played."""
RENEW_S = 0.8
WANTED_S = 20.0
"""Longer than any player waits between two looks at the playlist."""
DEADLINE_S = 0.5


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether this node has the lease, and whether viewers of others want the work."""

    leads: bool
    is_wanted: bool


class Cluster:
    """What nodes tell each other about who works. A Redis that is away makes everybody lead."""

    def __init__(self, redis: RedisClient, node: str) -> None:
        self._redis = redis
        self._node = node.encode()
        self._spare = Dispensable("shared work", DEADLINE_S)

    async def stand(self, channel_id: str) -> Standing:
        """Take the lease if nobody has it, keep it if it is ours; return how things stand."""
        lease, wanted = keys.packaging(channel_id), keys.wanted(channel_id)
        lease_ms = int(LEASE_S * 1000)

        async def ask() -> Standing:
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.set(lease, self._node, nx=True, px=lease_ms)
                _, holder, marks = await pipeline.get(lease).exists(wanted).execute()
            if holder == self._node:
                await self._redis.pexpire(lease, lease_ms)
            return Standing(holder == self._node, bool(marks))

        return await self._spare.ask(ask, Standing(leads=True, is_wanted=False))

    async def resign(self, channel_id: str) -> None:
        """Give the lease back, if it is ours."""
        lease = keys.packaging(channel_id)

        async def give() -> None:
            if await self._redis.get(lease) == self._node:
                await self._redis.delete(lease)

        await self._spare.ask(give, None)

    async def want(self, channel_id: str) -> None:
        """Say that somebody here wants what another node makes."""
        key, ms = keys.wanted(channel_id), int(WANTED_S * 1000)
        await self._spare.ask(lambda: self._redis.set(key, b"1", px=ms), None)
