import asyncio
from collections.abc import AsyncIterator

import pytest
from streamer.cache import Cache
from streamer.errors import UpstreamBroken, UpstreamRefused
from streamer.relay import Fetch, Relay
from streamer.upstream import Answer

BODY = [b"one ", b"two ", b"three"]


class FakeAnswer(Answer):
    """An upstream's answer that sends a piece each time it is told to."""

    def __init__(self, pieces: list[bytes], length: int | None = None) -> None:
        self.host, self.length = "fake", length
        self._waiting = pieces
        self.go = asyncio.Semaphore(0)
        self.closed = asyncio.Event()

    async def __aexit__(self, *_: object) -> None:
        self.closed.set()

    async def pieces(self) -> AsyncIterator[bytes]:
        for piece in self._waiting:
            await self.go.acquire()
            yield piece
        await self.go.acquire()

    def finish(self) -> None:
        for _ in range(len(self._waiting) + 1):
            self.go.release()


class FakeUpstream:
    def __init__(self, answer: FakeAnswer) -> None:
        self.answer, self.opened = answer, 0

    async def open(self) -> Answer:
        self.opened += 1
        return self.answer


async def read(fetch: Fetch) -> bytes:
    return b"".join([piece async for piece in fetch.read()])


async def test_all_readers_get_all_of_one_fetch() -> None:
    """Two viewers of one segment cost the origin one request; the second misses nothing."""
    upstream, relay = FakeUpstream(FakeAnswer(BODY)), Relay(Cache(1000))
    async with relay.join("a", upstream.open, 60) as first:
        pieces = first.read()
        upstream.answer.go.release()
        assert await anext(pieces) == b"one "
        async with relay.join("a", upstream.open, 60) as second:
            upstream.answer.finish()
            assert await read(second) == b"one two three"
            assert b"".join([piece async for piece in pieces]) == b"two three"
    assert upstream.opened == 1


async def test_a_finished_body_is_kept() -> None:
    """The next viewer needs no upstream."""
    upstream, relay = FakeUpstream(FakeAnswer(BODY)), Relay(Cache(1000))
    upstream.answer.finish()
    assert await relay.whole("a", upstream.open, 60) == b"one two three"
    assert await relay.whole("a", upstream.open, 60) == b"one two three"
    assert upstream.opened == 1


async def test_the_last_reader_takes_the_fetch_along() -> None:
    """Nobody reads, nothing is fetched."""
    upstream, relay = FakeUpstream(FakeAnswer(BODY)), Relay(Cache(1000))
    async with relay.join("a", upstream.open, 60) as fetch:
        upstream.answer.go.release()
        await anext(fetch.read())
        assert relay.under_way == 1
    await upstream.answer.closed.wait()
    assert relay.under_way == 0
    assert relay.cached("a") is None


async def test_a_short_body_fails_all_readers_and_is_not_kept() -> None:
    """An upstream that promises more than it sends is broken, not done."""
    upstream, relay = FakeUpstream(FakeAnswer(BODY, length=1000)), Relay(Cache(1000))
    upstream.answer.finish()
    async with relay.join("a", upstream.open, 60) as first, relay.join("a", upstream.open, 60) as second:
        for fetch in (first, second):
            with pytest.raises(UpstreamBroken):
                await read(fetch)
    assert relay.cached("a") is None


async def test_a_failure_is_told_once_to_each_and_forgotten() -> None:
    """The next request tries again."""

    async def refuse() -> Answer:
        raise UpstreamRefused("fake", 403)

    relay = Relay(Cache(1000))
    async with relay.join("a", refuse, 60) as first, relay.join("a", refuse, 60) as second:
        for fetch in (first, second):
            with pytest.raises(UpstreamRefused):
                await fetch.length()
    upstream = FakeUpstream(FakeAnswer(BODY))
    upstream.answer.finish()
    assert await relay.whole("a", upstream.open, 60) == b"one two three"


def test_the_cache_keeps_to_its_bytes() -> None:
    """The least recently used goes first."""
    cache = Cache(80)
    for name in "abcdefgh":
        cache.put(name, bytes(10), 60)
    assert cache.get("a") is not None
    cache.put("i", bytes(10), 60)
    assert (cache.get("a") is not None, cache.get("b") is None) == (True, True)
    assert cache.held_bytes == 80


def test_a_body_too_large_for_the_cache_pushes_nothing_out() -> None:
    """An eighth of everything is the most for one."""
    cache = Cache(80)
    cache.put("a", bytes(10), 60)
    cache.put("b", bytes(11), 60)
    assert cache.get("b") is None
    assert cache.get("a") is not None


def test_what_is_too_old_is_gone() -> None:
    """Also from the count of bytes."""
    cache = Cache(80)
    cache.put("a", bytes(10), -1)
    assert cache.get("a") is None
    assert cache.held_bytes == 0
