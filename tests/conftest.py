"""Fixtures for everybody: real Redis and NATS, one of each per test process, emptied for each test."""

import asyncio
from collections.abc import Iterator

import nats
import pytest
import redis
from support.servers import Program, nats_server, redis_server


@pytest.fixture(scope="session")
def redis_program() -> Iterator[Program]:
    with redis_server() as program:
        yield program


@pytest.fixture(scope="session")
def nats_program() -> Iterator[Program]:
    with nats_server() as program:
        yield program


@pytest.fixture
def redis_url(redis_program: Program) -> str:
    """The address of an empty Redis."""
    url = f"redis://127.0.0.1:{redis_program.port}/0"
    with redis.Redis.from_url(url) as client:
        client.flushall()
    return url


@pytest.fixture
def nats_url(nats_program: Program) -> str:
    """The address of a NATS server without streams."""
    url = f"nats://127.0.0.1:{nats_program.port}"
    asyncio.run(_delete_streams(url))
    return url


async def _delete_streams(url: str) -> None:
    client = await nats.connect(url)
    stream = client.jetstream()
    for info in await stream.streams_info():
        await stream.delete_stream(str(info.config.name))
    await client.close()
