"""Playlists that all nodes share, in the cache Redis.

One node at a time reads a rendition from its source: the one that has the lease, which it renews for as long
as anybody watches there. What it made of the playlist it puts here, and the same moment it is told to all
nodes, so that a player which moves between them never runs backwards. Who missed the news finds the copy
here. Ages are told by the key's remaining life, so that no two clocks need to agree. Without Redis a node
reads for itself.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import orjson
from chassis.lane import Lane
from chassis.redis import Dispensable, RedisClient
from contracts import keys

KEPT_MS = 60_000
DEADLINE_S = 0.5
LISTEN_S = 1.0
MARK_BYTES = 16
DOUBTS_MS = 10_000

TURN = """
local holder = redis.call('GET', KEYS[1])
local leads = 0
if not holder or holder == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  leads = 1
end
if ARGV[4] ~= '0' then redis.call('SET', KEYS[4], '1', 'PX', ARGV[4]) end
local blocks = redis.call('EXISTS', KEYS[4])
local doubts = tonumber(redis.call('GET', KEYS[3]) or 0)
local copy = redis.call('GET', KEYS[2])
if not copy then return {leads, false, 0, doubts, blocks} end
if string.sub(copy, 1, 16) == ARGV[3] then copy = '' end
return {leads, copy, redis.call('PTTL', KEYS[2]), doubts, blocks}
"""
"""Take or renew the lease, say whether players wait; and the copy that is here, unless the asker has it."""

PUT = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
redis.call('PUBLISH', ARGV[4], ARGV[5])
return 1
"""
"""Put a copy here and tell it, unless another node has the lease by now: what it reads is newer."""

DOUBT = """
redis.call('INCR', KEYS[1])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
"""
"""One more doubt. In one, so that none ever stays without an end."""

LEAVE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""
"""Give the lease back, unless another node has it by now."""


@dataclass(frozen=True, slots=True)
class Place:
    """A playlist's place: one rendition of one of a channel's streams.

    `rendition` is empty for what the stream's own address gives.
    """

    channel: str
    stream: int
    rendition: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    """A playlist as players get it. `read_at` is this process' monotonic seconds."""

    content: bytes = field(repr=False)
    sequence: int
    target_s: float
    multivariant: bool
    ended: bool
    read_at: float
    next_sequence: int = 0
    """The number of the segment that is not there yet."""
    next_part: int = 0
    """The number of its part that is not there yet."""
    blocking: bool = False
    """Whether the source holds a request until what it asks for is there (4.4.3.8)."""
    parts: bool = False
    """Whether it has parts (4.4.3.7)."""
    unchanged_s: float = 0.0
    """How long it has been the same, when it was read."""
    via: int = 0
    """Which of the channel's streams it was read from."""
    continuity: dict[str, Any] | None = field(default=None, repr=False)
    """What is known of its numbers: `playlist.continuity`."""
    etag: bytes = field(init=False)
    heads: dict[int, bytes] = field(default_factory=dict, repr=False, compare=False)
    """Heads of answers with it, written out, by how many seconds it is good for."""
    deltas: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)
    """Delta updates made of it, by the directive that asks for them."""

    def __post_init__(self) -> None:
        """Name this version."""
        object.__setattr__(self, "etag", b'"%08x-%x"' % (crc32(self.content), len(self.content)))

    @property
    def mark(self) -> bytes:
        """What tells two versions apart, `MARK_BYTES` long."""
        return self.etag.strip(b'"').ljust(MARK_BYTES)[:MARK_BYTES]

    @property
    def offset(self) -> int:
        """What was added to the source's own numbers."""
        return int(self.continuity["offset"]) if self.continuity else 0

    @property
    def steady(self) -> bool:
        """Whether it hardly ever changes."""
        return self.multivariant or self.ended

    def age_s(self) -> float:
        """How old it is."""
        return time.monotonic() - self.read_at

    def left_s(self) -> float:
        """How long a shared cache may keep it: a longer age than half a target duration stalls players."""
        return max(0.0, (STEADY_S if self.steady else self.target_s / 2) - self.age_s())


STEADY_S = 15.0

SAID = (
    "sequence",
    "target_s",
    "multivariant",
    "ended",
    "next_sequence",
    "next_part",
    "blocking",
    "parts",
    "unchanged_s",
    "via",
    "continuity",
)
"""What a copy says about its content, and means the same on every node."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether this node reads the source; and a copy that is new to it, or how old the known one is."""

    leads: bool
    copy: Copy | None = None
    known_age_s: float | None = None
    doubts: int = 0
    """How many bodies of the known copy's stream could not be had of late."""
    blocks: bool = False
    """Whether players of any node wait for what comes next."""


Told = Callable[[Place, Copy], None]


class Shelf:
    """Where nodes put their copies. `node` is this one's name. Without Redis it looks empty."""

    def __init__(self, redis: RedisClient, lane: Lane, node: str) -> None:
        self._redis = redis
        self._lane = lane
        self._node = node
        self._turn = lane.script(TURN)
        self._put = lane.script(PUT)
        self._leave = lane.script(LEAVE)
        self._doubt = lane.script(DOUBT)
        self._spare = Dispensable("shared playlists", DEADLINE_S)

    async def turn(self, place: Place, known: Copy | None, lease_s: float, blocks_s: float = 0.0) -> Turn:
        """Take or renew the right to read a playlist from its source; look at what is here.

        `blocks_s` is for how long, at most, players wait here for what comes next.
        """
        mark = known.mark if known is not None else b""
        arguments = [self._node, max(1, int(lease_s * 1000)), mark, max(0, int(blocks_s * 1000))]
        doubts_key = keys.doubts(place.channel, place.stream if known is None else known.via)
        nothing: tuple[int, bytes | None, int, int, int] = (1, None, 0, 0, 0)
        leads, packed, left_ms, doubts, blocks = await self._spare.ask(
            lambda: self._turn([_lease(place), _key(place), doubts_key, _blocked(place)], arguments), nothing
        )
        if packed is None:
            return Turn(bool(leads), None, None, doubts, bool(blocks))
        age_s = max(0.0, (KEPT_MS - left_ms) / 1000)
        if not packed:
            return Turn(bool(leads), None, age_s, doubts, bool(blocks))
        return Turn(bool(leads), _unpack(packed, age_s), None, doubts, bool(blocks))

    async def content(self, place: Place) -> bytes:
        """Return what players are given there by whichever node reads it; nothing, if none does."""
        packed: bytes | None = await self._spare.ask(lambda: self._lane.ask("GET", _key(place)), None)
        return b"" if packed is None else _unpack(packed, 0.0).content

    async def doubt(self, channel_id: str, stream: int) -> None:
        """Let the node that reads a stream's list know that one of its bodies could not be had."""
        key = keys.doubts(channel_id, stream)
        await self._spare.ask(lambda: self._doubt([key], [DOUBTS_MS]), None)

    async def put(self, place: Place, copy: Copy) -> bool:
        """Put a copy here for everybody; False if another node reads the playlist by now."""
        packed = _pack(copy)
        news = orjson.dumps([place.channel, place.stream, place.rendition]) + b"\n" + packed
        arguments = [self._node, packed, KEPT_MS, keys.PLAYLIST_NEWS, news]
        done = await self._spare.ask(lambda: self._put([_lease(place), _key(place)], arguments), 1)
        return bool(done)

    async def leave(self, place: Place) -> None:
        """Give the lease back."""
        await self._spare.ask(lambda: self._leave([_lease(place)], [self._node]), None)

    async def watch(self, place: Place, for_s: float) -> None:
        """Say that somebody here watches what another node makes: it can't see the viewers of others."""
        key, ms = _watched(place), int(for_s * 1000)
        await self._spare.ask(lambda: self._redis.set(key, b"1", px=ms), None)

    async def is_watched(self, place: Place) -> bool:
        """Whether anybody said so."""
        return bool(await self._spare.ask(lambda: self._redis.exists(_watched(place)), 0))

    async def keep_listening(self, *told: Told) -> None:
        """Pass on what other nodes put here, for ever."""
        async with self._redis.pubsub() as subscription:
            await subscription.subscribe(keys.PLAYLIST_NEWS)
            while True:
                message = await subscription.get_message(ignore_subscribe_messages=True, timeout=LISTEN_S)
                if message is not None:
                    place, _, packed = message["data"].partition(b"\n")
                    news = Place(*orjson.loads(place)), _unpack(packed, 0.0)
                    for one in told:
                        one(*news)
                await asyncio.sleep(0)


def _key(place: Place) -> str:
    return keys.playlist(place.channel, place.stream, place.rendition)


def _lease(place: Place) -> str:
    return keys.poller(place.channel, place.stream, place.rendition)


def _watched(place: Place) -> str:
    return keys.watched(place.channel, place.stream, place.rendition)


def _blocked(place: Place) -> str:
    return keys.blocked(place.channel, place.stream, place.rendition)


def _pack(copy: Copy) -> bytes:
    said = {name: getattr(copy, name) for name in SAID}
    return copy.mark + orjson.dumps([said, copy.content.decode()])


def _unpack(packed: bytes, age_s: float) -> Copy:
    said, content = orjson.loads(packed[MARK_BYTES:])
    return Copy(content=content.encode(), read_at=time.monotonic() - age_s, **said)
