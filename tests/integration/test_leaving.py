"""What a process does when it is told to go."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import redis
from contracts import keys
from contracts.channel import Channel, Stream
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from support.origin import FakeOrigin, media_playlist
from support.servers import free_port, serving, wait_for_port

BODY = b"x" * 100_000


@pytest.fixture
def streamer(redis_url: str, nats_url: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    port = free_port()
    settings = {
        "LISTEN": f"127.0.0.1:{port}",
        "REDIS_URL": redis_url,
        "CACHE_REDIS_URL": redis_url,
        "NATS_URL": nats_url,
        "DRAIN_S": "0.5",
    }
    process = subprocess.Popen([sys.executable, "-m", "streamer"], env={**os.environ, **settings})
    wait_for_port(port, process)
    yield process, f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


def test_a_streamer_finishes_what_it_sends_and_ends_well(
    streamer: tuple[subprocess.Popen[bytes], str], redis_url: str
) -> None:
    """SIGTERM: readiness fails while requests are still taken, bodies arrive whole, the status is 0."""
    process, base = streamer
    going = threading.Event()

    def slow(_: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield BODY[:1000]
            await asyncio.to_thread(going.wait, 20)
            yield BODY[1000:]

        return StreamingResponse(pieces(), headers={"content-length": str(len(BODY))})

    origin = FakeOrigin({"/a.m3u8": media_playlist(1), "/seg-1.ts": slow})
    with serving(origin.app()) as source, httpx.Client(base_url=base, timeout=20) as client:
        stream = Stream(source="test", address=f"{source.base}/a.m3u8", allow_private=True)
        channel = Channel(id="a", number=1, name="a", streams=(stream,))
        with redis.Redis.from_url(redis_url) as writer:
            writer.hset(keys.generation("channels", "v1"), "a", channel.model_dump_json())
            writer.set(keys.current("channels"), "v1")
        address = next(
            line for line in client.get("/stream/a.m3u8").text.splitlines() if line.startswith("/")
        )
        with client.stream("GET", address) as answer:
            process.send_signal(signal.SIGTERM)
            while client.get("/health").status_code == 200:
                pass
            assert client.get("/stream/a.m3u8").status_code == 200
            going.set()
            assert answer.read() == BODY
        assert process.wait(10) == 0
