"""Reading a source with a deadline, and saying what came of it, for metrics and `/health/detailed`.

A source is due after its interval; sooner when it failed, when its settings are others than those it was read
under, or when somebody asked (`iptv refresh`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from chassis.logging import get_logger
from chassis.redis import RedisClient
from contracts import keys
from contracts.keys import Topic
from contracts.source import SourceReport
from redis.exceptions import RedisError

from catalog import store
from catalog.errors import SourceError, SourceTimeout, SourceUnreadable
from catalog.jobs.context import Context, elapsed_ms
from catalog.sources import guide_address
from catalog.sources.fetch import Fetcher, Known, Unchanged, open_fetcher
from catalog.sources.spec import WITH_CHANNELS, WITH_EVENTS, SourceSpec

log = get_logger("refresh")

ANYWAY = b"anyway"
"""Asked for, and to be taken even if most of it is gone."""
Part = Literal["held", "matches", "names"]
"""What stands beside the records of a guide."""
RETRY_FIRST_S = 5.0
SLACK_S = 1.0
"""A source that is due within this is read now: jobs come in whole seconds."""


def topics(spec: SourceSpec) -> tuple[Topic, ...]:
    """Return what is read of a source."""
    having: dict[Topic, bool] = {
        "channels": spec.kind in WITH_CHANNELS,
        "events": spec.kind in WITH_EVENTS,
        "guide": guide_address(spec) is not None,
    }
    return tuple(topic for topic, has in having.items() if has)


def topic_name(spec: SourceSpec, topic: Topic) -> str:
    """Return what a source's reading of one kind is called in keys."""
    return spec.name if topic == "channels" else f"{spec.name}:{topic}"


def part_key(name: str, part: Part) -> str:
    """Return where something stands that belongs to the records of a reading called `name`."""
    return keys.records(f"{name}:{part}")


def report_key(spec: SourceSpec, topic: Topic) -> str:
    """Return where the report of a source stands."""
    return keys.source(topic_name(spec, topic))


async def due(context: Context, spec: SourceSpec, key: str, refresh_s: float | None = None) -> bool:
    """Whether it is time to read a source again: every `refresh_s`, else as it or the setting says."""
    report = await store.source_report(context.redis, key)
    if report is None or await context.redis.hexists(keys.ASKED, key):
        return True
    settings = await context.redis.hget(keys.SETTINGS_READ, key)
    if settings and settings.decode() != spec.fingerprint():
        return True
    wait_s = wait_after(report.failures_in_row, refresh_s or spec.refresh or context.settings.refresh_s)
    return datetime.now(UTC) - report.checked_at >= timedelta(seconds=wait_s - SLACK_S)


async def ask(redis: RedisClient, spec: SourceSpec, topic: Topic, *, anyway: bool) -> None:
    """Have a source read as soon as a worker can."""
    await redis.hset(keys.ASKED, report_key(spec, topic), ANYWAY if anyway else b"now")


async def known(redis: RedisClient, spec: SourceSpec, topic: Topic) -> Known:
    """Return what is known of the last good reading; of one under other settings, nothing but its version."""
    text = await redis.get(keys.reading(topic_name(spec, topic)))
    found = Known.model_validate_json(text) if text else Known()
    return found if found.fingerprint == spec.fingerprint() else Known(version=found.version)


async def keep(
    context: Context, spec: SourceSpec, topic: Topic, fetcher: Fetcher, records: Iterable[bytes], items: int
) -> None:
    """Write down what a good reading gave, piece by piece, with what says when it is another."""
    name = topic_name(spec, topic)
    staged, version = await store.stage_text(context.redis, keys.records(name), records)
    facts = {
        "fingerprint": spec.fingerprint(),
        "day": _today(),
        "version": version,
        "items": items,
    }
    async with context.redis.pipeline(transaction=True) as pipeline:
        pipeline.rename(staged, keys.records(name))
        pipeline.persist(keys.records(name))
        pipeline.set(keys.reading(name), fetcher.seen.model_copy(update=facts).model_dump_json())
        await pipeline.execute()


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def wait_after(failures_in_row: int, refresh_s: float) -> float:
    """Return how long to wait: a failed source is tried again soon, then ever later."""
    if not failures_in_row:
        return refresh_s
    return float(min(refresh_s, RETRY_FIRST_S * 2 ** min(failures_in_row - 1, 20)))


async def read(
    context: Context,
    spec: SourceSpec,
    topic: Topic,
    work: Callable[[Fetcher, Known], Awaitable[tuple[int, tuple[str, ...]]]],
    deadline_s: float | None = None,
) -> bool:
    """Do `work` within the source's deadline and report on it; say whether it gave something new.

    `work` is given what is known of the last good reading, writes down what it read, and returns how many
    things that are, and what could not be read. Without a `deadline_s` it is the setting's.
    """
    started, key = time.monotonic(), report_key(spec, topic)
    deadline_s = deadline_s or context.settings.source_deadline_s
    asked = await context.redis.hget(keys.ASKED, key)
    await context.redis.hset(keys.SETTINGS_READ, key, spec.fingerprint())
    last = await known(context.redis, spec, topic)
    if asked == ANYWAY:
        last = last.model_copy(update={"items": 0})
    same = last if not asked and last.day == _today() else None
    outcome: dict[str, Any] = {"stale": False, "reason": None, "refreshed_at": datetime.now(UTC)}
    try:
        async with asyncio.timeout(deadline_s), open_fetcher(spec, same) as fetcher:
            items, unread = await work(fetcher, last)
        outcome |= {"items": items, "unread": unread}
    except Unchanged:
        pass
    except RedisError:
        raise
    except Exception as failure:  # noqa: BLE001  (whatever one source sends, the others are read)
        error = _in_words(spec, failure, deadline_s)
        log.warning("source.failed", source=spec.name, topic=topic, code=error.code, reason=error.reason)
        outcome = {"stale": True, "reason": error.reason}
    finally:
        if asked:
            await context.redis.hdel(keys.ASKED, key)
    await _write(context, spec, topic, started, outcome)
    return "items" in outcome


def _in_words(spec: SourceSpec, failure: Exception, deadline_s: float) -> SourceError:
    """Return what went wrong, to be told. What nobody foresaw is a fault of ours, and logged as one."""
    if isinstance(failure, SourceError):
        return failure
    if isinstance(failure, TimeoutError):
        return SourceTimeout(spec.name, f"it took longer than {deadline_s:g} s")
    log.error("source.broke_reading", source=spec.name, exc_info=failure)
    return SourceUnreadable(spec.name, f"what it sent broke the reading of it: {type(failure).__name__}")


async def _write(
    context: Context,
    spec: SourceSpec,
    topic: Topic,
    started: float,
    outcome: dict[str, Any],
) -> None:
    key, now = report_key(spec, topic), datetime.now(UTC)
    last = await store.source_report(context.redis, key)
    last = last or SourceReport(name=spec.name, kind=spec.kind, topic=topic, checked_at=now)
    failed = bool(outcome["stale"])
    counts = {
        "refreshes": last.refreshes + 1,
        "failures": last.failures + failed,
        "failures_in_row": last.failures_in_row + 1 if failed else 0,
    }
    news = {"kind": spec.kind, "checked_at": now, "took_ms": elapsed_ms(started), **counts, **outcome}
    async with context.redis.pipeline(transaction=True) as pipeline:
        pipeline.set(key, last.model_copy(update=news).model_dump_json())
        pipeline.hset(keys.SETTINGS_READ, key, spec.fingerprint())  # again: see `prune`
        await pipeline.execute()


CONFIGURATION = keys.source("sources:configuration")


async def configuration(context: Context) -> None:
    """Say in `/health/detailed` that the file of sources is broken and the one before still holds."""
    specs, fault = context.specs(), context.fault
    if fault == context.fault_told:
        return
    if fault:
        report = SourceReport(
            name="sources",
            kind="file",
            topic="configuration",
            stale=True,
            reason=fault,
            items=len(specs),
            checked_at=datetime.now(UTC),
        )
        await context.redis.set(CONFIGURATION, report.model_dump_json())
    else:
        await context.redis.delete(CONFIGURATION)
    context.fault_told = fault


async def prune(context: Context) -> None:
    """Forget what nobody reads any more: of a source that is gone, or that has no guide any more.

    Whatever was read is in `SETTINGS_READ`, also where a reading ended after its source had gone.
    """
    wanted = {topic_name(spec, topic) for spec in context.specs() for topic in topics(spec)}
    if not wanted:
        return
    redis = context.redis
    if asked := await _names(redis, keys.ASKED) - wanted:
        await redis.hdel(keys.ASKED, *map(keys.source, asked))
    for name in await _names(redis, keys.SETTINGS_READ) - wanted:
        await _forget(redis, name)
        log.info("source.forgotten", source=name)


async def _names(redis: RedisClient, hash_: str) -> set[str]:
    return {key.decode().removeprefix(keys.source("")) for key in await redis.hkeys(hash_)}


async def _forget(redis: RedisClient, name: str) -> None:
    """Leave nothing of a reading. Of a large guide that is much: Redis frees it beside its work."""
    parts = (part_key(name, part) for part in get_args(Part))
    async with redis.pipeline(transaction=True) as pipeline:
        pipeline.unlink(keys.source(name), keys.reading(name), keys.records(name), *parts)
        pipeline.hdel(keys.SETTINGS_READ, keys.source(name))
        await pipeline.execute()
