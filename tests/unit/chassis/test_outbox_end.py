import asyncio
from typing import Any, cast

import orjson
import pytest
from chassis.outbox import relay
from chassis.redis import RedisClient
from nats.aio.client import Client


class FakeRedis:
    """A list of announcements without end."""

    removed = 0

    async def lindex(self, key: str, place: int) -> bytes:
        del key, place
        return orjson.dumps(["subject", "id", "text", None])

    async def lrem(self, key: str, count: int, entry: bytes) -> None:
        del key, count, entry
        self.removed += 1
        await asyncio.sleep(0)


class FakeNats:
    """Acknowledges at the very moment at which its publisher is cancelled."""

    max_payload = 1_048_576

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def jetstream(self, timeout: float) -> "FakeNats":
        del timeout
        return self

    async def publish(self, *_: Any, **__: Any) -> None:
        self.asked.set()
        if self.acknowledged.done():
            return await asyncio.sleep(0)
        await asyncio.wait_for(self.acknowledged, 10)


async def test_a_relay_that_is_cancelled_as_it_is_acknowledged_ends() -> None:
    """Once, though `wait_for` may lose that; else its group, which cancels once, would wait for ever."""
    redis, nats = FakeRedis(), FakeNats()
    relaying = asyncio.ensure_future(relay(cast("RedisClient", redis), cast("Client", nats), "outbox"))
    await nats.asked.wait()
    nats.acknowledged.set_result(None)
    relaying.cancel()
    done, _ = await asyncio.wait({relaying}, timeout=5)
    relaying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await relaying
    assert done
    assert redis.removed <= 1
