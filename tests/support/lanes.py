"""Connections to Redis that are not as quick as usual."""

import asyncio
from typing import Any

from chassis.lane import Lane
from chassis.redis import RedisClient


class SlowLane(Lane):
    """A connection whose answers this node reads only when told to: others see their effect before."""

    def __init__(self, client: RedisClient) -> None:
        super().__init__(client)
        self.asked = asyncio.Event()
        self.may_read = asyncio.Event()

    async def ask(self, *command: Any) -> Any:
        """Ask at once; return the answer when it may be read."""
        answer = await super().ask(*command)
        self.asked.set()
        await self.may_read.wait()
        return answer
