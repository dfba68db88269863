"""Metrics of one process: its own registry's text, and requests by route template.

Names are `iptv_<service>_<thing>_<unit>[_total]`; labels come from closed sets.
"""

import time
from functools import lru_cache

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LATENCY_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


def new_registry() -> CollectorRegistry:
    """Return a registry of one's own (tests make several apps in one process), process figures included."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry


def exposition(registry: CollectorRegistry) -> Response:
    """Return the registry as Prometheus text."""
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class RequestMetrics:
    """Counts and times requests, labelled by route template, method and status class."""

    def __init__(self, app: ASGIApp, service: str, registry: CollectorRegistry) -> None:
        self._app = app
        self._count = Counter(
            f"iptv_{service}_http_requests",
            "Requests answered.",
            ["route", "method", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            f"iptv_{service}_http_first_byte_seconds",
            "Time until the answer's head.",
            ["route"],
            registry=registry,
            buckets=LATENCY_BUCKETS_S,
        )
        self._figures = lru_cache(maxsize=1024)(self._labelled)

    def _labelled(self, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
        """Return the figures of such a request: looking them up costs more than counting."""
        return self._count.labels(route, method, f"{status}xx"), self._seconds.labels(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note what became of it."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = time.perf_counter()

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "unmatched")
                count, seconds = self._figures(route, scope["method"], message["status"] // 100)
                count.inc()
                seconds.observe(time.perf_counter() - started)
            await send(message)

        return await self._app(scope, receive, noting)
