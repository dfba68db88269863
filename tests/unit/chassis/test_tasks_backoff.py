"""How long a task that failed waits before it is started again."""

import asyncio
import random

import pytest
from chassis import tasks
from structlog.testing import capture_logs


async def test_a_task_that_did_well_for_a_while_starts_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits grow while it fails at once; an hour's good work makes the next fault a new one."""
    monkeypatch.setattr(tasks, "BACKOFF_MOST_S", 0.05)
    monkeypatch.setattr(tasks, "BACKOFF_FIRST_S", 0.001)
    monkeypatch.setattr(random, "uniform", lambda _low, _high: 0.0)
    monkeypatch.setattr(tasks, "round", lambda wait_s, _digits: wait_s, raising=False)
    lasts_s = iter([0.0, 0.0, 0.0, 0.1, 0.0])
    done = asyncio.Event()

    async def work() -> None:
        lasted_s = next(lasts_s, None)
        if lasted_s is None:
            done.set()
            return
        await asyncio.sleep(lasted_s)
        raise ConnectionError

    with capture_logs() as lines:
        async with tasks.background(work, "work"):
            await done.wait()
    assert [line["wait_s"] for line in lines] == [0.001, 0.002, 0.004, 0.001, 0.002]
