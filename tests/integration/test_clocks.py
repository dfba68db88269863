"""Events begin while clocks are killed. `make bench-clocks` does it for minutes, and looks at the time."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import nats
import redis
from contracts import keys, subjects
from contracts.event import Event, EventState
from contracts.messages import EventStateChanged
from nats.js import JetStreamContext
from support.realtime import write_generation

STARTS = 12
EVERY = timedelta(milliseconds=700)
KILLED_AT = (2, 5, 8)
"""After so many starts the clock that carries the news is killed."""


@contextlib.contextmanager
def clock(redis_url: str, nats_url: str, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a clock as operators do."""
    environment = {**os.environ, "REDIS_URL": redis_url, "NATS_URL": nats_url, "NODE_NAME": name}
    process = subprocess.Popen([sys.executable, "-m", "catalog", "clock"], env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def events(first: datetime) -> list[Event]:
    starts = [first + EVERY * number for number in range(STARTS)]
    return [
        Event(id=f"e{number}", title=f"Match {number}", category="Soccer", starts_at=starts_at,
              ends_at=starts_at + timedelta(hours=2))
        for number, starts_at in enumerate(starts)
    ]  # fmt: skip


async def starts(stream: JetStreamContext, victims: list[subprocess.Popen[bytes]]) -> list[str]:
    """Return which starts were told, until each was; on the way, kill a clock now and then."""
    heard: list[str] = []
    told = await stream.subscribe(subjects.EVENT_STATE, ordered_consumer=True)
    async for message in told.messages:
        change = EventStateChanged.model_validate_json(message.data)
        assert change.state is EventState.LIVE
        heard.append(change.event.id)
        if len(heard) in KILLED_AT and victims:
            victims.pop().send_signal(signal.SIGKILL)
        if len({*heard}) == STARTS:
            break
    return heard


async def test_every_start_is_told_once_though_clocks_are_killed(redis_url: str, nats_url: str) -> None:
    """Four clocks, of which three are killed in mid-work, each after it had something to tell."""
    with contextlib.ExitStack() as stack:
        clocks = [
            stack.enter_context(clock(redis_url, nats_url, f"clock-{number}"))
            for number in range(len(KILLED_AT) + 1)
        ]
        async with asyncio.timeout(120):
            with redis.Redis.from_url(redis_url) as store:
                while sum(1 for _ in store.scan_iter(match=keys.NODES)) < len(clocks):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            due = events(datetime.now(UTC) + timedelta(seconds=1))
            write_generation(redis_url, "events", "v1", *due)
            client = await nats.connect(nats_url)
            heard = await starts(client.jetstream(), clocks[1:])
            await client.close()
    assert sorted(heard) == sorted(event.id for event in due)
