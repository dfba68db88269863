"""What a viewer meets is known within a moment: failures on a real NATS, statuses in a real Redis."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import nats
import pytest
from catalog import store
from catalog.jobs import probe
from catalog.jobs.context import Context
from catalog.jobs.failures import Failures, listen
from catalog.settings import Settings
from catalog.worker import GENERAL, work
from chassis.nats import ensure_stream
from chassis.redis import connect_redis
from chassis.tasks import background
from contracts import keys, subjects
from contracts.channel import Channel, ChannelStatus, Status
from contracts.messages import StreamFailed
from nats.aio.client import Client
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from support.servers import ServedApp, serving

IDS = ("one", "two")


class FakeStreamer:
    """Answers for channels as told, and notes who was looked at."""

    def __init__(self) -> None:
        self.answers = dict.fromkeys(IDS, 200)
        self.looks: list[str] = []
        self.hanging: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] == "http":
            channel_id = Request(scope).url.path.removeprefix("/stream/").removesuffix(".m3u8")
            self.looks.append(channel_id)
            if channel_id in self.hanging:
                await receive()  # the request's body
                await receive()  # until the worker has gone
            await Response("{}", self.answers[channel_id])(scope, receive, send)


@pytest.fixture
def streamer() -> FakeStreamer:
    return FakeStreamer()


@pytest.fixture
def served(streamer: FakeStreamer) -> Iterator[ServedApp]:
    with serving(streamer) as app:
        yield app


@pytest.fixture
async def context(served: ServedApp, redis_url: str, nats_url: str) -> AsyncIterator[Context]:
    """A worker's belongings, with two channels in the list; its rounds look at none of them."""
    settings = Settings(redis_url=redis_url, nats_url=nats_url, streamers=(served.base,), probe_rest=0)
    async with (
        connect_redis(settings.redis_url) as redis,
        httpx.AsyncClient(base_url=served.base) as client,
    ):
        channels = [Channel(id=id_, number=number, name=id_) for number, id_ in enumerate(IDS, 1)]
        texts = {channel.id: channel.model_dump_json().encode() for channel in channels}
        await store.stage(redis, "channels", "v1", texts)
        await redis.set(keys.current("channels"), "v1")
        yield Context(settings, redis, (client,))


@pytest.fixture
async def client(nats_url: str) -> AsyncIterator[Client]:
    connected = await nats.connect(nats_url)
    await ensure_stream(connected, subjects.STREAM, [subjects.WILDCARD], subjects.MAX_AGE_S)
    yield connected
    await connected.close()


async def fail(client: Client, channel_id: str) -> None:
    failed = StreamFailed(channel_id=channel_id, source="s", code="upstream_timeout", node="n")
    await client.publish(subjects.STREAM_FAILED, failed.model_dump_json().encode())


async def status(context: Context, channel_id: str) -> Status | None:
    text = await context.redis.hget(keys.STATUSES, channel_id)
    return ChannelStatus.model_validate_json(text).status if text else None


async def fail_until_seen(context: Context, client: Client, channel_id: str) -> Status:
    """Say that a channel failed, again and again as streamers do, until it was looked at."""
    async with asyncio.timeout(20):
        while not (seen := await status(context, channel_id)):
            await fail(client, channel_id)
            await asyncio.sleep(0.02)
    return seen


async def test_many_failures_are_one_look(context: Context, streamer: FakeStreamer, client: Client) -> None:
    """Those that come after the look are its echo: when another channel's was heard, they were, too."""
    streamer.answers["one"] = 504
    async with background(lambda: listen(context, context.settings.nats_url), "failures"):
        assert await fail_until_seen(context, client, "one") is Status.OFFLINE
        for _ in range(50):
            await fail(client, "one")
        assert await fail_until_seen(context, client, "two") is Status.ONLINE

    assert streamer.looks == ["one", "two"]


async def test_what_is_no_failure_does_not_deafen(
    context: Context, streamer: FakeStreamer, client: Client
) -> None:
    """Neither does a channel that the list doesn't have."""
    async with background(lambda: listen(context, context.settings.nats_url), "failures"):
        await fail_until_seen(context, client, "one")
        await client.publish(subjects.STREAM_FAILED, b"not JSON")
        await fail(client, "none")
        await fail_until_seen(context, client, "two")

    assert streamer.looks == ["one", "two"]


async def test_everybody_knows_within_two_seconds(
    context: Context, streamer: FakeStreamer, client: Client
) -> None:
    """From a viewer's failure to the news of the channel's status, through the worker of production."""
    streamer.answers["two"] = 504
    news = await client.subscribe(subjects.CHANNEL_STATUS)
    async with background(lambda: work(GENERAL, context.settings), "worker"):
        await fail_until_seen(context, client, "one")
        await news.next_msg(10)
        failed_at = time.monotonic()
        await fail(client, "two")
        told = json.loads((await news.next_msg(10)).data)
        took_s = time.monotonic() - failed_at
        async with asyncio.timeout(10):
            while await context.redis.llen(keys.OUTBOX):  # noqa: ASYNC110  (it is in Redis)
                await asyncio.sleep(0.02)

    assert (told["channel_id"], told["status"]) == ("two", "offline")
    assert took_s < 2


def mark(channel_id: str) -> str:
    return keys.lease(f"look:{channel_id}")


@pytest.mark.parametrize(
    ("rest_s", "before", "waits"),
    [
        pytest.param(0, None, 1, id="never looked at"),
        pytest.param(0, Status.ONLINE, 1, id="online until now"),
        pytest.param(3, Status.ONLINE, 1, id="when it has rested"),
        pytest.param(probe.REST_S, Status.ONLINE, 0, id="the echo of a look"),
        pytest.param(17, Status.ONLINE, 0, id="while somebody looks"),
        pytest.param(0, Status.OFFLINE, 0, id="known to be offline"),
    ],
)
async def test_only_news_are_worth_a_look(
    context: Context, rest_s: float, before: Status | None, waits: int
) -> None:
    if rest_s:
        await context.redis.set(mark("one"), b"", px=int(rest_s * 1000))
    if before:
        known = ChannelStatus(channel_id="one", status=before, checked_at=datetime.now(UTC))
        await context.redis.hset(keys.STATUSES, "one", known.model_dump_json())
    failures = Failures(context)
    await failures.hear("one")
    await failures.hear("one")

    assert len(failures) == waits


async def test_a_look_leaves_time_to_rest(context: Context) -> None:
    """Rounds look, too: after them no failure has the channel looked at at once."""
    await probe.look(context, Channel(id="one", number=1, name="one"))

    assert probe.REST_S - 1 < await probe.rest_s(context.redis, "one") <= probe.REST_S
    assert not await probe.claim(context.redis, "one")


async def test_what_was_seen_is_written_though_a_channel_hangs(
    context: Context, streamer: FakeStreamer
) -> None:
    """A round that is cut short, as the worker does, loses nothing but the looks that had not ended."""
    streamer.hanging = {"one"}
    looking_round = asyncio.ensure_future(probe.probe(with_rest(context, 2)))
    try:
        async with asyncio.timeout(20):
            while not await status(context, "two"):  # noqa: ASYNC110  (it is in Redis)
                await asyncio.sleep(0.02)
        assert not looking_round.done()
    finally:
        looking_round.cancel()
        await asyncio.wait({looking_round})


async def test_what_there_was_no_time_for_comes_next(
    context: Context, streamer: FakeStreamer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No channel is passed over because those before it hang."""
    worker = with_rest(context, 1)
    with monkeypatch.context() as patch:
        patch.setattr(probe, "ROUND_S", 0)
        assert await probe.probe(worker) == ()
    for _ in IDS:
        await probe.probe(worker)

    assert streamer.looks == ["one", "two"]


def with_rest(context: Context, probe_rest: int) -> Context:
    """Return a worker whose rounds look at so many channels."""
    settings = context.settings.model_copy(update={"probe_rest": probe_rest})
    return Context(settings, context.redis, context.streamers)


@pytest.mark.parametrize(
    ("later_s", "kept"),
    [
        pytest.param(-10, Status.ONLINE, id="an earlier look"),
        pytest.param(-1, Status.OFFLINE, id="a later look"),
        pytest.param(3600, Status.ONLINE, id="one by a clock that is wrong"),
    ],
)
async def test_the_last_look_counts(context: Context, later_s: float, kept: Status) -> None:
    """However long writing it took: `later_s` is from now, and the look ended five seconds ago."""
    now = datetime.now(UTC)
    known, look = (
        ChannelStatus(channel_id="one", status=seen, checked_at=now + timedelta(seconds=at_s))
        for seen, at_s in ((Status.OFFLINE, later_s), (Status.ONLINE, -5))
    )
    await context.redis.hset(keys.STATUSES, "one", known.model_dump_json())
    await probe.publish(context, look)

    assert await status(context, "one") is kept
    assert bool(await context.redis.llen(keys.OUTBOX)) is (kept is Status.ONLINE)
