"""Health: named checks of what a process depends on, and whether it is on its way out.

`/health` says only whether to send work here (a dependency that is away does not make a process
unfit: it would take every replica out at once). `/health/detailed` says everything.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

CHECK_DEADLINE_S = 1.0


class Health:
    """The checks of one process. `draining` is set when it was told to stop."""

    def __init__(self) -> None:
        self._checks: dict[str, Callable[[], Awaitable[Any]]] = {}
        self._started = time.time()
        self.draining = False

    def add(self, name: str, check: Callable[[], Awaitable[Any]]) -> None:
        """Add a check. It passes by returning, fails by raising; a dict that it returns is shown."""
        self._checks[name] = check

    async def report(self) -> dict[str, Any]:
        """Run all checks side by side: `{status, uptime_s, checks: {name: {status, …}}}`."""
        outcomes = await asyncio.gather(*(self._run(check) for check in self._checks.values()))
        checks = dict(zip(self._checks, outcomes, strict=True))
        healthy = not self.draining and all(check["status"] == "ok" for check in outcomes)
        status = "draining" if self.draining else "ok" if healthy else "degraded"
        return {"status": status, "uptime_s": round(time.time() - self._started), "checks": checks}

    async def _run(self, check: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
        started = time.perf_counter()
        try:
            async with asyncio.timeout(CHECK_DEADLINE_S):
                details = await check()
        except Exception as error:  # noqa: BLE001  (any failure is the answer)
            return {"status": "failed", "reason": type(error).__name__}
        took_ms = round((time.perf_counter() - started) * 1000, 1)
        return {"status": "ok", "took_ms": took_ms, **(details if isinstance(details, dict) else {})}
