"""Reading a source with a deadline, and saying what came of it, for metrics and `/health/detailed`."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

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
RETRY_FIRST_S = 5.0
SLACK_S = 1.0
"""A source that is due within this is read now: jobs come in whole seconds."""


def report_key(spec: SourceSpec, topic: keys.Topic) -> str:
    """Return where the report of a source stands."""
    return keys.source(spec.name if topic == "channels" else f"{spec.name}:{topic}")


async def due(context: Context, spec: SourceSpec, key: str, refresh_s: float | None = None) -> bool:
    """Whether it is time to read a source again: every `refresh_s`, else as it or the setting says."""
    report = await store.source_report(context.redis, key)
    if report is None:
        return True
    wait_s = wait_after(report.failures_in_row, refresh_s or spec.refresh or context.settings.refresh_s)
    return datetime.now(UTC) - report.checked_at >= timedelta(seconds=wait_s - SLACK_S)


def wait_after(failures_in_row: int, refresh_s: float) -> float:
    """Return how long to wait: a failed source is tried again soon, then ever later."""
    if not failures_in_row:
        return refresh_s
    return float(min(refresh_s, RETRY_FIRST_S * 2 ** min(failures_in_row - 1, 20)))


async def read(
    context: Context,
    spec: SourceSpec,
    topic: keys.Topic,
    work: Callable[[Fetcher], Awaitable[tuple[T, int, tuple[str, ...]]]],
    deadline_s: float | None = None,
) -> T | None:
    """Do `work` within the source's deadline and report on it; None where it failed.

    `work` gives the result, how many things it holds, and what could not be read. Without a `deadline_s` it
    is the setting's.
    """
    started = time.monotonic()
    deadline_s = deadline_s or context.settings.source_deadline_s
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
    topic: keys.Topic,
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
    await context.redis.set(key, last.model_copy(update=news).model_dump_json())
