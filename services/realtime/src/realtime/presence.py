"""Who is connected here, and their leaving when the process does.

Each replica keeps a lease that says how many clients it has. When it was told to stop, its clients'
transports are closed a few at a time, without a `disconnect`: they connect anew at once, elsewhere, and
not all in the same instant.
"""

import asyncio
import math
from typing import Any

from chassis.health import Health
from chassis.logging import get_logger

from realtime.bus import Bus
from realtime.metrics import Metrics
from realtime.sockets import Server
from realtime.wire import cut

log = get_logger("presence")

LOOK_S = 0.1
WAVES = 10


class Presence:
    """The clients of this process."""

    def __init__(self, server: Server, bus: Bus, health: Health, metrics: Metrics, drain_s: float) -> None:
        self._server = server
        self._bus = bus
        self._health = health
        self._drain_s = drain_s
        metrics.clients.set_function(self.clients)

    def clients(self) -> int:
        """Return how many transports are open."""
        return len(self._open())

    async def describe(self) -> dict[str, Any]:
        """Return what the lease says: `/health/detailed` shows it to whoever can't ask us."""
        hears = self._bus.is_listening
        status = "draining" if self._health.draining else "ok" if hears else "degraded"
        nats = "ok" if hears else "failed"
        return {"service": "realtime", "status": status, "clients": self.clients(), "nats": nats}

    async def leave_when_told(self) -> None:
        """Wait until the process drains, then let the clients go."""
        while True:
            if self._health.draining:
                return await self.leave()
            await asyncio.sleep(LOOK_S)

    async def leave(self) -> None:
        """Close all transports, spread over three quarters of the time that is left."""
        open_now = self._open()
        log.info("clients.leaving", clients=len(open_now))
        size = math.ceil(len(open_now) / WAVES) or 1
        for start in range(0, len(open_now), size):
            for socket in open_now[start : start + size]:
                await cut(socket)
            await asyncio.sleep(self._drain_s * 0.75 / WAVES)

    def _open(self) -> list[Any]:
        return [each for each in self._server.eio.sockets.values() if not (each.closed or each.closing)]
