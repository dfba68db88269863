"""Viewers of an endless stream: how they begin, what they live through, how they leave."""

import asyncio
from collections.abc import AsyncIterator
from typing import Self

import pytest
from streamer import endless
from streamer.backlog import MOST_BYTES as BACKLOG_MOST_BYTES
from streamer.backlog import Backlog
from streamer.endless import QUEUE_MOST_BYTES, Broadcasts, Viewer
from streamer.errors import NoCapacity, StreamerError, UpstreamBroken, UpstreamUnreachable
from streamer.transport.packets import PACKET
from streamer.transport.pictures import Scanner
from support.packets import decoded_frames, film, gaps, is_broken, packets, pid, with_counters


class FakeSource:
    """An upstream that sends what it is told to, then breaks off."""

    host = "fake"

    def __init__(self) -> None:
        self._said: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._taken: asyncio.Queue[None] = asyncio.Queue()
        self.closed = asyncio.Event()

    async def send(self, piece: bytes) -> None:
        """Return once it was handed out."""
        self._said.put_nowait(piece)
        await self._taken.get()

    def break_off(self) -> None:
        self._said.put_nowait(None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.closed.set()

    async def pieces(self) -> AsyncIterator[bytes]:
        while (piece := await self._said.get()) is not None:
            yield piece
            self._taken.put_nowait(None)


class StandingSource(FakeSource):
    """It shows the same whenever it is opened, is silent for long, and breaks off: a list without news."""

    def __init__(self, *later: bytes) -> None:
        super().__init__()
        self._later = later

    async def pieces(self) -> AsyncIterator[bytes]:
        yield film()
        await asyncio.sleep(2 * endless.GOOD_S)
        for piece in self._later:
            yield piece
        raise UpstreamBroken("fake", "nothing new")


class Sources:
    """Upstreams, one after the other. None is one that can't be reached."""

    def __init__(self, *sources: FakeSource | StreamerError | None) -> None:
        self._left = list(sources)
        self.opened = 0

    async def __call__(self) -> FakeSource:
        self.opened += 1
        source = self._left.pop(0) if self._left else None
        if source is None:
            raise UpstreamUnreachable("fake", "no connection")
        if isinstance(source, StreamerError):
            raise source
        return source


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endless, "PAUSES_S", (0.0, 0.0, 0.0))


async def taken(pieces: AsyncIterator[bytes], size: int) -> bytes:
    """Return what comes until it is `size` bytes."""
    got = b""
    async with asyncio.timeout(10):
        while len(got) < size:
            got += await anext(pieces)
    return got


def keys_of(data: bytes) -> list[int]:
    return [mark.at for mark in Scanner().feed(data) if mark.is_key]


async def test_a_newcomer_begins_at_the_last_key_frame() -> None:
    """With tables before it, and what comes after it follows without a gap: a picture at once."""
    source, broadcasts = FakeSource(), Broadcasts()
    opened = Sources(source)
    data = film()
    middle = keys_of(data)[2] + 20 * PACKET + 77
    async with broadcasts.join("a", opened) as first:
        pieces = first.read()
        await source.send(data[:middle])
        async with broadcasts.join("a", opened) as second:
            await source.send(data[middle:])
            got = await taken(second.read(), len(data) - keys_of(data)[2])
        assert await taken(pieces, len(data)) == data
    assert [pid(packet) for packet in packets(got)][:3] == [0, 0x1000, 0x100]
    assert got.endswith(data[keys_of(data)[2] :])
    assert gaps(got) == []
    assert decoded_frames(got) == (100, "")
    assert opened.opened == 1


async def test_the_last_viewer_takes_the_connection_along() -> None:
    """And a new one opens another."""
    source, broadcasts = FakeSource(), Broadcasts()
    opened = Sources(source, FakeSource())
    async with broadcasts.join("a", opened) as one:
        async with broadcasts.join("a", opened):
            await source.send(film())
        assert not source.closed.is_set()
        await anext(one.read())
    async with asyncio.timeout(5):
        await source.closed.wait()
    assert opened.opened == 1


async def test_a_slow_viewer_is_cut_off_alone() -> None:
    """His queue is bounded, and let go at once; the other has lost nothing."""
    source, broadcasts = FakeSource(), Broadcasts()
    opened = Sources(source)
    data = film() * 4
    async with broadcasts.join("a", opened) as quick, broadcasts.join("a", opened) as slow:
        pieces = quick.read()
        sent = 0
        while sent <= QUEUE_MOST_BYTES:
            await source.send(data)
            assert await taken(pieces, len(data)) == data
            sent += len(data)
        with pytest.raises(UpstreamBroken):
            await anext(slow.read())


AWAY = [None, NoCapacity("all connections are in use")]


@pytest.mark.parametrize("away", AWAY, ids=["away", "no connection left for us"])
async def test_a_lost_upstream_comes_back_as_a_discontinuity(away: StreamerError | None) -> None:
    """Viewers wait; what then comes begins with tables and a key frame, counts on, and tells of the break."""
    before, after, broadcasts = FakeSource(), FakeSource(), Broadcasts()
    opened = Sources(before, away, after)
    data = film()
    resumed = with_counters(data, 9)[100 * PACKET + 3 :]
    left = len(data) - keys_of(data)[1]
    async with broadcasts.join("a", opened) as viewer:
        pieces = viewer.read()
        await before.send(data)
        before.break_off()
        await after.send(resumed)
        got = await taken(pieces, len(data) + left)
        async with broadcasts.join("a", opened) as newcomer:
            late = await taken(newcomer.read(), PACKET)
    assert gaps(got) == []
    told = [packet for packet in packets(got) if is_broken(packet)]
    assert [pid(packet) for packet in told] == [0x100]
    assert [pid(packet) for packet in packets(got[len(data) :])][:2] == [0, 0x1000]
    assert decoded_frames(got[len(data) :]) == (150, "")
    assert pid(late) == 0
    assert opened.opened == 3


async def test_an_upstream_that_stays_away_is_given_up() -> None:
    """After a bounded number of attempts, and viewers are told why."""
    source, broadcasts = FakeSource(), Broadcasts()
    opened = Sources(source)
    async with broadcasts.join("a", opened) as viewer:
        pieces = viewer.read()
        await source.send(film())
        source.break_off()
        await taken(pieces, len(film()))
        with pytest.raises(UpstreamUnreachable):
            await anext(pieces)
    assert opened.opened == 1 + 3


@pytest.mark.parametrize("goes_on", [False, True], ids=["stands still", "goes on"])
async def test_only_what_goes_on_is_opened_for_ever(
    monkeypatch: pytest.MonkeyPatch,
    goes_on: bool,  # noqa: FBT001
) -> None:
    """A list that stands still shows its last segments each time: it is given up, however long it took."""
    monkeypatch.setattr(endless, "GOOD_S", 0.01)
    later = [with_counters(film(), 5)] if goes_on else []
    broadcasts, opened = Broadcasts(), Sources(*(StandingSource(*later) for _ in range(20)))
    async with asyncio.timeout(10), broadcasts.join("a", opened) as viewer:
        with pytest.raises(StreamerError):
            async for _ in viewer.read():
                pass
    assert opened.opened == (20 + 3 if goes_on else 1 + 3)


async def test_what_is_over_is_not_begun_again() -> None:
    """A playlist says that nothing more comes: to open it again would show all of it from the start."""
    source, broadcasts = FakeSource(), Broadcasts()
    opened = Sources(source, FakeSource())
    async with broadcasts.join("a", opened, may_end=True) as viewer:
        pieces = viewer.read()
        await source.send(film())
        source.break_off()
        await taken(pieces, len(film()))
        with pytest.raises(UpstreamBroken):
            await asyncio.wait_for(anext(pieces), 5)
    assert opened.opened == 1


async def test_what_never_began_is_not_tried_again() -> None:
    """The channel's next stream is asked instead."""
    opened, broadcasts = Sources(), Broadcasts()
    async with broadcasts.join("a", opened) as viewer:
        with pytest.raises(StreamerError):
            await anext(viewer.read())
    assert opened.opened == 1


async def test_what_is_no_stream_is_given_up() -> None:
    """A page without end, or pictures: nobody waits for ever."""
    source, broadcasts = FakeSource(), Broadcasts()
    async with broadcasts.join("a", Sources(source)) as viewer:
        reading = asyncio.ensure_future(anext(viewer.read()))
        for _ in range(8):
            await source.send(bytes(1024 * 1024))
        source._said.put_nowait(b"one more")
        with pytest.raises(UpstreamBroken):
            await asyncio.wait_for(reading, 5)


def test_a_backlog_without_key_frames_is_none() -> None:
    """Its size is bounded; who tunes in gets what comes."""
    backlog = Backlog()
    key = Scanner().feed(film())[:1]
    backlog.grow(film(), key)
    assert len(b"".join(backlog.pieces())) > PACKET
    for _ in range(BACKLOG_MOST_BYTES // len(film()) + 1):
        backlog.grow(film(), [])
    assert backlog.pieces() == []


@pytest.mark.parametrize(("behind_s", "groups"), [(0.0, 1), (1.0, 2), (3.9, 3), (60.0, 4)])
def test_a_backlog_reaches_back_as_far_as_asked(behind_s: float, groups: int) -> None:
    """Where segments come in bursts, a newcomer needs more than the last key frame."""
    backlog = Backlog(behind_s)
    backlog.grow(film(), Scanner().feed(film()))
    got = b"".join(backlog.pieces())
    assert len(keys_of(got)) == groups
    assert gaps(got) == []


def test_a_viewer_who_was_given_up_keeps_nothing() -> None:
    """What comes after that is not queued."""
    viewer = Viewer()
    viewer.put(bytes(QUEUE_MOST_BYTES + 1))
    viewer.put(bytes(1000))
    assert not viewer._pieces
