"""Refresh the channels: read the sources that are due, keep what is good, make one list of all of them.

A source that fails, gives nothing, or has lost most of what it had keeps its last good records: it never
empties the list. The list is made anew when any source's records are others than those that it was made of;
an unchanged list is not news.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Any

from chassis.logging import get_logger
from chassis.redis import RedisClient
from contracts import keys
from contracts.messages import CatalogChanged
from redis.exceptions import WatchError

from catalog import keeper, records, store
from catalog.errors import SourceSuspicious, SourceUnreadable
from catalog.jobs import reports
from catalog.jobs.context import Context
from catalog.leases import lease
from catalog.merge import Memory, Merged, merge
from catalog.sources import open_source
from catalog.sources.base import SourceChannel
from catalog.sources.fetch import Fetcher, Known
from catalog.sources.spec import WITH_CHANNELS, SourceSpec

log = get_logger("refresh")

KEEPS_AT_LEAST = 0.5
FEW = 4
"""Lists this short may lose what they like: half of three is no sign of anything."""
MAKING = 1
"""To be counted up when the same records make another list than before."""
ATTEMPTS = 5
MANY = 5000
"""New identities that are written in the transaction, not beside it."""
DEADLINE_S = 120

Fresh = dict[str, Sequence[SourceChannel]]
"""What sources have just given, by their names."""


async def refresh_channels(context: Context) -> None:
    """Read what is due, then publish."""
    await reports.configuration(context)
    async with lease(context.redis, "refresh_channels", DEADLINE_S) as ours:
        if ours:
            await reports.prune(context)
            fresh: Fresh = {}
            async with asyncio.TaskGroup() as group:
                for spec in listing(context):
                    group.create_task(_refresh(context, spec, fresh))
            await publish(context, fresh)


def listing(context: Context) -> list[SourceSpec]:
    """Return the sources that list channels."""
    return [spec for spec in context.specs() if spec.kind in WITH_CHANNELS]


async def _refresh(context: Context, spec: SourceSpec, fresh: Fresh) -> None:
    if await reports.due(context, spec, reports.report_key(spec, "channels")):
        await reports.read(context, spec, "channels", partial(_read, context, spec, fresh))


async def _read(
    context: Context, spec: SourceSpec, fresh: Fresh, fetcher: Fetcher, last: Known
) -> tuple[int, tuple[str, ...]]:
    source = open_source(spec, fetcher)
    if source is None:
        raise SourceUnreadable(spec.name, "this kind of source has no channels")
    reading = await source.channels()
    now = len(reading.channels)
    if not now or (last.items > FEW and now < last.items * KEEPS_AT_LEAST):
        raise SourceSuspicious(spec.name, now, last.items)
    await reports.keep(context, spec, "channels", fetcher, records.dump(reading.channels), now)
    fresh[spec.name] = reading.channels
    return now, reading.unread


async def _records(context: Context, spec: SourceSpec, fresh: Fresh) -> Sequence[SourceChannel]:
    """Return what a source gave at its last good refresh."""
    if spec.name in fresh:
        return fresh[spec.name]
    text = await context.redis.get(keys.records(spec.name))
    return await asyncio.to_thread(records.load, text)


async def publish(context: Context, fresh: Fresh | None = None) -> CatalogChanged | None:
    """Make the list of all last good records current, if it is another than the current one.

    What has just been read needn't be read again from Redis: it is in `fresh`.
    """
    specs = listing(context)
    made_of = await _made_of(context, specs)
    if not made_of or (
        await context.redis.get(keys.MERGED) == made_of.encode()
        and await store.current_version(context.redis, "channels")
    ):
        return None
    readings = [await _records(context, spec, fresh or {}) for spec in specs]
    if not any(readings):
        return None
    for _ in range(ATTEMPTS):
        try:
            change, version, memory = await _publish(context, readings, made_of)
        except WatchError:
            log.info("publish.repeated", reason="another worker was faster")
        else:
            # Of a large list the records are 80 MB, and what the copy needs as much again.
            readings.clear()
            (fresh or {}).clear()
            await _copy(context, memory, version)
            return change
    return None


async def _made_of(context: Context, specs: Sequence[SourceSpec]) -> str:
    """Return which records, in which order, a list made now would be made of."""
    found = await context.redis.mget([keys.reading(spec.name) for spec in specs]) if specs else []
    versions = (Known.model_validate_json(text).version if text else "" for text in found)
    told = " ".join(f"{spec.name}:{version}" for spec, version in zip(specs, versions, strict=True))
    return f"{MAKING} {told}" if any(found) else ""


async def _publish(
    context: Context, readings: list[Sequence[SourceChannel]], made_of: str
) -> tuple[CatalogChanged | None, str, Memory]:
    """Write the list; return what is news of it, its version, and what is to be remembered from now on."""
    redis, folder = context.redis, context.settings.data_dir
    async with redis.pipeline(transaction=True) as pipeline:
        await pipeline.watch(keys.IDENTITIES, keys.NUMBERS, keys.current("channels"))
        memory = await keeper.recall(redis, folder)
        merged = await asyncio.to_thread(merge, readings, memory)
        before = await store.current_version(redis, "channels")
        whole = len(merged.new_identities) > MANY or not await redis.exists(keys.IDENTITIES)
        async with asyncio.TaskGroup() as group:  # one is packed while Redis takes in the other
            staging = group.create_task(store.stage_all(redis, "channels", before, merged.texts()))
            preparing = group.create_task(_prepare(redis, merged)) if whole else None
        change, staged = staging.result()
        prepared = preparing.result() if preparing else {}
        is_news = change.version != before
        pipeline.multi()
        if is_news:
            pipeline.rename(staged, keys.generation("channels", change.version))
            store.flip(pipeline, change, before)
        else:
            pipeline.delete(staged)
        _remember(pipeline, merged, prepared)
        pipeline.set(keys.MERGED, made_of)
        await pipeline.execute()
    if is_news:
        log.info(
            "catalog.published",
            channels=len(merged.ids),
            **change.model_dump(include={"version", "added", "removed"}),
        )
    return change if is_news else None, change.version, merged.memory


async def _prepare(redis: RedisClient, merged: Merged) -> dict[str, str]:
    """Write all that is to be remembered beside what is; say what it is called until then.

    In the transaction a large list's would be in memory twice more, and Redis would stand still for it.
    """
    memory = merged.memory
    return {
        keys.IDENTITIES: await store.prepare(redis, keys.IDENTITIES, memory.identities),
        keys.NUMBERS: await store.prepare(redis, keys.NUMBERS, memory.numbers),
    }


def _remember(pipeline: Any, merged: Merged, prepared: dict[str, str]) -> None:
    """Write what is new; where that is much, all of it lies ready."""
    for key, staged in prepared.items():
        pipeline.rename(staged, key)
        pipeline.persist(key)
    if prepared:
        return
    identities, numbers = merged.new_identities, merged.numbers
    if merged.before.numbers:
        numbers = {id_: number for id_, number in numbers.items() if id_ not in merged.before.numbers}
    for key, mapping in ((keys.IDENTITIES, identities), (keys.NUMBERS, numbers)):
        items = iter(mapping.items())
        while piece := dict(islice(items, store.CHUNK)):
            pipeline.hset(key, mapping=piece)


async def _copy(context: Context, memory: Memory, version: str) -> None:
    if context.copied != version:
        await keeper.write_copy(memory, context.settings.data_dir)
        context.copied = version
