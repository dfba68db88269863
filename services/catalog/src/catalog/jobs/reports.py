"""Reading a source with a deadline, and saying what came of it, for metrics and `/health/detailed`."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeVar

from chassis.logging import get_logger
from contracts import keys
from contracts.source import SourceReport

from catalog import store
from catalog.errors import SourceError, SourceTimeout
from catalog.jobs.context import Context, elapsed_ms
from catalog.sources.fetch import Fetcher, open_fetcher
from catalog.sources.spec import SourceSpec

log = get_logger("refresh")

T = TypeVar("T")
SLACK_S = 1.0
"""A source that is due within this is read now: jobs come in whole seconds."""


def report_key(spec: SourceSpec, topic: Literal["channels", "events"]) -> str:
    """Return where the report of a source stands."""
    return keys.source(spec.name if topic == "channels" else f"{spec.name}:{topic}")


async def due(context: Context, spec: SourceSpec, key: str) -> bool:
    """Whether it is time to read a source again."""
    report = await store.source_report(context.redis, key)
    if report is None:
        return True
    wait = timedelta(seconds=(spec.refresh or context.settings.refresh_s) - SLACK_S)
    return datetime.now(UTC) - report.checked_at >= wait


async def read(
    context: Context,
    spec: SourceSpec,
    topic: Literal["channels", "events"],
    work: Callable[[Fetcher], Awaitable[tuple[T, int, tuple[str, ...]]]],
) -> T | None:
    """Do `work` within the source's deadline and report on it; None where it failed.

    `work` gives the result, how many things it holds, and what could not be read.
    """
    started = time.monotonic()
    deadline_s = context.settings.source_deadline_s
    try:
        async with asyncio.timeout(deadline_s), open_fetcher(spec) as fetcher:
            result, items, unread = await work(fetcher)
    except TimeoutError:
        error: SourceError = SourceTimeout(spec.name, f"it took longer than {deadline_s:g} s")
    except SourceError as failure:
        error = failure
    else:
        good = {
            "stale": False,
            "reason": None,
            "items": items,
            "unread": unread,
            "refreshed_at": datetime.now(UTC),
        }
        await _write(context, spec, topic, started, good)
        return result
    log.warning("source.failed", source=spec.name, topic=topic, code=error.code, reason=error.reason)
    await _write(context, spec, topic, started, {"stale": True, "reason": error.reason})
    return None


async def _write(
    context: Context,
    spec: SourceSpec,
    topic: Literal["channels", "events"],
    started: float,
    outcome: dict[str, Any],
) -> None:
    key, now = report_key(spec, topic), datetime.now(UTC)
    last = await store.source_report(context.redis, key)
    last = last or SourceReport(name=spec.name, kind=spec.kind, topic=topic, checked_at=now)
    counts = {"refreshes": last.refreshes + 1, "failures": last.failures + bool(outcome["stale"])}
    news = {"kind": spec.kind, "checked_at": now, "took_ms": elapsed_ms(started), **counts, **outcome}
    await context.redis.set(key, last.model_copy(update=news).model_dump_json())
