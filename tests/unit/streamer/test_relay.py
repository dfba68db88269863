import asyncio
import os

import pytest
from streamer.cache import Cache
from streamer.errors import ChannelNotFound, UnexpectedError, UpstreamBroken, UpstreamRefused
from streamer.relay import Fetch, Relay
from streamer.upstream import Answer
from streamer.wire import Choose, Head, Sink

BODY = [b"one ", b"two ", b"three"]


class FakeAnswer(Answer):
    """An upstream's answer that sends a piece each time it is told to."""

    def __init__(self, pieces: list[bytes], length: int | None = None, status: int = 200) -> None:
        self.host, self.length, self.status = "fake", length, status
        self.headers: dict[str, str] = {}
        self._waiting = pieces
        self.go = asyncio.Semaphore(0)
        self.closed = asyncio.Event()

    async def __aexit__(self, *_: object) -> None:
        self.closed.set()

    async def receive(self, sink: Sink) -> None:
        for piece in self._waiting:
            await self.go.acquire()
            sink.write(piece)
        await self.go.acquire()
        if self.length is not None and sum(map(len, self._waiting)) < self.length:
            raise UpstreamBroken(self.host, "the body ended early")

    def finish(self) -> None:
        for _ in range(len(self._waiting) + 1):
            self.go.release()


class FakeUpstream:
    def __init__(self, answer: FakeAnswer) -> None:
        self.answer, self.opened = answer, 0
        self.rest: FakeAnswer | None = None
        self.asked: list[int] = []

    async def open(self, at: int, choose: Choose) -> Answer:
        self.opened += 1
        self.asked.append(at)
        answer = self.answer if not at or self.rest is None else self.rest
        said = {} if answer.length is None else {"content-length": str(answer.length)}
        choose(Head(answer.status, said))
        return answer


async def read(fetch: Fetch) -> bytes:
    return b"".join([piece async for piece in fetch.read()])


async def test_all_readers_get_all_of_one_fetch() -> None:
    """Two viewers of one segment cost the origin one request; the second misses nothing."""
    upstream, relay = FakeUpstream(FakeAnswer(BODY)), Relay(Cache(1000))
    async with relay.join("a", upstream.open, 60) as first:
        pieces = first.read()
        upstream.answer.go.release()
        assert bytes(await anext(pieces)) == b"one "
        async with relay.join("a", upstream.open, 60) as second:
            upstream.answer.finish()
            assert await read(second) == b"one two three"
            assert b"".join([piece async for piece in pieces]) == b"two three"
    assert upstream.opened == 1


async def test_a_finished_body_is_kept() -> None:
    """The next viewer needs no upstream."""
    upstream, relay = FakeUpstream(FakeAnswer(BODY)), Relay(Cache(1000))
    upstream.answer.finish()
    assert (await relay.whole("a", upstream.open, 60)).read() == b"one two three"
    assert (await relay.whole("a", upstream.open, 60)).read() == b"one two three"
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

    async def refuse(_: int, __: Choose) -> Answer:
        raise UpstreamRefused("fake", 403)

    relay = Relay(Cache(1000))
    async with relay.join("a", refuse, 60) as first, relay.join("a", refuse, 60) as second:
        for fetch in (first, second):
            with pytest.raises(UpstreamRefused):
                await fetch.length()
    upstream = FakeUpstream(FakeAnswer(BODY))
    upstream.answer.finish()
    assert (await relay.whole("a", upstream.open, 60)).read() == b"one two three"


def test_the_cache_keeps_to_its_bytes() -> None:
    """The least recently used goes first."""
    cache = Cache(80)
    for name in "abcdefgh":
        cache.put(name, memoryview(bytes(10)), 60)
    assert cache.get("a") is not None
    cache.put("i", memoryview(bytes(10)), 60)
    assert (cache.get("a") is not None, cache.get("b") is None) == (True, True)
    assert cache.held_bytes == 80


def test_a_body_too_large_for_the_cache_pushes_nothing_out() -> None:
    """An eighth of everything is the most for one."""
    cache = Cache(80)
    cache.put("a", memoryview(bytes(10)), 60)
    cache.put("b", memoryview(bytes(11)), 60)
    assert cache.get("b") is None
    assert cache.get("a") is not None


def test_what_is_too_old_is_gone() -> None:
    """Also from the count of bytes."""
    cache = Cache(80)
    cache.put("a", memoryview(bytes(10)), -1)
    assert cache.get("a") is None
    assert cache.held_bytes == 0


async def test_a_body_that_broke_off_is_resumed_where_it_broke() -> None:
    """Nobody who reads notices, and nothing is fetched twice."""
    upstream, relay = FakeUpstream(FakeAnswer(BODY[:2], length=13)), Relay(Cache(1000))
    upstream.rest = FakeAnswer(BODY[2:], length=5, status=206)
    upstream.answer.finish()
    upstream.rest.finish()
    assert (await relay.whole("a", upstream.open, 60)).read() == b"one two three"
    assert upstream.asked == [0, 8]


async def test_a_source_that_begins_anew_instead_of_resuming_is_not_believed() -> None:
    """A second beginning in the middle would be passed off as the rest."""
    upstream, relay = FakeUpstream(FakeAnswer(BODY[:2], length=13)), Relay(Cache(1000))
    upstream.rest = FakeAnswer(BODY, length=13)
    upstream.answer.finish()
    upstream.rest.finish()
    with pytest.raises(UpstreamBroken):
        await relay.whole("a", upstream.open, 60)


def test_a_body_that_is_asked_for_again_moves_into_a_file() -> None:
    """The kernel sends it from there; it is closed with the last who holds it."""
    content = bytes(range(256)) * 1024
    cache = Cache(len(content) * 8)
    cache.put("a", memoryview(content), 60)
    body = cache.get("a")
    assert body is not None
    assert body.file is not None
    assert (body.read(), body.read(10, 20)) == (content, content[10:30])
    assert os.pread(body.file.descriptor, 4, 256) == content[256:260]
    assert cache.held_bytes == len(content)


async def test_what_nobody_asks_for_goes_when_its_time_is_over() -> None:
    """Memory is not held until the cache is full."""
    cache = Cache(8000)
    cache.put("a", memoryview(bytes(10)), -1)
    await cache.sweep()
    assert (len(cache), cache.held_bytes) == (0, 0)


async def test_a_fetch_that_breaks_leaves_nobody_waiting() -> None:
    """Whatever it was: its readers are told, and the next request tries again."""

    async def broken(_: int, __: Choose) -> Answer:
        raise UnicodeError("no name")

    relay = Relay(Cache(1000))
    async with asyncio.timeout(5):
        async with relay.join("a", broken, 60) as first, relay.join("a", broken, 60) as second:
            for fetch in (first, second):
                with pytest.raises(UnexpectedError):
                    await fetch.length()
    assert relay.under_way == 0


async def test_what_another_way_out_can_not_give_fails_its_readers() -> None:
    """The list may have lost the channel meanwhile."""

    async def elsewhere() -> bytes | None:
        raise ChannelNotFound("a")

    upstream, relay = FakeUpstream(FakeAnswer(BODY)), Relay(Cache(1000))
    async with asyncio.timeout(5):
        with pytest.raises(ChannelNotFound):
            await relay.whole("a", upstream.open, 60, elsewhere)
    assert (relay.under_way, upstream.opened) == (0, 0)
