"""The event clock: announces that an event began or ended, each once, whoever's clock struck.

It is driven by time alone. What was announced stands in Redis; the step from one state to the next is
written in the transaction that queues its announcement, and only if nobody wrote in between: of two
clocks that strike at once, one writes.
"""

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
        forgotten = announced.keys() - {event.id for event in context.events} if context.events else set()
        over = [id_ for id_ in forgotten if announced[id_] == EventState.ENDED]
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


def _announce(pipeline: Any, change: events.Change) -> None:
    message = EventStateChanged(event=change.event, state=change.state)
    message_id = f"event:{change.event.id}:{change.state}"
    outbox.add(pipeline, keys.OUTBOX, subjects.EVENT_STATE, message_id, message.model_dump_json().encode())


async def _load(context: Context) -> None:
    """Fetch the events if there are others."""
    version = await store.current_version(context.redis, "events")
    if version and version != context.events_version:
        texts = await store.load(context.redis, "events", version)
        context.events = tuple(Event.model_validate_json(text) for text in texts.values())
        context.events_version = version
