"""Players who ask for one channel at the same moment, and one who leaves meanwhile: with a real Redis."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from chassis.lane import Lane, open_lane
from chassis.redis import RedisClient, connect_redis
from pydantic import SecretStr
from streamer.cache import Cache
from streamer.packager import Packager, copy_of, place_of
from streamer.relay import Relay
from streamer.segmenter import Entry, Window
from streamer.shelf import Place, Shelf
from streamer.tickets import Thing, Ticket, Tickets
from support.packets import film

CACHE_BYTES = 1 << 26
ELSEWHERE = Place("another", 0)


class SlowRelay(Relay):
    """Nothing of what another run made is to be had; that is found out when it is told to."""

    def __init__(self) -> None:
        super().__init__(Cache(CACHE_BYTES))
        self.asked = asyncio.Semaphore(0)
        self.may_tell = asyncio.Event()

    async def recall(self, name: str, keep_s: float) -> bool:
        del name, keep_s
        self.asked.release()
        await self.may_tell.wait()
        return False


class Source:
    """A channel that shows a film to whoever tunes in, and then is quiet."""

    def __init__(self) -> None:
        self.tuned = 0
        self._film = film()

    @contextlib.asynccontextmanager
    async def tune(self, _: str) -> AsyncIterator[AsyncIterator[bytes]]:
        self.tuned += 1
        yield self._pieces()

    async def _pieces(self) -> AsyncIterator[bytes]:
        yield self._film
        await asyncio.Event().wait()


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[RedisClient]:
    async with connect_redis(SecretStr(redis_url)) as opened:
        yield opened


@pytest.fixture
async def lane(client: RedisClient) -> AsyncIterator[Lane]:
    async with open_lane(client) as opened:
        yield opened


async def test_who_hangs_up_lets_nobody_begin_beside_another(client: RedisClient, lane: Lane) -> None:
    """Who was in line behind him begins; who comes then waits for that, and no second run starts."""
    tickets, source, relay = Tickets("secret"), Source(), SlowRelay()
    shelf = Shelf(client, lane, "this")
    await Shelf(client, lane, "gone").put(place_of("c"), copy_of(left_behind(tickets)))
    packager = Packager(tune=source.tune, relay=relay, shelf=shelf, tickets=tickets)

    first, second = (asyncio.ensure_future(packager.playlist("c")) for _ in range(2))
    await relay.asked.acquire()
    first.cancel()
    await asyncio.wait({first})
    third = asyncio.ensure_future(packager.playlist("c"))
    await relay.asked.acquire()
    for _ in range(2):  # answers come in line: the third one's is here by then, if he asked
        await shelf.turn(ELSEWHERE, None, 1)
    relay.may_tell.set()
    await asyncio.gather(second, third)

    assert (source.tuned, packager.under_way) == (1, 1)
    await packager.close()


def left_behind(tickets: Tickets) -> Window:
    """Return the window of a run that ended."""
    window = Window(7)
    ticket = Ticket(Thing.CUT, "c", 0, "hls", 7, "run")
    window.add(Entry(f"/content/{tickets.seal(ticket)}.ts", 4.0, is_broken=False), 4)
    return window
