"""Background work: named, watched, ended with its owner.

A task that fails is logged and started again with back-off: a loop that died in silence is how a
service serves stale data for a week.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

from chassis.logging import get_logger

log = get_logger("tasks")

BACKOFF_FIRST_S = 0.2
BACKOFF_MOST_S = 15.0
ASK_AGAIN_S = 0.5

_kept: set[asyncio.Task[Any]] = set()


def spawn(work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
    """Start `work` and keep a reference until it ends; its failure is logged, never lost."""
    task = asyncio.get_running_loop().create_task(work, name=name)
    _kept.add(task)
    task.add_done_callback(_finished)
    return task


def _finished(task: asyncio.Task[Any]) -> None:
    _kept.discard(task)
    if not task.cancelled() and (error := task.exception()):
        log.error("task.failed", task=task.get_name(), exc_info=error)


@contextlib.asynccontextmanager
async def background(run: Callable[[], Awaitable[None]], name: str) -> AsyncIterator[None]:
    """Keep `run` going while the context is open. It may return (and is then done) or loop for ever."""
    task = spawn(_keep_going(run, name), name)
    try:
        yield
    finally:
        await _end(task)


async def _end(task: asyncio.Task[Any]) -> None:
    """Cancel until it has ended: until Python 3.12, `wait_for` loses a cancel that comes with its result."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=ASK_AGAIN_S)


async def _keep_going(run: Callable[[], Awaitable[None]], name: str) -> None:
    wait_s = BACKOFF_FIRST_S
    while True:
        started = time.monotonic()
        try:
            return await run()
        except Exception as error:  # noqa: BLE001  (the one place besides the HTTP edge)
            if time.monotonic() - started > BACKOFF_MOST_S:
                wait_s = BACKOFF_FIRST_S  # it did well for a while: this is a new fault
            log.warning("task.restarted", task=name, error=repr(error), wait_s=round(wait_s, 1))
        await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))  # noqa: S311
        wait_s = min(wait_s * 2, BACKOFF_MOST_S)


async def every(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` now and then every `seconds`, for ever."""
    while True:
        await work()
        await asyncio.sleep(seconds)
