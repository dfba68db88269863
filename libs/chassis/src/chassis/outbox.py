"""Announcements that are neither lost nor doubled.

What is to be announced is written to a Redis list in the same transaction as the fact itself; a relay
takes from there to JetStream. Each carries an id, sent as `Nats-Msg-Id`, so that a relay that died
between publishing and removing publishes again without anybody hearing it twice. The id of the request
that caused it goes along.

The trap: an id made of what is said hides what is rightly said again, such as a list that is what it was two
lists ago. So an id is a new one, and is made once, when the announcement is written.
"""

import asyncio
import secrets
import time
from typing import Any

import orjson
from nats.aio.client import Client
from nats.js import JetStreamContext

from chassis import requests
from chassis.logging import get_logger
from chassis.redis import RedisClient

log = get_logger("outbox")

PUBLISH_DEADLINE_S = 2.0
LOOK_S = 0.1
HEADERS_BYTES = 1024
"""Room for a message's headers: NATS counts them, too, and hangs up on a message that is too large."""


def add(pipeline: Any, key: str, subject: str, payload: bytes, message_id: str = "") -> None:
    """Queue an announcement in `pipeline`: a transaction, together with what makes it true.

    Where a Redis may have forgotten that it was made, and the same is not to be said again, it has a
    `message_id` of the caller's.
    """
    message_id = message_id or secrets.token_hex(8)
    pipeline.rpush(key, orjson.dumps([subject, message_id, payload.decode(), requests.current()]))


async def relay(redis: RedisClient, nats: Client, key: str, patience_s: float = 0.0) -> None:
    """Carry announcements to JetStream for ever, in order.

    One relay per `key` is enough. Others may stand by with a `patience_s`: they carry what has waited for
    longer, since then the one has died. Two at once keep the order and double nothing: each takes the first,
    removes it once it is acknowledged, and JetStream knows its id.

    Raises
    ------
    nats.errors.Error, redis.exceptions.RedisError
        When either is away: what was not acknowledged is still in the list.
    """
    stream = nats.jetstream(timeout=PUBLISH_DEADLINE_S)
    while True:
        await _waited(redis, key, patience_s)
        while entry := await redis.lindex(key, 0):
            await _carry(stream, entry, nats.max_payload - HEADERS_BYTES)
            await redis.lrem(key, 1, entry)
            _end_if_told()


async def _carry(stream: JetStreamContext, entry: bytes, most: int) -> None:
    """Publish an announcement; one that NATS would never take is dropped, or all behind it would wait."""
    subject, message_id, payload, *cause = orjson.loads(entry)
    body = payload.encode()
    if len(body) > most:
        log.error("announcement.too_large", subject=subject, body_bytes=len(body), most_bytes=most)
        return
    headers = {"Nats-Msg-Id": message_id, **requests.headers(*cause)}
    await stream.publish(subject, body, headers=headers)


def _end_if_told() -> None:
    """End though the cancel was lost: until Python 3.12, `wait_for` loses one that comes with its result.

    A group cancels its tasks once, and would wait for this one for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _waited(redis: RedisClient, key: str, patience_s: float) -> None:
    """Return once an announcement is there that has waited for so long."""
    first, since = None, 0.0
    while True:
        entry = await redis.lindex(key, 0)
        if entry != first:
            first, since = entry, time.monotonic()
        if entry and time.monotonic() - since >= patience_s:
            return
        await asyncio.sleep(LOOK_S)
