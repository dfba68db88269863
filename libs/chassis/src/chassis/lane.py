"""One Redis connection for many who ask at once: commands leave as they come, answers come in their order.

A pooled connection is taken, checked, waited on and given back for each command, which costs more than Redis'
answer. For commands by the thousand this is several times cheaper. A command that blocks must not be asked
here: it would hold up all others.

A connection whose far end vanished without a word (its machine is gone) would be waited on for a quarter of
an hour. So the line is looked at now and then: if the same one is still first, the connection is given up.

The trap: an answer belongs to whoever has waited longest, so one who stops waiting still stands in line.
"""

import asyncio
import contextlib
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError, ResponseError

from chassis import tasks
from chassis.redis import RedisClient

SILENT_S = 2.0
"""An answer that takes longer than this, or up to twice that, does not come any more."""


class Lane:
    """The connection. It opens at the first command, and again after it was lost."""

    def __init__(self, client: RedisClient) -> None:
        pool = client.connection_pool
        self._make: Callable[[], Any] = lambda: pool.connection_class(
            **{**pool.connection_kwargs, "socket_timeout": None, "health_check_interval": 0}
        )
        self._connection: Any = None
        self._opening = asyncio.Lock()
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._minding: list[asyncio.Task[None]] = []

    async def ask(self, *command: Any) -> Any:
        """Return Redis' answer to a command.

        Raises
        ------
        RedisError, OSError
            If there is none, or it is an error.
        """
        connection = self._connection or await self._open()
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        try:
            # Written before anything is waited for, so that answers come in the order of the line.
            await connection.send_packed_command(connection.pack_command(*command), check_health=False)
        except (RedisError, OSError) as error:
            self._lost(connection, error)
        return await answer

    def script(self, text: str) -> Callable[..., Awaitable[Any]]:
        """Return a function of keys and arguments that runs a script."""
        digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

        async def run(keys: list[str], arguments: list[Any]) -> Any:
            try:
                return await self.ask("EVALSHA", digest, len(keys), *keys, *arguments)
            except NoScriptError:
                return await self.ask("EVAL", text, len(keys), *keys, *arguments)

        return run

    async def close(self) -> None:
        """Close it."""
        self._let_be()
        if self._minding:
            await asyncio.wait(self._minding)
        if self._connection is not None:
            await self._connection.disconnect(nowait=True)

    async def _open(self) -> Any:
        async with self._opening:
            if self._connection is None:
                connection = self._make()
                await connection.connect()
                self._connection = connection
                self._minding = [
                    tasks.spawn(self._read(connection), "redis lane"),
                    tasks.spawn(self._watch(connection), "redis lane watch"),
                ]
            return self._connection

    async def _read(self, connection: Any) -> None:
        try:
            while True:
                await self._settle_next(connection)
        except (RedisError, OSError) as error:
            self._lost(connection, error)

    async def _watch(self, connection: Any) -> None:
        first: asyncio.Future[Any] | None = None
        while first is None or first is not self._first():
            first = self._first()
            await asyncio.sleep(SILENT_S)
        self._lost(connection, RedisConnectionError("no answer comes any more"))

    def _first(self) -> asyncio.Future[Any] | None:
        return self._waiting[0] if self._waiting else None

    async def _settle_next(self, connection: Any) -> None:
        try:
            said = await connection.read_response(disconnect_on_error=False)
        except ResponseError as error:
            answer = self._waiting.popleft()
            if not answer.done():
                answer.set_exception(error)
            return
        answer = self._waiting.popleft()
        if not answer.done():
            answer.set_result(said)

    def _lost(self, connection: Any, error: Exception) -> None:
        """Fail everybody in line, and open anew for the next."""
        if connection is not self._connection:
            return
        self._connection = None
        waiting, self._waiting = self._waiting, deque()
        for answer in waiting:
            if not answer.done():
                answer.set_exception(RedisConnectionError(str(error)))
        self._let_be()
        tasks.spawn(_disconnected(connection), "close redis lane")

    def _let_be(self) -> None:
        for task in self._minding:
            task.cancel()


async def _disconnected(connection: Any) -> None:
    with contextlib.suppress(RedisError, OSError):
        await connection.disconnect(nowait=True)


@contextlib.asynccontextmanager
async def open_lane(client: RedisClient) -> AsyncIterator[Lane]:
    """Open a lane to where `client` leads, and close it with the context."""
    lane = Lane(client)
    try:
        yield lane
    finally:
        await lane.close()
