"""Channels by their numbers, as tuners ask for them.

Numbers never move once they are given. So what was read once stays true, and the hash is read again only
for a number that is not in it, and only if the list has changed since.
"""

import asyncio

from chassis.redis import RedisClient
from contracts import keys
from redis.exceptions import RedisError

from streamer.errors import ChannelNotFound, NoCapacity

AT_ONCE = 2000
"""How many numbers are read at a time: a long list must not hold up the viewers."""


class Lineup:
    """Channel ids by number."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis
        self._ids: dict[int, str] = {}
        self._version: bytes | None = b"nothing was read"
        self._reading = asyncio.Lock()

    async def channel_id(self, number: str) -> str:
        """Return which channel has a number.

        Raises
        ------
        ChannelNotFound
            If none has.
        NoCapacity
            If Redis is away and the number was not read before.
        """
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            raise ChannelNotFound(number)
        if int(number) not in self._ids:
            try:
                async with self._reading:
                    await self._read()
            except RedisError as error:
                raise NoCapacity("the channel list can't be reached") from error
        if (found := self._ids.get(int(number))) is None:
            raise ChannelNotFound(number)
        return found

    async def _read(self) -> None:
        version = await self._redis.get(keys.current("channels"))
        if version == self._version:
            return
        cursor, found = -1, {}
        while cursor:
            cursor, some = await self._redis.hscan(keys.NUMBERS, max(cursor, 0), count=AT_ONCE)
            found.update({int(number): channel_id.decode() for channel_id, number in some.items()})
        self._ids, self._version = found, version
