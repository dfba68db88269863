"""Probe channels: is it there, how fast does it answer. Through a streamer, as a viewer would come.

Watched channels are looked at every time, the rest in a slow round. A streamer that can't be reached, or
has no room, says nothing about a channel: such a look is thrown away.

Every look leaves a mark in Redis while it runs, and for `REST_S` after it: no failure has a channel looked
at sooner (`catalog.jobs.failures`).
"""

import asyncio
import time
from datetime import UTC, datetime
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
        turns = asyncio.Semaphore(AT_ONCE)
        looks = await asyncio.gather(*(_look(context, turns, channel) for channel in await chosen(context)))
        found = tuple(look for look in looks if look)
        await publish(context, found)
        return found


async def chosen(context: Context) -> list[Channel]:
    """Return the channels whose turn it is."""
    version = await store.current_version(context.redis, "channels")
    texts = await store.load(context.redis, "channels", version) if version else {}
    channels = {id_: Channel.model_validate_json(text) for id_, text in texts.items()}
    watched = [id_ for id_ in await _watched(context) if id_ in channels]
    rest = sorted((channel for id_, channel in channels.items() if id_ not in watched), key=_number)
    later = [channel for channel in rest if channel.number > context.probed_up_to]
    round_ = (later + rest)[: min(context.settings.probe_rest, len(rest))]
    if round_:
        context.probed_up_to = round_[-1].number
    return [*(channels[id_] for id_ in watched), *round_]


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


async def _look(context: Context, turns: asyncio.Semaphore, channel: Channel) -> ChannelStatus | None:
    async with turns:
        return await look(context, channel)


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


async def publish(context: Context, found: tuple[ChannelStatus, ...]) -> None:
    """Write what was found down; announce where a channel's status is another than before."""
    if not found:
        return
    before = await context.redis.hmget(keys.STATUSES, [look.channel_id for look in found])
    async with context.redis.pipeline(transaction=True) as pipeline:
        for look, text in zip(found, before, strict=True):
            payload = look.model_dump_json().encode()
            pipeline.hset(keys.STATUSES, look.channel_id, payload)
            if not text or ChannelStatus.model_validate_json(text).status is not look.status:
                _announce(pipeline, look, payload)
        await pipeline.execute()


def _announce(pipeline: Any, look: ChannelStatus, payload: bytes) -> None:
    message_id = f"status:{look.channel_id}:{look.checked_at.timestamp():.3f}"
    outbox.add(pipeline, keys.OUTBOX, subjects.CHANNEL_STATUS, message_id, payload)
