"""Segments that all nodes share, in the cache Redis: whatever balances them, the source sees one fetch.

A node that misses takes a short lease on the segment and fetches it; the others wait for the whole of it
here, up to a deadline, then fetch for themselves. The lease is renewed while the fetch goes on, so a node
that stopped holds the others up for no longer than a lease. Without Redis each node fetches for itself.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from chassis import tasks
from chassis.redis import Dispensable, RedisClient
from contracts import keys

LEASE_MS = 800
RENEW_S = 0.3
WAIT_S = 2.0
"""Half a target duration of four seconds: a player that waits for longer begins to stall."""
POLL_S = 0.03
DEADLINE_S = 0.5
BODY_MOST_BYTES = 16 * 1024 * 1024
"""A larger body costs more to pass around than to fetch again."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a node is to do about a segment: pass on the body that is here, or fetch it."""

    body: bytes | None = field(default=None, repr=False)
    leads: bool = False
    """Whether the lease is this node's, and so others wait for what it fetches."""


class Tier:
    """The shared bodies. A Redis that is away looks empty."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._spare = Dispensable("shared segments", DEADLINE_S)

    @contextlib.asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[Turn]:
        """Wait until the body is here, or it is this node's turn to fetch it; hold the lease meanwhile."""
        turn = await self._await_turn(name)
        async with contextlib.AsyncExitStack() as stack:
            if turn.leads:
                stack.push_async_callback(self._release, name)
                await stack.enter_async_context(tasks.background(lambda: self._renew(name), f"lease {name}"))
            yield turn

    async def put(self, name: str, body: bytes, keep_s: float) -> None:
        """Put a whole body here for everybody."""
        if len(body) <= BODY_MOST_BYTES:
            keep_ms = int(keep_s * 1000)
            await self._spare.ask(lambda: self._redis.set(keys.segment(name), body, px=keep_ms), None)

    async def _await_turn(self, name: str) -> Turn:
        ends_at = time.monotonic() + WAIT_S
        while time.monotonic() < ends_at:
            turn: Turn | None = await self._spare.ask(lambda: self._look(name), Turn())
            if turn is not None:
                return turn
            await asyncio.sleep(POLL_S)
        return Turn()

    async def _look(self, name: str) -> Turn | None:
        if (body := await self._redis.get(keys.segment(name))) is not None:
            return Turn(body)
        # Looked at once more behind the lease: whoever had it has put the body here before giving it back.
        async with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.set(keys.fetching(name), b"1", nx=True, px=LEASE_MS)
            granted, body = await pipeline.get(keys.segment(name)).execute()
        if body is None:
            return Turn(leads=True) if granted else None
        if granted:
            await self._redis.delete(keys.fetching(name))
        return Turn(body)

    async def _renew(self, name: str) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            await self._spare.ask(lambda: self._redis.set(keys.fetching(name), b"1", px=LEASE_MS), None)

    async def _release(self, name: str) -> None:
        await self._spare.ask(lambda: self._redis.delete(keys.fetching(name)), None)
