"""The catalog's API, assembled."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
from chassis import registry
from chassis.access import Access, Gate, Prefix
from chassis.app import build_app
from chassis.following import Following
from chassis.guesses import Guesses
from chassis.ratelimit import Counter, RateLimit, parse_rate
from chassis.redis import connect_redis
from chassis.tasks import background
from chassis.tokens import Tokens
from contracts import keys
from contracts.messages import (
    CatalogChanged,
    ChannelStatusChanged,
    EventStateChanged,
    JoinedUpdates,
    Place,
    Refusal,
    Resumed,
)
from contracts.source import SourceReport
from fastapi import FastAPI
from pydantic.json_schema import models_json_schema
from starlette.middleware import Middleware

from catalog import login, metrics, panel, players, routes, ssdp, visitor
from catalog.device import Device
from catalog.editions import Editions
from catalog.front import Desk, Front
from catalog.library import Library
from catalog.logos import Logos
from catalog.pulse import Pulse
from catalog.rooms import Rooms
from catalog.settings import Settings
from catalog.snapshot import Snapshot

SAID = (
    ChannelStatusChanged,
    EventStateChanged,
    CatalogChanged,
    SourceReport,
    Place,
    Resumed,
    JoinedUpdates,
    Refusal,
)
"""Records that no route answers with, but that leave the house all the same."""

OPEN = ("/health", "/health/detailed", "/metrics", "/logo/", login.LOGIN, login.LOGOUT, *panel.PATHS)
"""What wants no token, or (the panel) looks for it elsewhere. Health's details and the metrics are kept from
outside by the front door."""

PULSE_S = 10.0

DESCRIPTION = "Channels, events, guide, search. Errors are `application/problem+json`."


def create_app(settings: Settings) -> FastAPI:
    """Return the API. Everything it uses is made here and closed here, in reverse."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            app.state.rooms = await _furnished(stack, app, settings)
            yield

    gate = Gate(Tokens.of(settings.access_tokens, followed=True), lambda: getattr(app.state, "guesses", None))
    app = build_app(
        "catalog",
        settings,
        lifespan=lifespan,
        routers=[routes.router, players.router, panel.router, login.router, visitor.router],
        guards=_guards(lambda: app, gate),
        openapi_url="/api/openapi.json",
        description=DESCRIPTION,
        version="1",
    )
    app.state.gate = gate
    metrics.install(app.state.registry, _figures(app))
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description, with the records that come over Socket.IO."""
    if not app.openapi_schema:
        described = FastAPI.openapi(app)
        _, definitions = models_json_schema(
            [(record, "serialization") for record in SAID], ref_template="#/components/schemas/{model}"
        )
        schemas = described["components"]["schemas"]
        described["components"]["schemas"] = dict(sorted({**definitions["$defs"], **schemas}.items()))
    return FastAPI.openapi(app)


async def _furnished(stack: AsyncExitStack, app: FastAPI, settings: Settings) -> Rooms:
    redis = await stack.enter_async_context(connect_redis(settings.redis_url))
    client = await stack.enter_async_context(httpx.AsyncClient(timeout=5, trust_env=False))
    library = Library(redis)

    async def ping() -> None:
        await redis.ping()

    async def describe() -> dict[str, Any]:
        return {"version": library.snapshot.channels.version, "channels": len(library.snapshot.channels.all)}

    async def announce() -> None:
        await registry.announce(redis, keys.node("catalog", settings.node_name), describe)

    app.state.health.add("redis", ping)
    following = Following(app.state.gate.tokens, redis, keys.TOKENS, keys.TOKEN_OWN)
    await following.begin()
    await stack.enter_async_context(background(following.keep_looking, "tokens"))
    app.state.guesses = Guesses(redis, keys.guesses)
    await stack.enter_async_context(background(library.follow, "library"))
    await stack.enter_async_context(background(announce, "registry"))
    if rate := parse_rate(settings.rate_limit):
        app.state.counter = Counter(redis, rate, keys.rate)
    logos = Logos(client, settings.data_dir / "logos", settings.logo_bytes)
    desk = app.state.desk = Desk(library, Editions(), settings.api_url)
    device = Device(redis, settings.data_dir)
    if settings.ssdp:
        await stack.enter_async_context(background(lambda: _announced(device, settings), "ssdp"))
    pulse = Pulse(redis)
    await stack.enter_async_context(background(lambda: _kept_fresh(pulse), "pulse"))
    return Rooms(settings, library, logos, Editions(), redis, desk, pulse, device)


async def _kept_fresh(pulse: Pulse) -> None:
    """Read now and then though nobody asks: the metrics show what was read last."""
    while True:
        await pulse.reading()
        await asyncio.sleep(PULSE_S)


async def _announced(device: Device, settings: Settings) -> None:
    """Tell the local network of the tuner, for ever."""
    await ssdp.keep_announcing(ssdp.Ssdp(await device.known(), settings.port, settings.api_url))


def _guards(app: Callable[[], FastAPI], gate: Gate) -> list[Middleware]:
    """Return what stands before the routes. Attempts to guess a token are counted with all else."""
    return [
        Middleware(Prefix),
        Middleware(RateLimit, counter=lambda: getattr(app().state, "counter", None), beginning="/api/"),
        Middleware(Access, gate=gate, open_paths=OPEN),
        Middleware(Front),
    ]


def _figures(app: FastAPI) -> metrics.CatalogMetrics:
    def rooms() -> Rooms | None:
        return getattr(app.state, "rooms", None)

    return metrics.CatalogMetrics(
        lambda: inside.library.snapshot if (inside := rooms()) else Snapshot.empty(),
        lambda: inside.library.reports if (inside := rooms()) else (),
        lambda: inside.pulse.last if (inside := rooms()) else None,
    )
