"""Segments that nodes share, where what one does and what another sees of it cross on the way."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from chassis import tasks
from chassis.lane import Lane
from chassis.redis import RedisClient, connect_redis
from contracts import keys
from pydantic import SecretStr
from streamer.tier import Tier
from support.lanes import SlowLane

BODY = b"segment" * 1000


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[RedisClient]:
    async with connect_redis(SecretStr(redis_url)) as opened:
        yield opened


async def test_a_lease_is_kept_whose_news_others_have_first(client: RedisClient) -> None:
    """The node that got the lease is asked for the segment before it knows: it fetches, and nobody else."""
    slow, quick = SlowLane(client), Lane(client)
    leader, other = Tier(client, slow, "leader"), Tier(client, quick, "other")
    async with contextlib.AsyncExitStack() as ending:
        ending.push_async_callback(slow.close)
        ending.push_async_callback(quick.close)
        leads = tasks.spawn(leader.turn("segment"), "leads")
        await slow.asked.wait()
        waits = tasks.spawn(other.turn("segment"), "waits")
        await until(lambda: client.exists(keys.wanted("leader")), 1)
        giving = tasks.spawn(leader.keep_giving(lambda _: None), "gives")
        ending.callback(giving.cancel)
        await until(lambda: client.exists(keys.wanted("leader")), 0)
        assert await client.exists(keys.fetching("segment"))
        slow.may_read.set()
        assert (await leads).leads
        await leader.fetched("segment", memoryview(BODY), 30)
        assert (await waits).body == BODY


async def until(said: Callable[[], Awaitable[int]], wanted: int) -> None:
    """Return once Redis says what is wanted."""
    async with asyncio.timeout(20):
        while await said() != wanted:  # noqa: ASYNC110  (it is in Redis)
            await asyncio.sleep(0.001)
