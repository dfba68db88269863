"""Redis behind Sentinel, and a NATS cluster: addresses that every service accepts, and goes on with."""

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from catalog.worker import GENERAL, jobs_of
from chassis.lane import open_lane
from chassis.nats import connect_nats, ensure_stream
from chassis.redis import connect_redis
from chassis.settings import hosts_of
from contracts import subjects
from embedded.binaries import find
from pydantic import SecretStr
from support.servers import Program, free_port, running

SERVICE = "iptv"
PATIENCE_S = 40.0


def redis_at(port: int, folder: str, *options: str) -> list[str]:
    common = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
    return [str(find("redis-server")), *common, *options]


@contextlib.contextmanager
def sentinels() -> Iterator[tuple[str, Program]]:
    """Run a master, its replica and a sentinel; give the address, and the master to kill."""
    master, replica, watch = free_port(), free_port(), free_port()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        first = stack.enter_context(running(redis_at(master, folder), master))
        follows = ("--replicaof", "127.0.0.1", str(master), "--repl-diskless-sync-delay", "0")
        stack.enter_context(running(redis_at(replica, folder, *follows), replica))
        config = Path(folder) / "sentinel.conf"
        config.write_text(
            f"port {watch}\nbind 127.0.0.1\nsentinel monitor {SERVICE} 127.0.0.1 {master} 1\n"
            f"sentinel down-after-milliseconds {SERVICE} 1000\nsentinel failover-timeout {SERVICE} 5000\n"
        )
        stack.enter_context(running([str(find("redis-server")), str(config), "--sentinel"], watch))
        yield f"sentinel://127.0.0.1:{free_port()},127.0.0.1:{watch}/{SERVICE}", first


async def until(ask: object) -> object:
    """Return what a command gives once it gives something: a failover takes seconds."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with contextlib.suppress(Exception):
                if found := await ask():  # type: ignore[operator]
                    return found
            await asyncio.sleep(0.1)


async def test_a_client_finds_the_master_and_after_its_death_the_next() -> None:
    """By all three ways that services talk to Redis: commands, the media's lane, and jobs."""
    with sentinels() as (address, master):
        async with connect_redis(SecretStr(address)) as redis, open_lane(redis) as lane:
            await redis.set("key", "value")
            assert await lane.ask("GET", "key") == b"value"
            assert await jobs_of(redis, GENERAL.queue).enqueue_job("refresh_now", [], False) is not None
            await until(lambda: redis.wait(1, 100))
            master.kill()
            assert await until(lambda: redis.set("after", "it")) is True
            assert await until(lambda: lane.ask("GET", "key")) == b"value"
            assert await jobs_of(redis, GENERAL.queue).enqueue_job("refresh_now", [], False) is not None


@contextlib.contextmanager
def nats_cluster() -> Iterator[tuple[str, list[Program]]]:
    """Run three servers; give their addresses, and themselves."""
    ports, routes = [free_port() for _ in range(3)], [free_port() for _ in range(3)]
    named = ",".join(f"nats://127.0.0.1:{port}" for port in routes)
    with contextlib.ExitStack() as stack:
        programs = []
        for port, route in zip(ports, routes, strict=True):
            folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            words = ["-a", "127.0.0.1", "-p", str(port), "-js", "-sd", folder, "--name", f"n{port}"]
            cluster = ["--cluster_name", "c", "--cluster", f"nats://127.0.0.1:{route}", "--routes", named]
            program = Program([str(find("nats-server")), *words, *cluster], port)
            stack.callback(program.kill)
            program.start()
            programs.append(program)
        yield ",".join(f"nats://127.0.0.1:{port}" for port in ports), programs


async def test_announcements_outlive_the_loss_of_a_server() -> None:
    """Kept by three; the client goes on at one of the others."""
    with nats_cluster() as (addresses, servers):
        async with connect_nats(SecretStr(addresses), "test") as client:

            async def publish() -> int:
                await ensure_stream(
                    client, subjects.STREAM, [subjects.WILDCARD], subjects.MAX_AGE_S, replicas=3
                )
                return (await client.jetstream(timeout=2).publish(subjects.CATALOG_CHANGED, b"{}")).seq

            before = await until(publish)
            connected = client.connected_url
            assert connected is not None
            next(server for server in servers if server.port == connected.port).kill()
            after = await until(publish)
            assert isinstance(before, int)
            assert isinstance(after, int)
            assert after > before


async def test_a_stream_is_changed_where_the_settings_are_other_ones(nats_url: str) -> None:
    """Rather than that a service refuses to go on."""
    async with connect_nats(SecretStr(nats_url), "test") as client:
        await ensure_stream(client, subjects.STREAM, [subjects.WILDCARD], subjects.MAX_AGE_S)
        await ensure_stream(client, subjects.STREAM, [subjects.WILDCARD], 900)
        info = await client.jetstream().stream_info(subjects.STREAM)
    assert info.config.max_age == 900


@pytest.mark.parametrize(
    ("address", "hosts"),
    [
        ("redis://:secret@redis:6379/0", {"redis"}),
        ("sentinel://u:p@one:26379,two:26379/main", {"one", "two"}),
        ("nats://one:4222,nats://token@two:4222", {"one", "two"}),
        ("unix:///run/redis.sock", set()),
    ],
)
def test_every_store_of_an_address_is_known(address: str, hosts: set[str]) -> None:
    """No source may lead to one of them."""
    assert hosts_of(SecretStr(address)) == hosts
