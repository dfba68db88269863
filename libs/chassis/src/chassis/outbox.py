"""Announcements that are neither lost nor doubled.

What is to be announced is written to a Redis list in the same transaction as the fact itself; a relay
takes from there to JetStream. Each carries an id, sent as `Nats-Msg-Id`, so that a relay that died
between publishing and removing publishes again without anybody hearing it twice. The id of the request
that caused it goes along.
"""

import asyncio
from typing import Any

import orjson
from nats.aio.client import Client

from chassis import requests
from chassis.redis import RedisClient

PUBLISH_DEADLINE_S = 2.0
WAIT_S = 1


def add(pipeline: Any, key: str, subject: str, message_id: str, payload: bytes) -> None:
    """Queue an announcement in `pipeline`: a transaction, together with what makes it true."""
    pipeline.rpush(key, orjson.dumps([subject, message_id, payload.decode(), requests.current()]))


async def relay(redis: RedisClient, nats: Client, key: str) -> None:
    """Carry announcements to JetStream for ever, in order. One relay at a time per `key` keeps the order.

    Raises
    ------
    nats.errors.Error, redis.exceptions.RedisError
        When either is away: what was not acknowledged is still in the list.
    """
    stream = nats.jetstream(timeout=PUBLISH_DEADLINE_S)
    while True:
        entry = await redis.lindex(key, 0)
        if entry is None:
            await asyncio.sleep(WAIT_S / 10)
            continue
        subject, message_id, payload, *cause = orjson.loads(entry)
        headers = {"Nats-Msg-Id": message_id, **requests.headers(*cause)}
        await stream.publish(subject, payload.encode(), headers=headers)
        await redis.lrem(key, 1, entry)
