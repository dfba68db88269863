"""What is announced arrives, once and in order: a real Redis, a real relay, a real NATS."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import nats
import pytest
from catalog import relay, store
from catalog.jobs import clock
from catalog.jobs.context import Context
from catalog.settings import Settings
from chassis import outbox
from chassis.redis import connect_redis
from chassis.tasks import background
from contracts import keys, subjects
from contracts.event import Event, EventState
from contracts.messages import CatalogChanged, EventStateChanged
from nats.aio.client import Client
from nats.js.errors import NotFoundError

STARTS_AT = datetime(2026, 3, 1, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LIVE, UPCOMING = EventState.LIVE, EventState.UPCOMING


@pytest.fixture
async def context(redis_url: str, nats_url: str) -> AsyncIterator[Context]:
    settings = Settings(redis_url=redis_url, nats_url=nats_url)
    async with connect_redis(settings.redis_url) as redis:
        yield Context(settings, redis)


@pytest.fixture
async def client(nats_url: str) -> AsyncIterator[Client]:
    connected = await nats.connect(nats_url)
    yield connected
    await connected.close()


async def carried(context: Context, client: Client) -> list[bytes]:
    """Have the outbox carried off, and return all that the stream has then."""

    async def carry() -> None:
        await relay.run(context.redis, context.settings.nats_url)

    async with background(carry, "relay"), asyncio.timeout(20):
        while await context.redis.llen(keys.OUTBOX):  # noqa: ASYNC110  (it is in Redis)
            await asyncio.sleep(0.02)
    return await stored(client)


async def stored(client: Client) -> list[bytes]:
    """Return what the stream has, in order."""
    stream, found = client.jetstream(), []
    state = (await stream.stream_info(subjects.STREAM)).state
    for sequence in range(state.first_seq, state.last_seq + 1):
        try:
            found.append((await stream.get_msg(subjects.STREAM, sequence)).data or b"")
        except NotFoundError:
            continue
    return found


async def announce(context: Context, *payloads: bytes) -> None:
    async with context.redis.pipeline(transaction=True) as pipeline:
        for payload in payloads:
            outbox.add(pipeline, keys.OUTBOX, subjects.CATALOG_CHANGED, payload)
        await pipeline.execute()


@pytest.mark.parametrize(
    "beyond", [1_000_000, 0, -10], ids=["far too large", "just too large", "by its headers"]
)
async def test_what_nats_never_takes_holds_nothing_up(context: Context, client: Client, beyond: int) -> None:
    """It is dropped; what comes after it is told."""
    await announce(context, b"before", b"x" * (client.max_payload + beyond), b"after")

    assert await carried(context, client) == [b"before", b"after"]


async def test_a_list_that_comes_and_goes_is_told_each_time(context: Context, client: Client) -> None:
    """What it says has been said before, and is true again."""
    versions = ("a", "b", "a", "b")
    for before, version in zip((None, *versions), versions, strict=False):
        assert await store.publish(context.redis, CatalogChanged(version=version), before, {"id": b"{}"})

    told = [CatalogChanged.model_validate_json(body).version for body in await carried(context, client)]
    assert told == [*versions]


def match(starts_at: datetime, ends_at: datetime = STARTS_AT + 90 * MINUTE) -> Event:
    return Event(id="e", title="A vs B", category="Soccer", starts_at=starts_at, ends_at=ends_at)


async def strike(context: Context, moment: datetime, *listed: Event) -> None:
    """Have a clock strike that knows of these events."""
    texts = {event.id: event.model_dump_json().encode() for event in listed}
    version = store.version_of(texts)
    await store.stage(context.redis, "events", version, texts)
    await context.redis.set(keys.current("events"), version)
    await clock.strike(context, moment)


def states(told: Sequence[bytes]) -> list[EventState]:
    return [EventStateChanged.model_validate_json(body).state for body in told]


async def test_a_match_that_is_put_off_is_told_anew(context: Context, client: Client) -> None:
    """Within the two minutes for which the stream knows what it has had."""
    late = match(STARTS_AT + MINUTE)
    await strike(context, STARTS_AT, match(STARTS_AT))
    await strike(context, STARTS_AT + MINUTE / 2, late)
    await strike(context, STARTS_AT + MINUTE, late)

    assert states(await carried(context, client)) == [LIVE, UPCOMING, LIVE]


async def test_a_start_is_told_once_though_redis_forgets(context: Context, client: Client) -> None:
    """Behind Sentinel a new master may lack what the old one wrote last."""
    await strike(context, STARTS_AT, match(STARTS_AT))
    assert states(await carried(context, client)) == [LIVE]
    await context.redis.delete(keys.EVENT_STATES)
    await strike(context, STARTS_AT + timedelta(seconds=1), match(STARTS_AT))

    assert states(await carried(context, client)) == [LIVE]


async def test_the_clock_forgets_what_is_listed_no_more(context: Context) -> None:
    """But not what was told to be live: it may come back, and began already."""
    events = {
        id_: match(STARTS_AT + begins, STARTS_AT + ends).model_copy(update={"id": id_})
        for id_, begins, ends in (
            ("kept", MINUTE, 9 * MINUTE),
            ("retitled", MINUTE, 9 * MINUTE),
            ("live", -MINUTE, 9 * MINUTE),
            ("over", -9 * MINUTE, -MINUTE),
        )
    }
    await strike(context, STARTS_AT, *events.values())
    await strike(context, STARTS_AT, events["kept"])

    assert set(await context.redis.hkeys(keys.EVENT_STATES)) == {b"kept", b"live"}
