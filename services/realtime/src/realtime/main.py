"""Realtime, assembled: one Socket.IO server under both paths, beside the chassis' health and metrics."""

import contextlib
from collections.abc import AsyncIterator

from chassis.access import Gate, Prefix
from chassis.app import build_app
from chassis.following import LOOK_S, Following
from chassis.guesses import Guesses
from chassis.metrics import new_registry
from chassis.redis import connect_redis
from chassis.registry import announce
from chassis.tasks import background, every
from chassis.tokens import Tokens
from contracts import keys
from fastapi import FastAPI
from starlette.middleware import Middleware

from realtime.bus import Bus
from realtime.catalog import Catalog
from realtime.doors import Broadcast, Doors
from realtime.metrics import Metrics
from realtime.narrowing import Narrowing
from realtime.origins import Origins
from realtime.presence import Presence
from realtime.ring import Ring
from realtime.settings import RealtimeSettings
from realtime.sockets import PATHS, Door, build_server
from realtime.statuses import Statuses


def create_app(settings: RealtimeSettings) -> FastAPI:
    """Return the service. Everything it uses is made here and closed here, in reverse."""
    registry = new_registry()
    metrics = Metrics(registry)
    addresses = [settings.api_url, *settings.cors_origins]
    origins = Origins(address for address in addresses if address)
    server = build_server(origins, metrics, settings.client_rate)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            await _open(app, stack)
            yield

    async def _open(app: FastAPI, stack: contextlib.AsyncExitStack) -> None:
        redis = await stack.enter_async_context(connect_redis(settings.redis_url))
        stack.push_async_callback(server.shutdown)
        ring, statuses, catalog = Ring(settings.ring_size), Statuses(redis), Catalog(redis, metrics)
        narrowing = Narrowing(catalog)
        news = Broadcast(server, ring, statuses, catalog, narrowing, metrics)
        bus = Bus(settings.nats_url, ring, news, metrics, settings.tick_ms / 1000, settings.nats_replicas)
        presence = Presence(server, bus, app.state.health, metrics, settings.drain_s)
        doors = Doors(server, ring, bus, statuses, catalog, narrowing, metrics)
        tokens = Tokens.of(settings.access_tokens, followed=True)
        guesses = Guesses(redis, keys.guesses)
        doors.install(Gate(tokens, lambda: guesses))
        following = Following(tokens, redis, keys.TOKENS, keys.TOKEN_OWN)
        await following.begin()

        app.state.health.add("redis", redis.ping)
        app.state.health.add("nats", bus.check_connection)
        app.state.health.add("consumer", bus.check_consumer)

        await catalog.refresh()
        lease = keys.node("realtime", settings.node_name)
        await stack.enter_async_context(background(following.keep_looking, "tokens"))
        await stack.enter_async_context(background(lambda: every(LOOK_S, doors.turn_out), "revoked clients"))
        await stack.enter_async_context(background(bus.run, "bus"))
        await stack.enter_async_context(background(catalog.follow, "catalog"))
        await stack.enter_async_context(background(presence.leave_when_told, "leaving"))
        await stack.enter_async_context(
            background(lambda: announce(redis, lease, presence.describe), "presence")
        )

    # Tokens are asked for when a client joins a namespace, since it may bring one only then.
    guards = [Middleware(Prefix)]
    app = build_app("realtime", settings, lifespan=lifespan, guards=guards, registry=registry)
    for path in PATHS:
        app.mount(path, Door(server, app.state.health, f"{path}/"))
    return app
