"""What nodes tell each other of playlists, while Redis has better to do."""

import contextlib

from chassis.lane import open_lane
from chassis.redis import connect_redis
from contracts import keys
from pydantic import SecretStr
from streamer.shelf import Shelf
from support.lanes import SlowLane


async def test_doubts_end_though_redis_stalls(redis_url: str) -> None:
    """A doubt that stayed would keep all nodes from a stream that has long been well."""
    async with contextlib.AsyncExitStack() as ending:
        client = await ending.enter_async_context(connect_redis(SecretStr(redis_url)))
        quick = await ending.enter_async_context(open_lane(client))
        slow = SlowLane(client)
        ending.push_async_callback(slow.close)
        await Shelf(client, quick, "quick").doubt("other", 0)
        await Shelf(client, slow, "slow").doubt("a", 0)
        assert await client.get(keys.doubts("a", 0)) == b"1"
        assert await client.pttl(keys.doubts("a", 0)) > 0
