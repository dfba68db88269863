"""Segments that nodes share, where what one does and what another sees of it cross on the way."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from chassis import tasks
from chassis.lane import Lane, open_lane
from chassis.redis import RedisClient, connect_redis
from contracts import keys
from pydantic import SecretStr
from streamer import tier
from streamer.tier import FETCHES, LEASE_MS, Tier
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


async def test_who_leaves_while_a_fetch_is_taken_over_leaves_no_lease_behind(
    client: RedisClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others want from then on is given: no fetch of this node is under way that could bring it."""
    async with open_lane(client) as quick, contextlib.AsyncExitStack() as ending:
        slow = SlowLane(client)
        ending.push_async_callback(slow.close)
        leader, other = Tier(client, slow, "leader"), Tier(client, quick, "other")
        with monkeypatch.context() as impatient:
            impatient.setattr(tier, "WAIT_S", 0)
            leaves = tasks.spawn(leader.turn("segment"), "leaves")
            await slow.asked.wait()
        leaves.cancel()
        await asyncio.wait({leaves})
        await client.set(keys.fetching("segment"), FETCHES + "leader")
        giving = tasks.spawn(leader.keep_giving(lambda _: BODY), "gives")
        ending.callback(giving.cancel)
        assert (await other.turn("segment")).body == BODY


async def test_a_lease_that_is_another_nodes_is_not_renewed(client: RedisClient) -> None:
    """It has lapsed here meanwhile: whoever has it now may stop, and then it has to end."""
    async with open_lane(client) as lane, contextlib.AsyncExitStack() as ending:
        node = Tier(client, lane, "node")
        for name in ("mine", "lost"):
            assert (await node.turn(name)).leads
        await client.set(keys.fetching("lost"), FETCHES + "other", px=100_000)
        renewing = tasks.spawn(node.keep_renewing(), "renews")
        ending.callback(renewing.cancel)
        for _ in range(2):
            await client.pexpire(keys.fetching("mine"), 100_000)
            await until(lambda: _lasts(client, "mine"), LEASE_MS)
        assert await _lasts(client, "lost") == 100_000


async def _lasts(client: RedisClient, name: str) -> int:
    """Return how long a lease was given, as far as it can be told from what is left."""
    left: int = await client.pttl(keys.fetching(name))
    return LEASE_MS if left <= LEASE_MS else 100_000


async def until(said: Callable[[], Awaitable[int]], wanted: int) -> None:
    """Return once Redis says what is wanted."""
    async with asyncio.timeout(20):
        while await said() != wanted:  # noqa: ASYNC110  (it is in Redis)
            await asyncio.sleep(0.001)
