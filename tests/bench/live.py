"""A live source in a process of its own: channels that go on in real time, and a log of what they were asked.

    /{channel}.m3u8      the live playlist
    /{channel}/{n}.ts    a segment; its bytes follow from its name, so that whoever gets it can judge them
    /log                 how often each path was asked for

Run as `python -m bench.live PORT`.
"""

import sys
import time
from collections import Counter
from functools import cache
from random import Random

import orjson
import uvicorn
from bench.origin import media_playlist
from starlette.types import Receive, Scope, Send

TARGET_S = 2
WINDOW = 6
SEGMENT_BYTES = 100_000
FIRST = 1000


@cache
def filling() -> bytes:
    """Return what all segments have in common."""
    return Random(SEGMENT_BYTES).randbytes(SEGMENT_BYTES)  # noqa: S311


def segment(channel: str, number: int) -> bytes:
    """Return a segment's bytes."""
    head = f"{channel}/{number};".encode()
    return head + filling()[len(head) :]


class Live:
    """The source: an ASGI application."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._asked: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Answer."""
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        if path != "/log":
            self._asked[path] += 1
        kind, body = self._body(path)
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200 if body else 404, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _body(self, path: str) -> tuple[bytes, bytes]:
        if path == "/log":
            return b"application/json", orjson.dumps(self._asked)
        name, _, extension = path.removeprefix("/").rpartition(".")
        if extension == "m3u8":
            return b"application/vnd.apple.mpegurl", self._playlist(name)
        channel, _, number = name.partition("/")
        return b"video/mp2t", segment(channel, int(number)) if int(number) < self._end() else b""

    def _playlist(self, channel: str) -> bytes:
        end = self._end()
        addresses = [f"/{channel}/{number}.ts" for number in range(end - WINDOW, end)]
        return media_playlist(addresses, target_s=TARGET_S, first=end - WINDOW).encode()

    def _end(self) -> int:
        """Return the number of the segment that is not there yet."""
        return FIRST + int((time.monotonic() - self._began) / TARGET_S)


def main() -> None:
    """Serve on a port of 127.0.0.1."""
    uvicorn.run(
        Live(), host="127.0.0.1", port=int(sys.argv[1]), log_config=None, access_log=False, lifespan="off"
    )


if __name__ == "__main__":
    main()
