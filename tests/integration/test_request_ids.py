"""One id from the front door through services, messages and logs."""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import nats
import pytest
import structlog
from chassis import outbox, requests
from chassis.nats import connect_nats, ensure_stream
from chassis.redis import connect_redis
from contracts import subjects
from pydantic import SecretStr
from support.door import front_door
from support.gateway import Gateway
from support.origin import status

UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


@pytest.fixture
def gateway(redis_url: str, nats_url: str) -> Iterator[Gateway]:
    with ExitStack() as stack:
        yield Gateway(stack, redis_url, nats_url)


def test_the_front_door_names_each_request_and_a_service_takes_the_name(
    gateway: Gateway, tmp_path: Path
) -> None:
    """In the answer's head, in its problem, and in Caddy's own log; whatever the client calls itself."""
    streamer = gateway.serve()
    with front_door(tmp_path, STREAMERS=streamer.base, ACCESS_LOG="on") as door:
        answer = httpx.get(f"{door.base}/stream/none.m3u8", headers={"X-Request-ID": "mine"})
    said = answer.headers.get_list("x-request-id")
    assert len(said) == 1
    assert UUID.match(said[0])
    assert answer.json()["request_id"] == said[0]
    assert [line["request_id"] for line in map(json.loads, lines(door.log))] == said


def lines(log: str) -> list[str]:
    """Return the lines of the access log."""
    return [line for line in log.splitlines() if '"logger":"http.log.access' in line]


def test_a_failure_is_announced_under_the_id_of_who_met_it(gateway: Gateway, nats_url: str) -> None:
    """The worker that then looks at the channel logs under it."""
    gateway.origin.bodies = {"/a.m3u8": status(404)}
    gateway.add("a", "/a.m3u8")
    node = gateway.node()

    async def meet() -> str:
        client = await nats.connect(nats_url)
        subscription = await client.subscribe(subjects.STREAM_FAILED)
        await client.flush()
        await asyncio.to_thread(node.get, "/stream/a.m3u8", headers={"X-Request-ID": "who-met-it"})
        message = await subscription.next_msg(timeout=20)
        await client.close()
        return requests.of(message.headers)

    assert asyncio.run(meet()) == "who-met-it"


async def test_an_announcement_carries_the_id_of_what_caused_it(redis_url: str, nats_url: str) -> None:
    """Through the outbox and JetStream."""
    async with (
        connect_redis(SecretStr(redis_url)) as redis,
        connect_nats(SecretStr(nats_url), "test") as client,
    ):
        await ensure_stream(client, subjects.STREAM, [subjects.WILDCARD], subjects.MAX_AGE_S)
        heard = await client.jetstream().subscribe(subjects.CATALOG_CHANGED)
        caused = requests.begin()
        async with redis.pipeline(transaction=True) as pipeline:
            outbox.add(pipeline, "box", subjects.CATALOG_CHANGED, b"{}")
            await pipeline.execute()
        requests.forget()
        carrying = asyncio.ensure_future(outbox.relay(redis, client, "box"))
        message = await heard.next_msg(timeout=20)
        carrying.cancel()
    assert requests.of(message.headers) == caused


async def test_an_announcement_of_an_older_version_is_carried_too(redis_url: str, nats_url: str) -> None:
    """It waits in the outbox while the relay is exchanged."""
    async with (
        connect_redis(SecretStr(redis_url)) as redis,
        connect_nats(SecretStr(nats_url), "test") as client,
    ):
        await ensure_stream(client, subjects.STREAM, [subjects.WILDCARD], subjects.MAX_AGE_S)
        heard = await client.jetstream().subscribe(subjects.CATALOG_CHANGED)
        await redis.rpush("box", json.dumps([subjects.CATALOG_CHANGED, "1", "{}"]))
        carrying = asyncio.ensure_future(outbox.relay(redis, client, "box"))
        message = await heard.next_msg(timeout=20)
        carrying.cancel()
    assert message.data == b"{}"


def test_every_line_of_a_request_has_its_id() -> None:
    """By structlog's context, so that nobody has to hand it on."""
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as logged:
        requests.begin("one")
        structlog.get_logger("test").info("thing.happened")
        requests.forget()
        structlog.get_logger("test").info("thing.happened")
    assert [line.get("request_id") for line in logged] == ["one", None]
