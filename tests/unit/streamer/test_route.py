"""From which stream a list is read, where one of them hangs."""

import asyncio
import time

import pytest
from streamer import route
from streamer.errors import UpstreamBroken, UpstreamError
from streamer.route import Route
from streamer.shelf import Copy, Place

OWN, OTHER = 0, 1


class Streams:
    """Two streams; the own one refuses while it `is_dead`, and is silent while it `hangs`."""

    def __init__(self) -> None:
        self.is_dead = False
        self.hangs = False
        self.looked: list[int] = []
        self.failed: list[int] = []

    async def indices(self) -> list[int]:
        return [OWN, OTHER]

    async def read(self, via: int, old: Copy | None, question: str) -> Copy:
        del old, question
        await self._answer(via)
        return Copy(b"#EXTM3U", 0, 2.0, multivariant=False, ended=False, read_at=time.monotonic(), via=via)

    async def look(self, via: int) -> None:
        self.looked.append(via)
        await self._answer(via)

    def note(self, via: int, error: UpstreamError) -> None:
        del error
        self.failed.append(via)

    async def _answer(self, via: int) -> None:
        if via == OWN and self.hangs:
            await asyncio.Event().wait()
        if via == OWN and self.is_dead:
            raise UpstreamBroken("the source", "it is away")


@pytest.fixture
def streams() -> Streams:
    return Streams()


@pytest.fixture
def way(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> Route:
    """Return a way that looks back at once."""
    monkeypatch.setattr(route, "BACK_FIRST_S", 0.0)
    return Route(Place("a", OWN), streams.read, streams.indices, streams.note, streams.look)


async def left(way: Route, streams: Streams) -> Copy:
    streams.is_dead = True
    return await way.read(await Streams().read(OWN, None, ""), "")


async def test_a_stream_that_comes_back_is_looked_at_before_it_is_read(way: Route, streams: Streams) -> None:
    """The list goes on from the other one until it has answered."""
    other = await left(way, streams)
    streams.is_dead = False
    again = await way.read(other, "")
    await asyncio.sleep(0)
    back = await way.read(again, "")
    assert [other.via, again.via, back.via] == [OTHER, OTHER, OWN]
    assert streams.looked == [OWN]


async def test_while_the_stream_of_before_hangs_nobody_waits_for_it(way: Route, streams: Streams) -> None:
    """It is asked once, beside the reading, and given up with it."""
    other = await left(way, streams)
    streams.hangs = True
    async with asyncio.timeout(route.PATIENCE_LEAST_S / 2):
        for _ in range(3):
            other = await way.read(other, "")
            await asyncio.sleep(0)
    assert (other.via, streams.looked) == (OTHER, [OWN])
    way.close()


async def test_a_stream_that_is_still_away_is_looked_at_again_later(way: Route, streams: Streams) -> None:
    """Its failure is told."""
    other = await left(way, streams)
    told = len(streams.failed)
    await way.read(other, "")
    await asyncio.sleep(0)
    assert (await way.read(other, "")).via == OTHER
    assert streams.failed[told:] == [OWN]
