"""Probe channels: is it there, how fast does it answer. Through a streamer, as a viewer would come.

Watched channels are looked at every time, the rest in a slow round. A streamer that can't be reached, or
has no room, says nothing about a channel: such a look is thrown away. Each look is written down as it ends:
in an outage, when channels hang, there isn't time for all, and what was seen is known nevertheless.

Every look leaves a mark in Redis while it runs, and for `REST_S` after it: no failure has a channel looked
at sooner (`catalog.jobs.failures`).
"""

import asyncio
import functools
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

import httpx
import orjson
from chassis import outbox
from chassis.logging import get_logger
from chassis.redis import RedisClient
from contracts import keys, subjects
from contracts.channel import Channel, ChannelStatus, Status

from catalog import store
from catalog.jobs.context import Context, elapsed_ms
from catalog.leases import lease
from catalog.outputs.m3u import stream_address

log = get_logger("probe")

DEADLINE_S = 25.0
ANSWER_DEADLINE_S = 12.0
ROUND_S = DEADLINE_S - ANSWER_DEADLINE_S
"""For how long looks are begun: the last one ends within the lease."""
SLOW_MS = 4_000
AT_ONCE = 4
REST_S = 5.0
NO_VERDICT = frozenset({401, 403, 404, 429, 503})


async def probe(context: Context) -> tuple[ChannelStatus, ...]:
    """Look at what is watched and at some of the rest; return what was found."""
    if not context.streamers:
        return ()
    async with lease(context.redis, "probe", DEADLINE_S) as ours:
        if not ours:
            return ()
        due, until = in_turn(context, *await chosen(context)), time.monotonic() + ROUND_S
        async with asyncio.TaskGroup() as group:
            looking = [group.create_task(_looks(context, due, until)) for _ in range(AT_ONCE)]
        return tuple(found for task in looking for found in task.result())


async def chosen(context: Context) -> tuple[list[Channel], list[Channel]]:
    """Return the channels whose turn it is: those that are watched, and some of the rest."""
    version = await store.current_version(context.redis, "channels")
    texts = await store.load(context.redis, "channels", version) if version else {}
    channels = {id_: Channel.model_validate_json(text) for id_, text in texts.items()}
    watched = [id_ for id_ in await _watched(context) if id_ in channels]
    rest = sorted((channel for id_, channel in channels.items() if id_ not in watched), key=_number)
    later = [channel for channel in rest if channel.number > context.probed_up_to]
    return [channels[id_] for id_ in watched], (later + rest)[: min(context.settings.probe_rest, len(rest))]


def in_turn(context: Context, watched: list[Channel], rest: list[Channel]) -> Iterator[Channel]:
    """Yield channels as they are to be looked at, and note how far the slow round has come.

    Where there isn't time for all, both kinds have their share, and no watched one is always the last.
    """
    for one, other in zip_longest(random.sample(watched, len(watched)), rest):
        if one:
            yield one
        if other:
            context.probed_up_to = other.number
            yield other


def _number(channel: Channel) -> int:
    return channel.number


async def _watched(context: Context) -> list[str]:
    """Return the ids of channels that somebody watches now."""
    redis, prefix = context.redis, keys.audience("")
    found = [key async for key in redis.scan_iter(match=keys.AUDIENCES, count=500)]
    async with redis.pipeline(transaction=False) as pipeline:
        for key in found:
            pipeline.zcount(key, time.time(), "+inf")
        counts = await pipeline.execute()
    return [key.decode().removeprefix(prefix) for key, count in zip(found, counts, strict=True) if count]


async def _looks(context: Context, due: Iterator[Channel], until: float) -> list[ChannelStatus]:
    """Look at one channel after the other while there is time."""
    looks = []
    while time.monotonic() < until and (channel := next(due, None)):
        if found := await look(context, channel):
            await publish(context, found)
            looks.append(found)
    return looks


async def look(context: Context, channel: Channel) -> ChannelStatus | None:
    """Look at a channel; None where that says nothing about it."""
    await _mark(context.redis, channel.id, ANSWER_DEADLINE_S + REST_S)
    try:
        return await _ask(context, channel)
    finally:
        await _mark(context.redis, channel.id, REST_S)


async def claim(redis: RedisClient, channel_id: str) -> bool:
    """Whether the channel is ours to look at: nobody does, and it has rested."""
    lasts_ms = int((ANSWER_DEADLINE_S + REST_S) * 1000)
    return bool(await redis.set(_mark_of(channel_id), b"", nx=True, px=lasts_ms))


async def rest_s(redis: RedisClient, channel_id: str) -> float:
    """Return for how long the channel isn't to be looked at; more than `REST_S` while somebody does."""
    return float(max(await redis.pttl(_mark_of(channel_id)), 0)) / 1000


async def _mark(redis: RedisClient, channel_id: str, lasts_s: float) -> None:
    await redis.set(_mark_of(channel_id), b"", px=int(lasts_s * 1000))


def _mark_of(channel_id: str) -> str:
    return keys.lease(f"look:{channel_id}")


async def _ask(context: Context, channel: Channel) -> ChannelStatus | None:
    address, started = stream_address(channel, ""), time.monotonic()
    try:
        async with (
            asyncio.timeout(ANSWER_DEADLINE_S),
            context.streamer().stream("GET", address, headers={"X-Probe": "1"}) as answer,
        ):
            return verdict(channel.id, answer.status_code, elapsed_ms(started), await _code(answer))
    except TimeoutError:
        return verdict(channel.id, 504, elapsed_ms(started), "upstream_timeout")
    except httpx.HTTPError as error:
        log.debug("streamer.unreachable", error=repr(error))
        return None


async def _code(answer: httpx.Response) -> str | None:
    """Return a problem's code; of an answer that is none, nothing. A stream's body is never waited for."""
    if answer.is_success:
        return None
    try:
        content = orjson.loads(await answer.aread())
    except ValueError:
        return None
    return str(content.get("code")) if isinstance(content, dict) else None


def verdict(channel_id: str, answer: int, latency_ms: int, code: str | None) -> ChannelStatus | None:
    """Judge an answer; None where it says nothing about the channel."""
    now = datetime.now(UTC)
    if answer in NO_VERDICT and code not in ("no_stream", "upstream_refused"):
        return None
    if answer < 400:
        status = Status.ONLINE if latency_ms < SLOW_MS else Status.DEGRADED
        return ChannelStatus(channel_id=channel_id, status=status, latency_ms=latency_ms, checked_at=now)
    reason = code or f"http_{answer}"
    return ChannelStatus(channel_id=channel_id, status=Status.OFFLINE, checked_at=now, reason=reason)


async def publish(context: Context, look: ChannelStatus) -> None:
    """Write a look down, unless a later one was; announce it where the status is another than before."""
    await context.redis.transaction(functools.partial(_write, look), keys.STATUSES)


async def _write(look: ChannelStatus, pipeline: Any) -> None:
    """Add to a transaction that is made anew while others write."""
    text = await pipeline.hget(keys.STATUSES, look.channel_id)
    before = ChannelStatus.model_validate_json(text) if text else None
    pipeline.multi()
    if before and _is_later(before, look):
        return
    payload = look.model_dump_json().encode()
    pipeline.hset(keys.STATUSES, look.channel_id, payload)
    if not before or before.status is not look.status:
        outbox.add(pipeline, keys.OUTBOX, subjects.CHANNEL_STATUS, payload)


def _is_later(before: ChannelStatus, look: ChannelStatus) -> bool:
    """Whether another look ended later. One that is yet to come was written by a clock that is wrong."""
    return look.checked_at < before.checked_at <= datetime.now(UTC)
