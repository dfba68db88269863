"""The event clock: announces that an event began or ended, each once, whoever's clock struck.

It is driven by time alone. What was announced stands in Redis; the step from one state to the next is
written in the transaction that queues its announcement, and only if nobody wrote in between: of two
clocks that strike at once, one writes.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from chassis import outbox
from chassis.logging import get_logger
from contracts import keys, subjects
from contracts.event import Event, EventState
from contracts.messages import EventStateChanged
from redis.exceptions import WatchError

from catalog import events, store
from catalog.jobs.context import Context

log = get_logger("clock")


async def strike(context: Context, now: datetime | None = None) -> tuple[events.Change, ...]:
    """Announce what changed up to `now`; return what was written by this clock."""
    moment = now or datetime.now(UTC)
    await _load(context)
    async with context.redis.pipeline(transaction=True) as pipeline:
        await pipeline.watch(keys.EVENT_STATES)
        announced = {
            key.decode(): state.decode() for key, state in (await pipeline.hgetall(keys.EVENT_STATES)).items()
        }
        found = events.changes(context.events, announced, moment)
        over = forgotten(context.events, announced)
        if not found and not over:
            return ()
        pipeline.multi()
        if over:
            pipeline.hdel(keys.EVENT_STATES, *over)
        for change in found:
            pipeline.hset(keys.EVENT_STATES, change.event.id, change.state)
            if change.announced:
                _announce(pipeline, change)
        try:
            await pipeline.execute()
        except WatchError:
            return ()  # the other clock was faster; what it left, the next second finds
    for change in found:
        if change.announced:
            log.info("event.changed", id=change.event.id, title=change.event.title, state=change.state)
    return found


def forgotten(listed: Collection[Event], announced: Mapping[str, str]) -> list[str]:
    """Return what nobody needs to remember of events that are listed no more.

    Of one that was live it is remembered that this was told: it may come back. Without any event, all may.
    """
    gone = announced.keys() - {event.id for event in listed} if listed else set()
    return [id_ for id_ in gone if announced[id_] != EventState.LIVE]


def _announce(pipeline: Any, change: events.Change) -> None:
    """Queue the news under an id that another clock would give it, too.

    A Redis that comes back without its last second has the clock strike again, and nobody is to hear that. An
    event that was put off has other times: that it begins, after all, is news.
    """
    event = change.event
    payload = EventStateChanged(event=event, state=change.state).model_dump_json().encode()
    times = f"{event.starts_at.timestamp():.0f}:{event.ends_at.timestamp():.0f}"
    message_id = f"event:{event.id}:{change.state}:{times}"
    outbox.add(pipeline, keys.OUTBOX, subjects.EVENT_STATE, payload, message_id)


async def _load(context: Context) -> None:
    """Fetch the events if there are others."""
    version = await store.current_version(context.redis, "events")
    if version and version != context.events_version:
        texts = await store.load(context.redis, "events", version)
        context.events = tuple(Event.model_validate_json(text) for text in texts.values())
        context.events_version = version
