"""Playlists that all nodes share, in the cache Redis.

One node at a time reads a rendition from its source (a short lease) and puts what it made of it here;
the others take it from here, so that a player which moves between nodes never runs backwards. Ages are told
by the key's remaining life, so that no two clocks need to agree. Without Redis a node reads for itself.
"""

import time
from dataclasses import dataclass, field, replace

import orjson
from chassis.redis import Dispensable, RedisClient
from contracts import keys

KEPT_MS = 60_000
DEADLINE_S = 0.5


@dataclass(frozen=True, slots=True)
class Place:
    """A playlist's place: one rendition of one of a channel's streams, and what a player asked of it.

    `rendition` is empty for what the stream's own address gives; `directives` are 6.2.5.1's.
    """

    channel: str
    stream: int
    rendition: str = ""
    directives: str = ""

    @property
    def rendering(self) -> "Place":
        """The place without what was asked of it: the addresses given there are the same."""
        return replace(self, directives="") if self.directives else self

    @property
    def name(self) -> str:
        """The rendition's name in Redis keys."""
        return f"{self.rendition}?{self.directives}" if self.directives else self.rendition


@dataclass(frozen=True, slots=True)
class Copy:
    """A playlist as players get it. `read_at` and `changed_at` are this process' monotonic seconds."""

    content: bytes = field(repr=False)
    sequence: int
    target_s: float
    multivariant: bool
    ended: bool
    read_at: float
    changed_at: float
    next_sequence: int = 0
    """The number of the segment that is not there yet."""
    blocking: bool = False
    """Whether the source holds a request until what it asks for is there (4.4.3.8)."""

    @property
    def fresh_s(self) -> float:
        """How long it may be served: half a target duration, for a longer age stalls players."""
        if self.multivariant or self.ended:
            return 15.0
        return max(self.target_s / 2, 0.3)

    def left_s(self) -> float:
        """How long it may still be served; negative when it should have been read again."""
        return self.read_at + self.fresh_s - time.monotonic()

    def age_s(self) -> float:
        """How old it is."""
        return time.monotonic() - self.read_at


SAID = ("sequence", "target_s", "multivariant", "ended", "next_sequence", "blocking")
"""What a copy says about its content, and means the same on every node."""


class Shelf:
    """Where nodes put their copies. A Redis that is away looks like an empty shelf."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._spare = Dispensable("shared playlists", DEADLINE_S)

    async def newest(self, place: Place) -> Copy | None:
        """Return the copy that some node put here."""
        key = keys.playlist(place.channel, place.stream, place.name)

        async def read() -> tuple[bytes | None, int]:
            async with self._redis.pipeline(transaction=False) as pipeline:
                found, left_ms = await pipeline.get(key).pttl(key).execute()
                return found, left_ms

        nothing: tuple[bytes | None, int] = (None, 0)
        found, left_ms = await self._spare.ask(read, nothing)
        return _unpack(found, (KEPT_MS - left_ms) / 1000) if found else None

    async def put(self, place: Place, copy: Copy) -> None:
        """Put a copy here for everybody."""
        key = keys.playlist(place.channel, place.stream, place.name)
        await self._spare.ask(lambda: self._redis.set(key, _pack(copy), px=KEPT_MS), None)

    async def lease(self, place: Place, lease_s: float) -> bool:
        """Take the right to read the rendition from its source for a moment; it ends by itself."""
        key = keys.poller(place.channel, place.stream, place.name)
        lease_ms = max(1, int(lease_s * 1000))
        return bool(await self._spare.ask(lambda: self._redis.set(key, b"1", nx=True, px=lease_ms), True))


def _pack(copy: Copy) -> bytes:
    said = {name: getattr(copy, name) for name in SAID}
    return orjson.dumps([said, copy.read_at - copy.changed_at, copy.content.decode()])


def _unpack(packed: bytes, age_s: float) -> Copy:
    said, unchanged_s, content = orjson.loads(packed)
    read_at = time.monotonic() - age_s
    return Copy(content=content.encode(), read_at=read_at, changed_at=read_at - unchanged_s, **said)
