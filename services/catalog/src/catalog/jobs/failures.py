"""Look at a channel when it failed a viewer, rather than in the next round.

Streamers announce failures on NATS, and one of the workers hears each. However many viewers meet a failure,
the channel is looked at once, and then rests for a while, in all workers.

The trap: a look comes as a viewer does, so that what fails it is announced, too, and a dead channel would be
looked at for ever. So nothing is made of what is said of a channel during a look and just after it, nor of
what is said of a channel that is known to be offline.
"""

import asyncio

from chassis import requests
from chassis.logging import get_logger
from chassis.nats import connect_nats
from contracts import keys, subjects
from contracts.channel import Channel, ChannelStatus, Status
from contracts.messages import StreamFailed
from pydantic import SecretStr, ValidationError

from catalog import store
from catalog.jobs import probe
from catalog.jobs.context import Context

log = get_logger("failures")

QUEUE = "catalog-worker"
"""Of all who listen under this name one hears a message."""
MOST = 1000
"""Channels that wait at a time; what is beyond is left to the rounds."""
AT_ONCE = 4
ECHO_S = 1.0
"""After a look, for how long a failure is taken for the look's own."""


class Failures:
    """Channels that wait for a look, each of them once. Only `hear` adds, only `look` removes."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._due: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self._waiting: set[str] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    async def hear(self, channel_id: str, request_id: str = "") -> None:
        """Have a channel looked at as soon as it has rested, unless its failure says nothing new."""
        if channel_id in self._waiting or len(self._waiting) >= MOST:
            return
        rest_s = await probe.rest_s(self._context.redis, channel_id)
        if rest_s > probe.REST_S - ECHO_S or await self._is_offline(channel_id):
            return
        self._waiting.add(channel_id)
        asyncio.get_running_loop().call_later(rest_s, self._due.put_nowait, (channel_id, request_id))

    async def look(self) -> None:
        """Look at one after the other, for ever."""
        while True:
            channel_id, request_id = await self._due.get()
            requests.begin(request_id)
            try:
                if (channel := await self._find(channel_id)) and (found := await self._look_at(channel)):
                    log.info(
                        "failure.looked_at", channel=channel_id, status=found.status, reason=found.reason
                    )
            finally:
                self._waiting.discard(channel_id)

    async def _look_at(self, channel: Channel) -> ChannelStatus | None:
        if not await probe.claim(self._context.redis, channel.id):
            return None
        if found := await probe.look(self._context, channel):
            await probe.publish(self._context, found)
        return found

    async def _find(self, channel_id: str) -> Channel | None:
        redis = self._context.redis
        version = await store.current_version(redis, "channels")
        text = await redis.hget(keys.generation("channels", version), channel_id) if version else None
        return Channel.model_validate_json(text) if text else None

    async def _is_offline(self, channel_id: str) -> bool:
        text = await self._context.redis.hget(keys.STATUSES, channel_id)
        return bool(text) and ChannelStatus.model_validate_json(text).status is Status.OFFLINE


async def listen(context: Context, nats_url: SecretStr) -> None:
    """Hear of failures until something breaks.

    Raises
    ------
    ConnectionError, ExceptionGroup
        When NATS or Redis is away: start again. What is said in the meantime is left to the rounds.
    """
    failures = Failures(context)
    async with connect_nats(nats_url, "catalog-failures") as nats, asyncio.TaskGroup() as group:
        if not nats.is_connected:
            raise ConnectionError("NATS is away")
        subscription = await nats.subscribe(subjects.STREAM_FAILED, queue=QUEUE, pending_msgs_limit=MOST)
        for _ in range(AT_ONCE):
            group.create_task(failures.look())
        async for message in subscription.messages:
            if failed := _read(message.data):
                await failures.hear(failed.channel_id, requests.of(message.headers))
        raise ConnectionError("the subscription ended")


def _read(payload: bytes) -> StreamFailed | None:
    try:
        return StreamFailed.model_validate_json(payload)
    except ValidationError as error:
        log.warning("failure.unreadable", errors=error.error_count())
        return None
