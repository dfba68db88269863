"""What `iptv doctor` looks at: all that the gateway stands on, and what to do where it doesn't stand."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import httpx
from chassis import registry
from chassis.nats import connect_nats
from chassis.redis import connect_redis
from contracts import keys
from redis.exceptions import RedisError

from catalog import store
from catalog.settings import Settings
from catalog.worker import streamer_client

DEADLINE_S = 5.0
WORKERS = {"worker": "reads the sources", "clock": "announces events", "catalog": "answers the page"}


class Finding(NamedTuple):
    """One thing, and whether it is well."""

    what: str
    is_well: bool
    words: str


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Look at one thing after the other."""
    yield _settings(settings)
    async with connect_redis(settings.redis_url) as redis:
        found = await _redis(redis)
        yield found
        yield await _nats(settings)
        if found.is_well:
            for node in await _nodes(redis):
                yield node
            for source in await _sources(redis):
                yield source
    for address in settings.streamers:
        yield await _streamer(address)


def _settings(settings: Settings) -> Finding:
    try:
        specs = settings.specs()
    except ValueError as error:
        return Finding("settings", is_well=False, words=str(error))
    names = ", ".join(spec.name for spec in specs)
    return Finding(
        "settings", is_well=True, words=f"sources: {names}" if specs else "no sources are set here"
    )


async def _redis(redis: Any) -> Finding:
    try:
        async with asyncio.timeout(DEADLINE_S):
            facts = await redis.info()
    except (RedisError, OSError, TimeoutError) as error:
        words = f"REDIS_URL leads nowhere ({type(error).__name__}): is Redis running, and the address right?"
        return Finding("redis", is_well=False, words=words)
    policy = str(facts.get("maxmemory_policy", "noeviction"))
    if int(facts.get("maxmemory", 0)) and policy != "noeviction":
        words = (
            f"it may throw the catalog away when it is full: set maxmemory-policy noeviction, not {policy}"
        )
        return Finding("redis", is_well=False, words=words)
    words = f"version {facts.get('redis_version')}, {facts.get('used_memory_human')} in use"
    return Finding("redis", is_well=True, words=words)


async def _nats(settings: Settings) -> Finding:
    if (
        settings.redis_url.get_secret_value().startswith("unix:")
        and "nats_url" not in settings.model_fields_set
    ):
        return Finding("nats", is_well=True, words="not looked at: only the stack itself knows its token")
    try:
        async with asyncio.timeout(DEADLINE_S), connect_nats(settings.nats_url, "doctor") as nats:
            await nats.jetstream().account_info()
    except Exception as error:  # noqa: BLE001  (whatever it is, it is the finding)
        words = (
            f"NATS_URL leads nowhere, or JetStream is off ({type(error).__name__}): "
            "pages are not told what changes"
        )
        return Finding("nats", is_well=False, words=words)
    return Finding("nats", is_well=True, words="JetStream is on")


async def _nodes(redis: Any) -> list[Finding]:
    nodes = await registry.present(redis, keys.NODES)
    running = [key.split(":")[2] for key in nodes]
    return [
        Finding(name, is_well=name in running, words=f"{running.count(name)} running: it {what}")
        for name, what in WORKERS.items()
    ]


async def _sources(redis: Any) -> list[Finding]:
    found = await store.source_reports(redis)
    if not found:
        return [Finding("sources", is_well=False, words="none was read yet: is a worker running?")]
    return [
        Finding(
            f"source {report.name}, {report.topic}",
            is_well=not report.stale,
            words=f"{report.items} read"
            if not report.stale
            else f"{report.reason} (the last good reading holds: {report.items})",
        )
        for report in found
    ]


async def _streamer(address: str) -> Finding:
    what = f"streamer {address.rpartition('/')[2]}"
    async with streamer_client(address, {}) as client:
        try:
            answer = await client.get("/health", timeout=DEADLINE_S)
        except httpx.HTTPError as error:
            words = f"nobody answers there ({type(error).__name__}): is it running?"
            return Finding(what, is_well=False, words=words)
    words = "it is well" if answer.is_success else "it is on its way out"
    return Finding(what, is_well=answer.is_success, words=words)
