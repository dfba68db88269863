"""A request and its answers, without a framework: what the hot path needs of HTTP, and no more."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from chassis import tasks
from chassis.problems import MEDIA_TYPE, ServiceError, problem_body
from starlette.types import Receive, Scope, Send

CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Content-Length, Content-Range, Date"),
)
"""On every answer, errors too: players run on pages of other origins."""

SEND_DEADLINE_S = 20.0
"""A viewer who takes nothing for so long is cut off."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request."""

    scope: Scope
    receive: Receive
    send: Send

    @property
    def path(self) -> str:
        """The path, decoded."""
        path: str = self.scope["path"]
        return path

    @property
    def wants_body(self) -> bool:
        """Whether it is a GET, not a HEAD."""
        return bool(self.scope["method"] == "GET")

    def header(self, name: bytes) -> str:
        """Return a header, or nothing."""
        return next((value.decode("latin-1") for key, value in self.scope["headers"] if key == name), "")

    @property
    def client(self) -> str:
        """The viewer's address."""
        client = self.scope.get("client")
        return str(client[0]) if client else ""

    def query(self) -> Mapping[str, str]:
        """Return the query."""
        return dict(parse_qsl(self.scope["query_string"].decode("latin-1"), keep_blank_values=True))

    async def answer(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
        """Answer with a whole body, in one piece."""
        length = (b"content-length", str(len(body)).encode())
        await self.head(status, [*headers, length])
        await self.piece(body if self.wants_body else b"", more=False)

    async def head(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Begin the answer."""
        start = {"type": "http.response.start", "status": status, "headers": [*headers, *CORS]}
        await self.send(start)

    async def piece(self, body: bytes, *, more: bool) -> None:
        """Send a piece of the body.

        Raises
        ------
        TimeoutError
            If the viewer takes nothing.
        """
        async with asyncio.timeout(SEND_DEADLINE_S):
            await self.send({"type": "http.response.body", "body": body, "more_body": more})

    async def refuse(self, error: ServiceError) -> None:
        """Answer with a problem."""
        body = problem_body(error.status, error.code, error.detail, str(self.scope.get("request_id", "")))
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"cache-control", b"no-store")]
        headers += [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
        if error.retry_after_s:
            headers.append((b"retry-after", str(max(1, round(error.retry_after_s))).encode()))
        await self.answer(error.status, headers, body)

    async def unless_gone(self, work: Callable[[], Awaitable[Any]]) -> None:
        """Do `work`, but stop as soon as the viewer hangs up."""
        serving = tasks.spawn(_run(work), "serve")
        leaving = tasks.spawn(self._gone(), "watch viewer")
        try:
            await asyncio.wait({serving, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not serving.done():
                serving.cancel()
            await asyncio.wait({serving})
        if not serving.cancelled():
            serving.result()

    async def _gone(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass


async def _run(work: Callable[[], Awaitable[Any]]) -> None:
    await work()
