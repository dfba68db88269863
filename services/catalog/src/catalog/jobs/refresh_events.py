"""Refresh the events: read the schedules that are due, link their channels, publish.

Schedules are away for days at a time; then the events known so far run their course. A new day's schedule
replaces the old one, but for what is still on.
"""

import asyncio
from datetime import UTC, datetime

from chassis.logging import get_logger
from contracts import keys
from contracts.channel import Channel
from contracts.event import Event
from contracts.messages import CatalogChanged
from redis.exceptions import WatchError

from catalog import events, store
from catalog.errors import SourceUnreadable
from catalog.jobs import reports
from catalog.jobs.context import Context
from catalog.leases import lease
from catalog.sources import open_schedule
from catalog.sources.base import Fixture
from catalog.sources.fetch import Fetcher
from catalog.sources.spec import SourceSpec

log = get_logger("refresh")

DEADLINE_S = 120


async def refresh_events(context: Context) -> None:
    """Read what is due, then publish."""
    async with lease(context.redis, "refresh_events", DEADLINE_S) as ours:
        if ours:
            async with asyncio.TaskGroup() as group:
                for spec in scheduled(context):
                    group.create_task(_refresh(context, spec))
            await publish(context)


def scheduled(context: Context) -> list[SourceSpec]:
    """Return the sources that have a schedule."""
    return [spec for spec in context.specs() if spec.kind == "daddylive"]


async def _refresh(context: Context, spec: SourceSpec) -> None:
    if not await reports.due(context, spec, reports.report_key(spec, "events")):
        return
    fixtures = await reports.read(context, spec, "events", lambda fetcher: _read(spec, fetcher))
    if fixtures is not None:
        known = await _fixtures(context, spec)
        kept = events.carried_over(known, fixtures, datetime.now(UTC))
        await context.redis.set(_key(spec), store.dump(kept))


async def _read(spec: SourceSpec, fetcher: Fetcher) -> tuple[tuple[Fixture, ...], int, tuple[str, ...]]:
    source = open_schedule(spec, fetcher)
    if source is None:
        raise SourceUnreadable(spec.name, "this kind of source has no schedule")
    schedule = await source.schedule()
    if not schedule.fixtures:
        raise SourceUnreadable(spec.name, "the schedule has no event that can be read")
    return schedule.fixtures, len(schedule.fixtures), schedule.unread


async def _fixtures(context: Context, spec: SourceSpec) -> tuple[Fixture, ...]:
    return store.parse(Fixture, await context.redis.get(_key(spec)))


def _key(spec: SourceSpec) -> str:
    return keys.records(f"{spec.name}:events")


async def publish(context: Context) -> CatalogChanged | None:
    """Make the events of all last good schedules current, if they are others than the current ones."""
    redis, now = context.redis, datetime.now(UTC)
    fixtures = [fixture for spec in scheduled(context) for fixture in await _fixtures(context, spec)]
    built = events.build(fixtures, await _directory(context), now)
    texts = {event.id: event.model_dump_json().encode() for event in built}
    version = store.version_of({event.id: _without_state(event) for event in built})
    async with redis.pipeline(transaction=True) as pipeline:
        await pipeline.watch(keys.current("events"))
        before = await store.current_version(redis, "events")
        if version == before:
            return None
        old = await store.load(redis, "events", before) if before else {}
        change = store.difference("events", version, _stateless(old), _stateless(texts))
        await store.stage(redis, "events", version, texts)
        pipeline.multi()
        store.flip(pipeline, change, before)
        try:
            await pipeline.execute()
        except WatchError:
            return None  # another worker was faster; the next run looks again
    log.info("events.published", events=len(texts), version=version)
    return change


def _without_state(event: Event) -> bytes:
    """Return what makes an event another one: its state is a matter of the clock alone."""
    return event.model_dump_json(exclude={"state"}).encode()


def _stateless(texts: dict[str, bytes]) -> dict[str, bytes]:
    return {key: _without_state(Event.model_validate_json(text)) for key, text in texts.items()}


async def _directory(context: Context) -> events.Directory:
    version = await store.current_version(context.redis, "channels")
    texts = await store.load(context.redis, "channels", version) if version else {}
    identities = await context.redis.hgetall(keys.IDENTITIES)
    return events.Directory.of(
        (Channel.model_validate_json(text) for text in texts.values()),
        {key.decode(): value.decode() for key, value in identities.items()},
    )
