"""Live sources in one process, of which one can be told to misbehave: what the drill's stack reads.

Both have the same channels, so that each channel has two streams. `/told/{mode}` changes how `/first` is:
ok, slow (a byte a second), dead (no answer), lying (pages where media should be), flapping (every other
request fails). `/second` is always well.

Run as `python -m drill.source PORT`.
"""

import asyncio
import sys
from itertools import count

import uvicorn
from bench.live import Live
from starlette.types import Message, Receive, Scope, Send

CHANNELS = tuple(f"drill-{number}" for number in range(1, 5))
MODES = ("ok", "slow", "dead", "lying", "flapping")
PAGE = b"<html><body>Please log in</body></html>"
TRICKLE_S = 1.0


class Sources:
    """The application."""

    def __init__(self) -> None:
        self._live = Live()
        self._mode = "ok"
        self._turn = count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as well as the mode allows."""
        if scope["type"] != "http":
            return None
        place, _, rest = scope["path"].removeprefix("/").partition("/")
        if place == "told":
            self._mode = rest if rest in MODES else "ok"
            return await _answer(send, b"text/plain", self._mode.encode())
        if rest == "list.m3u":
            return await _answer(send, b"audio/x-mpegurl", _list(scope, place))
        live = {**scope, "path": f"/{rest}"}
        if place == "first" and self._mode != "ok":
            return await self._badly(live, receive, send)
        await self._live(live, receive, _placed(send, place))

    async def _badly(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._mode == "lying":
            return await _answer(send, b"video/mp2t", PAGE)
        if self._mode == "dead":
            await asyncio.sleep(60)
            return None
        if self._mode == "flapping":
            if next(self._turn) % 2:
                return await _answer(send, b"text/plain", b"no", status=503)
            return await self._live(scope, receive, _placed(send, "first"))
        await self._live(scope, receive, _placed(_trickling(send), "first"))


def _placed(send: Send, place: str) -> Send:
    """Put a playlist's segments at the place that it is of."""
    head: list[Message] = []

    async def telling(message: Message) -> None:
        if message["type"] == "http.response.start":
            head.append(message)
            return
        body: bytes = message.get("body", b"")
        if head:
            kind = dict(head[0]["headers"]).get(b"content-type", b"")
            if kind == b"application/vnd.apple.mpegurl":
                body = body.replace(b"\n/", f"\n/{place}/".encode())
            headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
            await send({**head.pop(), "headers": headers})
        await send({**message, "body": body})

    return telling


def _trickling(send: Send) -> Send:
    async def trickle(message: Message) -> None:
        body = message.get("body", b"")
        if message["type"] != "http.response.body" or not body:
            return await send(message)
        for at in range(len(body)):
            await send({**message, "body": body[at : at + 1], "more_body": at + 1 < len(body)})
            await asyncio.sleep(TRICKLE_S)

    return trickle


def _list(scope: Scope, place: str) -> bytes:
    host = next(value.decode() for name, value in scope["headers"] if name == b"host")
    # One of the lists has a single channel, at a name that nobody can resolve.
    names, where = (CHANNELS[:1], "drill.invalid") if place == "nowhere" else (CHANNELS, host)
    lines = [f"#EXTINF:-1,{name}\nhttp://{where}/{place}/{name}.m3u8" for name in names]
    return "\n".join(["#EXTM3U", *lines, ""]).encode()


async def _answer(send: Send, kind: bytes, body: bytes, status: int = 200) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Serve on a port of 127.0.0.1."""
    uvicorn.run(
        Sources(), host="127.0.0.1", port=int(sys.argv[1]), log_config=None, access_log=False, lifespan="off"
    )


if __name__ == "__main__":
    main()
