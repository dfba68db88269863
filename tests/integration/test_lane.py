"""The connection that many share, to a real Redis through something that can swallow what is said."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from chassis import lane as lanes
from chassis.lane import Lane, open_lane
from chassis.redis import connect_redis
from pydantic import SecretStr
from redis.exceptions import ConnectionError as RedisConnectionError

PIECE = 65_536


class Way:
    """Leads to a Redis. Once it is `lost` the connections of before stay open, and nothing comes through."""

    def __init__(self, port: int) -> None:
        self._far = port
        self._lost = asyncio.Event()
        self.opened = 0

    def lose(self) -> None:
        """Lose what goes through from now on; connections that come later are good."""
        self._lost.set()
        self._lost = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        lost = self._lost
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._far)
        with (
            contextlib.closing(writer),
            contextlib.closing(far_writer),
            contextlib.suppress(OSError, asyncio.CancelledError),
        ):
            async with asyncio.TaskGroup() as both:
                both.create_task(pour(reader, far_writer, lost))
                both.create_task(pour(far_reader, writer, lost))


async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event) -> None:
    while piece := await reader.read(PIECE):
        if not lost.is_set():
            writer.write(piece)
    writer.close()


@pytest.fixture
async def way(redis_url: str) -> AsyncIterator[tuple[Way, Lane]]:
    """A way, and a lane that goes through it."""
    way = Way(int(redis_url.rpartition(":")[2].partition("/")[0]))
    async with await asyncio.start_server(way.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with (
            connect_redis(SecretStr(f"redis://127.0.0.1:{port}/0")) as client,
            open_lane(client) as lane,
        ):
            yield way, lane


async def test_a_redis_that_vanished_is_noticed(
    way: tuple[Way, Lane], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No end of the connection comes: who waits is told, and the next asks over another."""
    monkeypatch.setattr(lanes, "SILENT_S", 0.2)
    between, lane = way
    assert await lane.ask("SET", "a", "1") == b"OK"
    between.lose()
    asking = [asyncio.ensure_future(lane.ask("GET", "a")) for _ in range(3)]
    async with asyncio.timeout(10):
        said = await asyncio.gather(*asking, return_exceptions=True)
        assert [type(one) for one in said] == [RedisConnectionError] * 3
        assert await lane.ask("GET", "a") == b"1"
    assert between.opened == 2
