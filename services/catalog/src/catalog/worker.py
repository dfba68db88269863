"""The arq workers: the general one, and one for the clock alone.

Guards, each against a trap: jobs are JSON and not pickle (whoever can write to Redis must not be able to
run code here); results are not kept (a kept one blocks its job's id); the clock has a worker of its own
with short timeouts (a worker that is killed in mid-job blocks that job for the longest timeout). A job's
id holds the second it is for, so that any number of workers run it once.

Redis may come later than we do, or go and come again: the worker waits for it, and says so once.
"""

import asyncio
import contextlib
import functools
import gc
import signal
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, cast

import httpx
import orjson
from arq import Worker, cron
from arq.connections import ArqRedis
from arq.cron import CronJob
from arq.typing import WorkerCoroutine
from arq.worker import func
from chassis import registry, requests
from chassis.following import own_headers
from chassis.logging import get_logger, setup_logging
from chassis.redis import RedisClient, connect_redis
from chassis.tasks import background
from contracts import keys
from redis.exceptions import RedisError

from catalog import relay, tokens
from catalog.jobs import clock, failures, probe, refresh_channels, refresh_events, refresh_guide, reports
from catalog.jobs.context import Context
from catalog.settings import Settings

log = get_logger("worker")

REFRESH_NOW = "refresh_now"
"""What the command line asks for."""
NAMED: dict[str, list[Callable[..., Any]]] = {"request": [requests.outgoing]}
WAIT_S = 1.0
EVERY_SECOND = set(range(60))


def counted(work: WorkerCoroutine, name: str) -> WorkerCoroutine:
    """Have each run of a job logged under an id of its own, and counted for all to see."""

    @functools.wraps(work)
    async def run(ctx: dict[str, Any], *arguments: Any, **options: Any) -> None:
        requests.begin()
        started, outcome = time.monotonic(), "failed"
        try:
            await work(ctx, *arguments, **options)
            outcome = "ok"
        finally:
            await _count(ctx["context"].redis, name, outcome, time.monotonic() - started)

    return cast("WorkerCoroutine", run)


async def _count(redis: RedisClient, name: str, outcome: str, took_s: float) -> None:
    with contextlib.suppress(RedisError):
        async with redis.pipeline(transaction=False) as pipeline:
            pipeline.hincrby(keys.JOBS, f"{name}:{outcome}", 1)
            pipeline.hincrby(keys.JOBS, f"{name}:ms", round(took_s * 1000))
            await pipeline.execute()


async def refresh_channels_job(ctx: dict[str, Any]) -> None:
    """Refresh the channels that are due; the events follow, since they name channels."""
    await refresh_channels.refresh_channels(ctx["context"])
    await refresh_events.refresh_events(ctx["context"])


async def refresh_guide_job(ctx: dict[str, Any]) -> None:
    """Refresh the guide that is due."""
    await refresh_guide.refresh_guide(ctx["context"])


async def refresh_now(ctx: dict[str, Any], names: list[str], anyway: bool) -> None:  # noqa: FBT001  (as asked)
    """Read some sources, or all, now: whoever is at it already, or the next to come, does it."""
    context: Context = ctx["context"]
    for spec in context.specs():
        if not names or spec.name in names:
            for topic in reports.topics(spec):
                await reports.ask(context.redis, spec, topic, anyway=anyway)
    await refresh_channels_job(ctx)


async def probe_job(ctx: dict[str, Any]) -> None:
    """Probe channels."""
    await probe.probe(ctx["context"])


async def clock_job(ctx: dict[str, Any]) -> None:
    """Strike the event clock."""
    await clock.strike(ctx["context"])


ASKED = func(counted(refresh_now, REFRESH_NOW), name=REFRESH_NOW, keep_result=0)


@dataclass(frozen=True)
class Role:
    """What a worker is for."""

    name: str
    queue: str
    jobs: Callable[[Settings], list[CronJob]]
    timeout_s: int
    poll_s: float
    listens: bool = False
    """Whether it hears of failures between its jobs, and does what it is asked for."""


def general_jobs(settings: Settings) -> list[CronJob]:
    """Return the jobs of the general worker: often enough that a source's own interval is kept."""
    step = int(min(max(settings.refresh_s / 2, 1), 5))
    return [
        cron(
            counted(refresh_channels_job, "refresh"),
            name="refresh",
            second=set(range(0, 60, step)),
            timeout=180,
            run_at_startup=True,
        ),
        cron(
            counted(refresh_guide_job, "guide"),
            name="guide",
            second=set(range(0, 60, step)),
            timeout=refresh_guide.LEASE_S,
            run_at_startup=True,
        ),
        cron(
            counted(probe_job, "probe"),
            name="probe",
            second=set(range(0, 60, settings.probe_s)),
            timeout=30,
        ),
    ]


def clock_jobs(_: Settings) -> list[CronJob]:
    """Return the clock's one job, each second."""
    return [cron(counted(clock_job, "clock"), name="clock", second=EVERY_SECOND, microsecond=0, timeout=2)]


GENERAL = Role("worker", "iptv:jobs", general_jobs, timeout_s=180, poll_s=0.5, listens=True)
CLOCK = Role("clock", "iptv:clock", clock_jobs, timeout_s=2, poll_s=0.1)


def run(role: Role, settings: Settings) -> None:
    """Work until told to stop."""
    setup_logging(settings.log_format, settings.log_level)
    log.info("worker.started", role=role.name, node=settings.node_name)
    rest_the_collector()
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner() as runner:
        runner.run(_until_told(role, settings))
    log.info("worker.stopped", role=role.name, node=settings.node_name)


def rest_the_collector() -> None:
    """Have the garbage collector look less often: a list of 100,000 makes a million objects and no cycle."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 50, 50)


async def _until_told(role: Role, settings: Settings) -> None:
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for told in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(told, task.cancel)  # type: ignore[union-attr]
    with contextlib.suppress(asyncio.CancelledError):
        await work(role, settings)


async def work(role: Role, settings: Settings) -> None:
    """Work for ever; where Redis goes away, wait for it and work on."""
    async with connect_redis(settings.redis_url) as redis, _context(role, settings, redis) as context:
        while True:
            await _redis_there(redis)
            worker = make_worker(role, settings, redis, {"context": context})
            try:
                await worker.async_run()
            except (RedisError, OSError) as error:
                log.warning("redis.lost", error=repr(error))
            finally:
                await _leave(worker)


def make_worker(role: Role, settings: Settings, redis: RedisClient, ctx: dict[str, Any]) -> Worker:
    """Return an arq worker on our own connection."""
    pool = jobs_of(redis, role.queue)
    return Worker(
        functions=[ASKED] if role.listens else [],
        cron_jobs=role.jobs(settings),
        redis_pool=pool,
        queue_name=role.queue,
        handle_signals=False,
        job_timeout=role.timeout_s,
        keep_result=0,
        max_tries=1,
        retry_jobs=False,
        poll_delay=role.poll_s,
        job_serializer=orjson.dumps,
        job_deserializer=orjson.loads,
        log_results=False,
        ctx=ctx,
    )


def jobs_of(redis: RedisClient, queue: str) -> ArqRedis:
    """Return a queue of jobs on a connection of ours."""
    return ArqRedis(
        redis.connection_pool,
        job_serializer=orjson.dumps,
        job_deserializer=orjson.loads,
        default_queue_name=queue,
    )


async def _leave(worker: Worker) -> None:
    """End what still runs. The connection is ours and stays."""
    for task in worker.tasks.values():
        task.cancel()
    await asyncio.gather(*worker.tasks.values(), return_exceptions=True)


async def _redis_there(redis: RedisClient) -> None:
    """Return once Redis answers; say once that it doesn't."""
    said = False
    while True:
        try:
            await redis.ping()
        except (RedisError, OSError) as error:
            if not said:
                log.warning("redis.awaited", error=repr(error))
            said = True
            await asyncio.sleep(WAIT_S)
        else:
            return


@contextlib.asynccontextmanager
async def _context(role: Role, settings: Settings, redis: RedisClient) -> AsyncIterator[Context]:
    """Open what the jobs need, and what runs beside them."""
    async with contextlib.AsyncExitStack() as stack:
        # A look comes as a viewer does, so it needs a token where viewers do: Redis has it.
        await _redis_there(redis)
        headers = await own_headers(redis, keys.TOKEN_OWN)
        streamers = [
            await stack.enter_async_context(streamer_client(address, headers))
            for address in settings.streamers
        ]
        context = Context(settings, redis, tuple(streamers))

        async def describe() -> dict[str, Any]:
            told = {"role": role.name, "sources": len(context.specs())}
            return {**told, "sources_fault": context.fault} if context.fault else told

        async def announce() -> None:
            key = keys.node(role.name, settings.node_name)
            await registry.announce(redis, key, describe, mark=settings.alive_file)

        async def carry() -> None:
            await relay.run(redis, settings.nats_url, settings.nats_replicas)

        async def listen() -> None:
            await failures.listen(context, settings.nats_url)

        await stack.enter_async_context(background(announce, "registry"))
        await stack.enter_async_context(background(carry, "relay"))
        if role.listens:
            for work, name in (
                (lambda: tokens.keep_copy(redis, settings.data_dir), "tokens' copy"),
                (lambda: tokens.keep_own(redis, headers), "own token"),
            ):
                await stack.enter_async_context(background(work, name))
        if role.listens and streamers:
            await stack.enter_async_context(background(listen, "failures"))
        yield context


def streamer_client(address: str, headers: dict[str, str]) -> httpx.AsyncClient:
    """Return a client of one streamer, over a socket or a port."""
    if address.startswith("unix:"):
        transport = httpx.AsyncHTTPTransport(uds=address.removeprefix("unix:"))
        return httpx.AsyncClient(
            transport=transport,
            base_url="http://streamer",
            headers=headers,
            trust_env=False,
            event_hooks=NAMED,
        )
    return httpx.AsyncClient(base_url=address, headers=headers, trust_env=False, event_hooks=NAMED)
