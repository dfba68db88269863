"""A service, assembled the same way each time: problems, health, metrics, proxies, request ids, an end.

On SIGTERM a process first fails its readiness while it goes on answering (`drain_s`), so that balancers
turn away before the door shuts; then it finishes what it is sending (`shutdown_s`); then it goes.
"""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import orjson
import uvicorn
from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import problems, requests
from chassis.health import Health
from chassis.logging import get_logger, setup_logging
from chassis.metrics import RequestMetrics, exposition, new_registry
from chassis.proxies import Proxies, Trust
from chassis.settings import ServiceSettings

log = get_logger("app")

ACCEPTED_AT_ONCE = 16
"""Connections that are taken in a turn of the loop, between which all who are in already are answered."""

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


@contextlib.asynccontextmanager
async def nothing(_: FastAPI) -> AsyncIterator[None]:
    """Be the lifespan of a service that opens nothing."""
    yield


def build_app(
    name: str,
    settings: ServiceSettings,
    *,
    lifespan: Lifespan = nothing,
    routers: Sequence[APIRouter] = (),
    guards: Sequence[Middleware] = (),
    registry: CollectorRegistry | None = None,
    **options: Any,
) -> FastAPI:
    """Assemble a service. `app.state.health` and `app.state.registry` are there before the lifespan runs.

    `guards` stand before the routes, the first one outermost; what they refuse is counted and has its id.
    `options` go to FastAPI. A router that has a `/health/detailed` or `/metrics` of its own wins.
    """
    app = FastAPI(title=name, lifespan=lifespan, **{"docs_url": None, "redoc_url": None, **options})
    app.state.health = Health()
    app.state.registry = registry or new_registry()
    problems.install(app)
    for router in (*routers, _own_routes(app)):
        app.include_router(router)
    app.user_middleware[:0] = guards
    app.add_middleware(RequestMetrics, service=name, registry=app.state.registry)
    app.add_middleware(RequestIds)
    app.add_middleware(Proxies, trust=Trust(settings.trusted_proxies))
    return app


def _own_routes(app: FastAPI) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    health: Health = app.state.health

    @router.get("/health")
    async def alive() -> Response:
        status = "draining" if health.draining else "ok"
        answer = _json({"status": status}, 503 if health.draining else 200)
        # Caddy's checks of all unix sockets share a pool of connections: on a kept one it asks another
        # process than it means, and one that stands still looks well for as long as any other does.
        answer.headers["Connection"] = "close"
        return answer

    @router.get("/health/detailed")
    async def detailed() -> Response:
        return _json(await health.report())

    @router.get("/metrics")
    async def metrics() -> Response:
        return exposition(app.state.registry)

    return router


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, {"Cache-Control": "no-store"}, "application/json")


class RequestIds:
    """Gives every request an id, taken over from Caddy where it sent one: logged with all that it causes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the request in its scope and in its answer."""
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        given = next((value for key, value in scope["headers"] if key == b"x-request-id"), b"")
        request_id = scope["request_id"] = requests.begin(given.decode("latin-1"))

        async def naming(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        return await self._app(scope, receive, naming)


class DrainingServer(uvicorn.Server):
    """uvicorn, but for the order of leaving: readiness first, then the door."""

    def __init__(self, config: uvicorn.Config, health: Health, drain_s: float) -> None:
        super().__init__(config)
        self._health = health
        self._drain_s = drain_s

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, several times over on the same socket.

        uvloop takes one connection in a turn of its loop: of a hundred that come at once the last would wait
        for a hundred turns, in each of which those before it ask again.
        """
        await super().startup(sockets)
        listening = [each.fileno() for server in self.servers for each in server.sockets]
        for fileno in listening * (ACCEPTED_AT_ONCE - 1):
            self.servers.append(await self._listening(socket.socket(fileno=os.dup(fileno))))

    async def _listening(self, to: socket.socket) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        listen = loop.create_unix_server if to.family == socket.AF_UNIX else loop.create_server
        return await listen(self._protocol, sock=to, ssl=self.config.ssl, backlog=self.config.backlog)

    def _protocol(self) -> asyncio.Protocol:
        """Return what speaks with one client, as uvicorn makes it."""
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    def handle_exit(self, sig: int, frame: Any) -> None:  # noqa: ARG002
        """Take SIGTERM: fail readiness now, leave after `drain_s`. A second signal leaves at once.

        uvicorn's own would note the signal and raise it again at the end: a process that did as it was told
        would look as if it had been killed.
        """
        if self._health.draining or sig == signal.SIGINT:
            self._leave()
            return
        self._health.draining = True
        log.info("server.draining", for_s=self._drain_s)
        asyncio.get_running_loop().call_later(self._drain_s, self._leave)

    def _leave(self) -> None:
        self._health.draining = True
        self.should_exit = True


def uvicorn_config(app: ASGIApp, settings: ServiceSettings, **options: Any) -> uvicorn.Config:
    """Return how uvicorn is run everywhere: no access log, no header games of its own, one loop."""
    where: dict[str, Any]
    if settings.listen.startswith("unix:"):
        where = {"uds": settings.listen.removeprefix("unix:")}
    else:
        host, _, port = settings.listen.rpartition(":")
        where = {"host": host.strip("[]"), "port": int(port)}
    defaults: dict[str, Any] = {
        "log_config": None,
        "access_log": False,
        "proxy_headers": False,
        "server_header": False,
        "date_header": False,
        "loop": "uvloop",
        "http": "httptools",
        "backlog": 4096,
        "timeout_keep_alive": 75,
        "timeout_graceful_shutdown": settings.shutdown_s,
    }
    return uvicorn.Config(app, **{**defaults, **where, **options})


def serve(app: ASGIApp, settings: ServiceSettings, health: Health, **options: Any) -> None:
    """Run `app` until it is told to stop. `options` go to uvicorn."""
    setup_logging(settings.log_format, settings.log_level)
    config = uvicorn_config(app, settings, **options)
    log.info("server.started", listen=settings.listen, node=settings.node_name)
    DrainingServer(config, health, settings.drain_s).run()
    log.info("server.stopped", node=settings.node_name)
