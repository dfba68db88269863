"""Counting what is asked for, and breaking it on purpose: for tests.

A fault holds for every path with its prefix, for some seconds: another status, another body, a wait before
the first byte, or an end in mid-body. The demo's own doors (`/_demo`, `/health`) are never counted or broken.
"""

import asyncio
import time
from collections import Counter
from typing import Any

from pydantic import BaseModel, Field
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MOST_PATHS = 50_000
_OWN = ("/_demo", "/health", "/metrics")


class Fault(BaseModel):
    """What goes wrong, where and for how long."""

    path_prefix: str = "/"
    seconds: float = 10.0
    status: int | None = None
    """Answer with this status (and `body`, `headers`) instead."""
    body: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    stall_s: float = 0.0
    """Wait this long before anything is answered."""
    break_after_bytes: int | None = None
    """Close the connection after so much of the body."""


class Broken(Exception):
    """A body was cut short on purpose."""


class Ledger:
    """Requests by path, and the faults in force."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._faults: list[tuple[float, Fault]] = []

    def count(self, path: str) -> None:
        """Count one request. Beyond a large number of paths, new ones are not told apart."""
        self.counts[path if path in self.counts or len(self.counts) < _MOST_PATHS else "(others)"] += 1

    def add(self, fault: Fault) -> None:
        """Put a fault into force, from now on."""
        self._faults.append((time.monotonic() + fault.seconds, fault))

    def clear(self) -> None:
        """Mend everything."""
        self._faults.clear()

    def fault(self, path: str) -> Fault | None:
        """Return the newest fault in force for `path`."""
        now = time.monotonic()
        self._faults = [(until, fault) for until, fault in self._faults if until > now]
        return next((f for _, f in reversed(self._faults) if path.startswith(f.path_prefix)), None)


class Faults:
    """The middleware that counts and breaks."""

    def __init__(self, app: ASGIApp, ledger: Ledger) -> None:
        self._app = app
        self._ledger = ledger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request; let it through unless a fault says otherwise."""
        if scope["type"] != "http" or scope["path"].startswith(_OWN):
            return await self._app(scope, receive, send)
        self._ledger.count(scope["path"])
        fault = self._ledger.fault(scope["path"])
        if fault is None:
            return await self._app(scope, receive, send)
        await asyncio.sleep(fault.stall_s)
        if fault.status is not None:
            return await _answer(fault, send)
        return await self._app(scope, receive, _breaking(fault, send))


async def _answer(fault: Fault, send: Send) -> None:
    body = fault.body.encode()
    headers = {"content-type": "text/html; charset=utf-8", "content-length": str(len(body))}
    headers |= {name.lower(): value for name, value in fault.headers.items()}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": fault.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def _breaking(fault: Fault, send: Send) -> Send:
    """Return a `send` that lets `break_after_bytes` of the body through."""
    if fault.break_after_bytes is None:
        return send
    left = fault.break_after_bytes

    async def breaking(message: Message) -> None:
        nonlocal left
        body: Any = message.get("body", b"")
        if message["type"] == "http.response.body" and len(body) > left:
            await send({**message, "body": body[:left], "more_body": True})
            raise Broken(f"after {fault.break_after_bytes} bytes, as ordered")
        left -= len(body)
        await send(message)

    return breaking
