"""Who is watching what.

HLS has no sessions, so a viewer is whoever keeps reloading a channel's playlists: a lease per viewer and
channel that each reload renews. Leases are kept in Redis as sorted sets of viewer -> end, so a node that
dies takes nothing with it, and what nobody renews ends by itself.
"""

import asyncio
import hashlib
import time
from functools import lru_cache

from chassis.proxies import Trust
from chassis.redis import RedisClient
from contracts import keys
from starlette.types import Scope

LEASE_S = 30.0
"""Longer than a player with a long target duration waits between two reloads."""
FLUSH_S = 2.0
AT_ONCE = 250
KNOWN_MOST = 16_384


class Visits:
    """Counts whoever asks for a playlist, by the address that trusted proxies give.

    Who somebody is, is worked out once: he comes back every few seconds, with the same headers.
    """

    def __init__(self, audience: "Audience", trust: Trust) -> None:
        self._audience = audience
        self._trust = trust
        self._viewer = lru_cache(KNOWN_MOST)(self._recognised)

    def saw(self, scope: Scope, channel_id: str) -> None:
        """Count the viewer, unless it is our own look at the channel."""
        if viewer := self.viewer(scope):
            self._audience.saw(channel_id, viewer)

    def viewer(self, scope: Scope) -> str | None:
        """Return what a viewer is called here; None for our own look."""
        forwarded = agent = b""
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                forwarded = forwarded or value
            elif name == b"user-agent":
                agent = value
            elif name == b"x-probe":
                return None
        client = scope.get("client")
        return self._viewer(client[0] if client else "", forwarded, agent)

    def _recognised(self, peer: str, forwarded: bytes, agent: bytes) -> str:
        """Return what a viewer is called here: nothing that leads back to him."""
        scope: Scope = {
            "type": "http",
            "scheme": "http",
            "client": (peer, 0) if peer else None,
            "headers": [(b"x-forwarded-for", forwarded)],
        }
        self._trust.correct(scope)
        address = scope["client"][0] if scope["client"] else ""
        return hashlib.blake2b(f"{address} ".encode() + agent, digest_size=8).hexdigest()


class Audience:
    """The viewers of this node, told to Redis every `FLUSH_S`."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._seen: dict[tuple[str, str], float] = {}
        self._fresh: set[tuple[str, str]] = set()

    def saw(self, channel_id: str, viewer: str) -> None:
        """Note that somebody reloaded a playlist of a channel."""
        self._seen[channel_id, viewer] = time.time() + LEASE_S
        self._fresh.add((channel_id, viewer))

    def watching(self) -> int:
        """Return how many viewers this node has."""
        now = time.time()
        self._seen = {key: end for key, end in self._seen.items() if end > now}
        return len(self._seen)

    async def keep_telling(self) -> None:
        """Write what is new to Redis, for ever."""
        while True:
            await asyncio.sleep(FLUSH_S)
            await self._flush()

    async def _flush(self) -> None:
        self.watching()
        fresh, self._fresh = self._fresh, set()
        if not fresh:
            return
        by_channel: dict[str, dict[str, float]] = {}
        for channel_id, viewer in fresh:
            by_channel.setdefault(channel_id, {})[viewer] = self._seen.get((channel_id, viewer), 0.0)
        for channel_id, viewers in by_channel.items():
            await self._tell(channel_id, list(viewers.items()))

    async def _tell(self, channel_id: str, viewers: list[tuple[str, float]]) -> None:
        """Renew the leases of a channel's viewers, some at a time: the loop has others to serve."""
        key = keys.audience(channel_id)
        for at in range(0, len(viewers), AT_ONCE):
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.zadd(key, dict(viewers[at : at + AT_ONCE]))
                pipeline.zremrangebyscore(key, "-inf", time.time())
                pipeline.expire(key, int(LEASE_S * 2))
                await pipeline.execute()
