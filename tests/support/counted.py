"""A source that is watched: how often each path is asked for, and by how many at once.

And one that signs, and one that looks like another encoder's. All are ASGI applications around another one,
such as the demo.
"""

import re
import time
from collections import Counter
from collections.abc import Callable

import orjson
from demo.transport import CLOCK_HZ, chunks
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG = "/_log"
CORS = b"access-control-allow-origin", b"*"
"""So that a page can play it without a gateway, to be compared with."""
SIGNED = (".ts", ".js", ".css", ".ico", ".woff")
"""What segments are called that are signed: those of playlists without parts."""
STRANGE = 1_000_000
"""By how much less a stranger has counted."""
STRANGE_S = 20_000
"""By how much a stranger's clock is ahead."""


class Counted:
    """Counts what passes. `/_log` tells it to another process."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.asked: Counter[str] = Counter()
        """Requests by path, whatever their query."""
        self.served: Counter[str] = Counter()
        """Answers with a body by path: what was refused or never answered is none."""
        self.at_once: Counter[str] = Counter()
        """The most that were under way at a time, by path, since somebody last read the log."""
        self._under_way: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count, and pass on."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        path: str = scope["path"]
        if path == LOG:
            return await self._tell(send)
        self.asked[path] += 1
        self._under_way[path] += 1
        self.at_once[path] = max(self.at_once[path], self._under_way[path])
        try:
            await self._app(scope, receive, self._noting(path, send))
        finally:
            self._under_way[path] -= 1

    def _noting(self, path: str, send: Send) -> Send:
        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.served[path] += message["status"] in (200, 206)
                message["headers"] = [*message["headers"], CORS]
            await send(message)

        return noting

    async def _tell(self, send: Send) -> None:
        body = orjson.dumps({"asked": self.asked, "served": self.served, "at_once": self.at_once})
        self.at_once = +self._under_way
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})


class Signed:
    """Signs all segments' addresses anew with each reload; refuses what it did not sign of late."""

    def __init__(self, app: ASGIApp, lasts_s: float = 40.0) -> None:
        self._app = app
        self._lasts_s = lasts_s
        self._signed = 0
        self._ends: dict[str, float] = {}
        self.refused = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sign a playlist; let through what has a signature."""
        path = scope.get("path", "")
        if scope["type"] == "http" and path.endswith(".m3u8"):
            return await self._app(scope, receive, changing(send, self._sign))
        if "/main/" in path and path.endswith(SIGNED) and not self._is_good(scope["query_string"].decode()):
            self.refused += 1
            await send({"type": "http.response.start", "status": 403, "headers": []})
            return await send({"type": "http.response.body"})
        await self._app(scope, receive, send)

    def _is_good(self, query: str) -> bool:
        return self._ends.get(query, 0.0) > time.monotonic()

    def _sign(self, playlist: bytes) -> bytes:
        self._signed += 1
        query = f"sig={self._signed:x}%2F%3D"
        now = time.monotonic()
        self._ends = {said: end for said, end in self._ends.items() if end > now}
        self._ends[query] = now + self._lasts_s
        lines = playlist.decode().split("\n")
        return "\n".join(f"{one}?{query}" if one.endswith(SIGNED) else one for one in lines).encode()


class Stranger:
    """Makes what is below a path another encoder's: it counts from elsewhere, and has a clock of its own."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Change playlists and segments."""
        path: str = scope.get("path", "")
        if scope["type"] == "http" and path.startswith(self._prefix):
            send = changing(send, self._counted if path.endswith(".m3u8") else self._shifted)
        await self._app(scope, receive, send)

    @staticmethod
    def _counted(playlist: bytes) -> bytes:
        return re.sub(rb"(SEQUENCE:)(\d+)", lambda said: said[1] + b"%d" % (int(said[2]) - STRANGE), playlist)

    @staticmethod
    def _shifted(segment: bytes) -> bytes:
        return b"".join(chunk.shifted(STRANGE_S * CLOCK_HZ) for chunk in chunks(segment))


def changing(send: Send, change: Callable[[bytes], bytes]) -> Send:
    """Return a `send` that lets a body through in one piece, and changed if it is no fault."""
    head: Message = {}
    pieces: list[bytes] = []

    async def changed(message: Message) -> None:
        nonlocal head
        if message["type"] == "http.response.start":
            head = message
            return
        pieces.append(message.get("body", b""))
        if message.get("more_body"):
            return
        body = b"".join(pieces)
        body = change(body) if head["status"] == 200 and body else body
        said = [(name, value) for name, value in head["headers"] if name != b"content-length"]
        await send({**head, "headers": [*said, (b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})

    return changed
