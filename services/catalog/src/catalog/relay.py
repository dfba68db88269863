"""Carries announcements from the outbox to NATS: one relay in the whole cluster, and the others stand by.

A relay that is killed keeps its lease for seconds. Until that has run out, those who stand by carry what
waits: that a match has begun is told in time.

NATS may be away for as long as it likes: the outbox keeps, this tries again (`chassis.tasks` starts it
again), and no job notices.
"""

import asyncio
import contextlib
import secrets

from chassis.logging import get_logger
from chassis.nats import connect_nats, ensure_stream
from chassis.outbox import relay
from chassis.redis import RedisClient
from contracts import keys, subjects
from pydantic import SecretStr
from redis.exceptions import RedisError

from catalog import leases

log = get_logger("relay")

LEASE = "outbox"
LEASE_S = 6.0
PATIENCE_S = 0.2
CONNECT_DEADLINE_S = 10.0


async def run(redis: RedisClient, nats_url: SecretStr, replicas: int = 1) -> None:
    """Stand by until we have the lease, then relay until something breaks.

    Raises
    ------
    ExceptionGroup
        When Redis or NATS went away, or the lease was lost: start again.
    """
    token = secrets.token_hex(8)
    async with contextlib.AsyncExitStack() as stack:
        async with asyncio.timeout(CONNECT_DEADLINE_S):
            nats = await stack.enter_async_context(connect_nats(nats_url, "catalog-relay"))
        await ensure_stream(nats, subjects.STREAM, [subjects.WILDCARD], subjects.MAX_AGE_S, replicas)
        try:
            async with asyncio.TaskGroup() as group:
                standing_by = group.create_task(relay(redis, nats, keys.OUTBOX, PATIENCE_S))
                await leases.hold(redis, LEASE, LEASE_S, token)
                log.info("relay.started")
                standing_by.cancel()
                group.create_task(leases.keep(redis, LEASE, LEASE_S, token))
                group.create_task(relay(redis, nats, keys.OUTBOX))
        finally:
            log.info("relay.stopped")
            with contextlib.suppress(RedisError):
                await leases.release(redis, LEASE, token)
