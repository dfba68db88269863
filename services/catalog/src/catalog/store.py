"""Generations in Redis: a list is written whole, then a pointer flips, and the news of it with the pointer.

A version is the hash of what it holds, so that an unchanged list makes neither a generation nor news. The
generation before stays for a while: readers that have just looked at the pointer finish.

The trap: a generation is written outside the transaction (a large one would hold up everybody else), so
it carries an expiry until the flip takes it off; a writer that dies in between leaves nothing behind.
"""

import hashlib
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from chassis import outbox
from chassis.redis import RedisClient
from chassis.registry import present
from contracts import keys, subjects
from contracts.messages import CatalogChanged
from contracts.record import Record
from contracts.source import SourceReport
from pydantic import TypeAdapter
from redis.exceptions import WatchError

LINGER_S = 600
"""How long a generation outlives its successor's coming."""
CHUNK = 1000


def version_of(texts: Mapping[str, bytes]) -> str:
    """Return a short hash of a list: id -> record as JSON."""
    digest = hashlib.sha256()
    for key in sorted(texts):
        digest.update(key.encode() + b"\0" + texts[key] + b"\0")
    return digest.hexdigest()[:16]


async def load(redis: RedisClient, topic: keys.Topic, version: str) -> dict[str, bytes]:
    """Return one generation: id -> record as JSON (of the guide: packed)."""
    return await load_all(redis, keys.generation(topic, version))


async def load_all(redis: RedisClient, key: str) -> dict[str, bytes]:
    """Return a hash of texts."""
    return {field.decode(): text async for piece in walk(redis, key) for field, text in piece.items()}


async def walk(redis: RedisClient, key: str) -> AsyncIterator[dict[bytes, bytes]]:
    """Yield a hash in pieces: all of a guide in one answer would hold up everybody else."""
    cursor = None
    while cursor != 0:
        cursor, found = await redis.hscan(key, cursor=cursor or 0, count=CHUNK)
        yield found


async def replace(redis: RedisClient, key: str, texts: Mapping[str, bytes]) -> None:
    """Write a hash of texts in place of another one, of which nothing is left."""
    fresh = await prepare(redis, key, texts)
    await redis.rename(fresh, key)
    await redis.persist(key)


async def prepare(redis: RedisClient, key: str, texts: Mapping[str, Any]) -> str:
    """Write a hash that is to be renamed to `key`, and return what it is called. It is gone in a while."""
    fresh = f"{key}:staged-{secrets.token_hex(8)}"
    await _fill(redis, fresh, texts)
    return fresh


async def stage_text(redis: RedisClient, key: str, pieces: Iterable[bytes]) -> tuple[str, str]:
    """Write a long text that is to be renamed to `key`; return what it is called so far, and its version."""
    fresh, digest = f"{key}:staged-{secrets.token_hex(8)}", hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
        await redis.append(fresh, piece)
        await redis.expire(fresh, LINGER_S)
    return fresh, digest.hexdigest()[:16]


async def current_version(redis: RedisClient, topic: keys.Topic) -> str | None:
    """Return which generation is the current one."""
    version = await redis.get(keys.current(topic))
    return version.decode() if version else None


async def stage(redis: RedisClient, topic: keys.Topic, version: str, texts: Mapping[str, bytes]) -> None:
    """Write a generation that nobody reads yet. It is gone in a while unless `flip` makes it current."""
    await _fill(redis, keys.generation(topic, version), texts)


async def _fill(redis: RedisClient, key: str, texts: Mapping[str, Any]) -> None:
    """Write piece by piece: all at once it would be in memory twice more, and the loop would stand still."""
    items = iter(texts.items())
    async with redis.pipeline(transaction=False) as pipeline:
        while piece := dict(islice(items, CHUNK)):
            pipeline.hset(key, mapping=piece)
            pipeline.expire(key, LINGER_S)
            await pipeline.execute()


async def stage_all(
    redis: RedisClient, topic: keys.Topic, before: str | None, items: Iterator[tuple[str, bytes]]
) -> tuple[CatalogChanged, str]:
    """Write a generation as it is made, piece by piece; return how it differs from `before`, and its key.

    Its version is known at its end only, so until then it has another key.
    """
    key, digest = keys.generation(topic, f"staged-{secrets.token_hex(8)}"), hashlib.sha256()
    kept = changed = total = 0
    while texts := dict(islice(items, CHUNK)):  # 3 ms: a turn of a thread may take longer
        for id_, text in texts.items():
            digest.update(id_.encode() + b"\0" + text + b"\0")
        async with redis.pipeline(transaction=False) as pipeline:
            pipeline.hmget(keys.generation(topic, before or ""), list(texts))
            pipeline.hset(key, mapping=texts)
            pipeline.expire(key, LINGER_S)
            old, *_ = await pipeline.execute()
        kept += sum(text is not None for text in old)
        changed += sum(was is not None and was != text for was, text in zip(old, texts.values(), strict=True))
        total += len(texts)
    listed = await redis.hlen(keys.generation(topic, before)) if before else 0
    change = CatalogChanged(
        topic=topic,
        version=digest.hexdigest()[:16],
        added=total - kept,
        removed=listed - kept,
        changed=changed,
    )
    return change, key


async def publish(
    redis: RedisClient, change: CatalogChanged, before: str | None, texts: Mapping[str, bytes]
) -> bool:
    """Write a generation whole and make it the current one; False if another worker did so since `before`."""
    async with redis.pipeline(transaction=True) as pipeline:
        await pipeline.watch(keys.current(change.topic))
        if await current_version(redis, change.topic) != before:
            return False
        await stage(redis, change.topic, change.version, texts)
        pipeline.multi()
        flip(pipeline, change, before)
        try:
            await pipeline.execute()
        except WatchError:
            return False  # the next run looks again
    return True


def flip(pipeline: Any, change: CatalogChanged, before: str | None) -> None:
    """Make a staged generation the current one and announce it, within the transaction `pipeline`."""
    pipeline.persist(keys.generation(change.topic, change.version))
    pipeline.set(keys.current(change.topic), change.version)
    if before:
        pipeline.expire(keys.generation(change.topic, before), LINGER_S)
    outbox.add(pipeline, keys.OUTBOX, subjects.CATALOG_CHANGED, change.model_dump_json().encode())


def difference(
    topic: keys.Topic, version: str, old: Mapping[str, bytes], new: Mapping[str, bytes]
) -> CatalogChanged:
    """Count what came, went and changed."""
    return CatalogChanged(
        topic=topic,
        version=version,
        added=len(new.keys() - old.keys()),
        removed=len(old.keys() - new.keys()),
        changed=sum(1 for key in new.keys() & old.keys() if new[key] != old[key]),
    )


async def source_reports(redis: RedisClient) -> tuple[SourceReport, ...]:
    """Return what is known of every source, by name."""
    found = await present(redis, keys.SOURCES)
    return tuple(SourceReport.model_validate(report) for report in found.values())


async def source_report(redis: RedisClient, key: str) -> SourceReport | None:
    """Return what is known of one source."""
    text = await redis.get(key)
    return SourceReport.model_validate_json(text) if text else None


def dump(records: Iterable[Record]) -> bytes:
    """Return records as one JSON list."""
    return b"[" + b",".join(record.model_dump_json().encode() for record in records) + b"]"


def parse(kind: type[Any], text: bytes | None) -> tuple[Any, ...]:
    """Return the records of a JSON list; of nothing, none."""
    return TypeAdapter(tuple[kind, ...]).validate_json(text) if text else ()  # type: ignore[valid-type]
