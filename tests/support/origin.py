"""A source that does as it is told, and remembers what it was asked."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

Handler = Callable[[Request], Response]


@dataclass
class FakeOrigin:
    """An ASGI app with a body for each path. What is not told is a 404."""

    bodies: dict[str, bytes | Handler] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    """Requests by path with its query."""
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    """The headers of the last request for a path."""
    gate: asyncio.Event | None = None

    def app(self) -> Starlette:
        """Return the application."""
        return Starlette(routes=[Route("/{path:path}", self._answer)])

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        query = request.url.query
        self.asked[f"{path}?{query}" if query else path] += 1
        self.headers[path] = dict(request.headers)
        body = self.bodies.get(path)
        if body is None:
            return Response("no such thing", 404)
        if callable(body):
            return body(request)
        return _with_range(request, body)

    def fetches(self, path: str) -> int:
        """Return how often a path was asked for, whatever its query."""
        return sum(count for asked, count in self.asked.items() if asked.partition("?")[0] == path)


def _with_range(request: Request, body: bytes) -> Response:
    if wanted := request.headers.get("range"):
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        cut = body[int(first) : int(last) + 1]
        said = {"content-range": f"bytes {first}-{last}/{len(body)}"}
        return Response(cut, 206, said, "application/octet-stream")
    return Response(body, media_type="application/octet-stream")


def truncated(body: bytes, promised: int) -> Handler:
    """Promise more than is sent, then hang up."""

    def handler(_: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield body
            raise ConnectionResetError

        return StreamingResponse(pieces(), headers={"content-length": str(promised)})

    return handler


def status(code: int) -> Handler:
    """Answer with a status."""
    return lambda _: Response("", code)


def media_playlist(first: int, count: int = 3, *, target: int = 4, query: str = "", head: str = "") -> bytes:
    """Return a live media playlist of `count` segments from number `first`."""
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        f"#EXT-X-TARGETDURATION:{target}",
        f"#EXT-X-MEDIA-SEQUENCE:{first}",
    ]
    lines += [head] if head else []
    for number in range(first, first + count):
        lines += [f"#EXTINF:{target}.000,", f"seg-{number}.ts{query}"]
    return "\n".join([*lines, ""]).encode()
