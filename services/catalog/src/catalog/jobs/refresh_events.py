"""Refresh the events: read the schedules that are due, link their channels, publish.

Schedules are away for days at a time; then the events known so far run their course. A new day's schedule
replaces the old one, but for what is still on. Matches that guides name come after them: of one that a
schedule has as well, its words count, and the channels of both.
"""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial

import orjson
from chassis.logging import get_logger
from contracts import keys
from contracts.event import Event
from contracts.messages import CatalogChanged

from catalog import events, store
from catalog.errors import SourceSuspicious, SourceUnreadable
from catalog.jobs import refresh_guide, reports
from catalog.jobs.context import Context
from catalog.leases import lease
from catalog.sources import open_schedule
from catalog.sources.base import Fixture, Schedule
from catalog.sources.fetch import Fetcher, Known
from catalog.sources.spec import WITH_EVENTS, SourceSpec

log = get_logger("refresh")

DEADLINE_S = 120
FEW, KEEPS_AT_LEAST = 4, 0.5
"""As for channels: of a schedule with more than a few events to come, at least half have to stay."""


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
    return [spec for spec in context.specs() if spec.kind in WITH_EVENTS]


async def _refresh(context: Context, spec: SourceSpec) -> None:
    if await reports.due(context, spec, reports.report_key(spec, "events")):
        await reports.read(context, spec, "events", partial(_read, context, spec))


async def _read(
    context: Context, spec: SourceSpec, fetcher: Fetcher, last: Known
) -> tuple[int, tuple[str, ...]]:
    source = open_schedule(spec, fetcher)
    if source is None:
        raise SourceUnreadable(spec.name, "this kind of source has no schedule")
    schedule, now = await source.schedule(), datetime.now(UTC)
    known = await _fixtures(context, spec)
    _check(spec, schedule, known if last.items else (), now)
    kept = events.carried_over(known, schedule.fixtures, now)
    await reports.keep(context, spec, "events", fetcher, [store.dump(kept)], len(schedule.fixtures))
    return len(schedule.fixtures), schedule.unread


def _check(spec: SourceSpec, schedule: Schedule, known: Iterable[Fixture], now: datetime) -> None:
    """Refuse a schedule that lost what is still to come. A calendar may be empty when its season is over."""
    coming = sum(fixture.starts_at > now for fixture in schedule.fixtures)
    before = sum(fixture.starts_at > now for fixture in known)
    if not schedule.fixtures and (spec.kind == "daddylive" or schedule.unread):
        raise SourceUnreadable(spec.name, "the schedule has no event that can be read")
    if before > FEW and coming < before * KEEPS_AT_LEAST:
        raise SourceSuspicious(spec.name, coming, before, "coming events")


async def _fixtures(context: Context, spec: SourceSpec) -> tuple[Fixture, ...]:
    return store.parse(Fixture, await context.redis.get(_key(spec)))


def _key(spec: SourceSpec) -> str:
    return keys.records(reports.topic_name(spec, "events"))


async def publish(context: Context) -> CatalogChanged | None:
    """Make the events of all last good schedules current, if they are others than the current ones."""
    redis, now = context.redis, datetime.now(UTC)
    made_of = await _made_of(context, now)
    before = await store.current_version(redis, "events")
    if before and made_of == context.events_made_of:
        return None
    old = await store.load(redis, "events", before) if before else {}
    known = [Event.model_validate_json(text) for text in old.values()]
    fixtures = [fixture for spec in scheduled(context) for fixture in await _fixtures(context, spec)]
    fixtures += await refresh_guide.matches(context)
    built = events.build(
        fixtures, await _directory(context) if fixtures else events.Directory({}, {}), now, known
    )
    texts = {event.id: event.model_dump_json().encode() for event in built}
    version = store.version_of({event.id: _without_state(event) for event in built})
    change = None if version == before else await _flip(context, version, before, old, texts)
    context.events_made_of = made_of
    return change


async def _made_of(context: Context, now: datetime) -> str:
    """Return what events made now would be made of. The minute is in it, since old events leave."""
    names = [keys.reading(reports.topic_name(spec, "events")) for spec in scheduled(context)]
    found = await context.redis.mget([keys.current("channels"), *names])
    return f"{now:%H:%M} {found} {await refresh_guide.made_of(context)}"


async def _flip(
    context: Context, version: str, before: str | None, old: dict[str, bytes], texts: dict[str, bytes]
) -> CatalogChanged | None:
    change = store.difference("events", version, _stateless(old), _stateless(texts))
    if not await store.publish(context.redis, change, before, texts):
        return None
    log.info("events.published", events=len(texts), version=version)
    return change


def _without_state(event: Event) -> bytes:
    """Return what makes an event another one: its state is a matter of the clock alone."""
    return event.model_dump_json(exclude={"state"}).encode()


def _stateless(texts: dict[str, bytes]) -> dict[str, bytes]:
    return {key: _without_state(Event.model_validate_json(text)) for key, text in texts.items()}


async def _directory(context: Context) -> events.Directory:
    """Return where channels are looked up; made anew only for another list."""
    version = await store.current_version(context.redis, "channels")
    if context.directory is None or version != context.directory_version:
        key = keys.generation("channels", version or "")
        channels = [
            (id_.decode(), str(orjson.loads(text)["name"]))
            async for id_, text in context.redis.hscan_iter(key, count=1000)
        ]
        own = tuple(f"{spec.name}:" for spec in scheduled(context))
        identities = [
            (identity, id_.decode())
            async for told, id_ in context.redis.hscan_iter(keys.IDENTITIES, count=1000)
            if (identity := told.decode()).startswith(own)
        ]
        context.directory = await asyncio.to_thread(events.Directory.named, channels, identities)
        context.directory_version = version
    return context.directory
