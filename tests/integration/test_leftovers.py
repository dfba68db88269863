"""What a request leaves behind: nothing that only the garbage collector would find.

It comes by rarely in a streamer: thousands of connections, and the bodies they hold, would wait for it.
"""

import gc
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress

import httpx
import pytest
from support.gateway import Gateway
from support.origin import media_playlist, status, truncated
from support.servers import ServedApp

SEGMENT = bytes(range(256)) * 8000
TIMES = 30
DEADLINE_S = 10
OURS = ("streamer.", "chassis.")
SMALL = "streamer.errors."
"""An error may wait: what it came through, and so the body, is let go."""
Visit = Callable[[str, str], None]


def wholly(base: str, path: str) -> None:
    """Read to the end, whichever it is."""
    with suppress(httpx.RemoteProtocolError):
        httpx.get(base + path, timeout=20)


def by_half(base: str, path: str) -> None:
    """Read some, and hang up without a word."""
    host, port = base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        client.recv(2000)


@pytest.fixture
def streamer(redis_url: str, nats_url: str) -> Iterator[ServedApp]:
    with ExitStack() as stack:
        gateway = Gateway(stack, redis_url, nats_url)
        gateway.origin.bodies = {"/a.m3u8": media_playlist(1), "/seg-1.ts": SEGMENT}
        gateway.origin.bodies |= {"/seg-2.ts": truncated(SEGMENT[:5000], 9000), "/seg-3.ts": status(404)}
        gateway.add("a", "/a.m3u8")
        gateway.add("dead", "/dead.m3u8")
        yield gateway.serve()


def grown(before: Counter[str]) -> Counter[str]:
    """Return what there is more of than before, by so many that each visit left one."""
    more = alive() - before
    return Counter({name: count for name, count in more.items() if count >= TIMES})


def alive() -> Counter[str]:
    kinds = (type(thing) for thing in gc.get_objects())
    names = (f"{kind.__module__}.{kind.__qualname__}" for kind in kinds)
    return Counter(name for name in names if name.startswith(OURS) and not name.startswith(SMALL))


@pytest.mark.parametrize("visit", [wholly, by_half])
@pytest.mark.parametrize("thing", ["playlist", "segment", "broken", "missing", "dead", "nothing"])
def test_nothing_waits_for_the_collector(streamer: ServedApp, visit: Visit, thing: str) -> None:
    """Each visit on a connection of its own."""
    playlist = httpx.get(f"{streamer.base}/stream/a.m3u8", timeout=20).text
    segments = [line for line in playlist.splitlines() if line.startswith("/")]
    paths = dict(zip(("segment", "broken", "missing"), segments, strict=True))
    paths |= {"playlist": "/stream/a.m3u8", "dead": "/stream/dead.m3u8", "nothing": "/stream/none.m3u8"}
    path = paths[thing]
    visit(streamer.base, path)
    gc.collect()
    gc.disable()
    try:
        before = alive()
        for _ in range(TIMES):
            visit(streamer.base, path)
        ends_at = time.monotonic() + DEADLINE_S
        while (left := grown(before)) and time.monotonic() < ends_at:
            time.sleep(0.05)
    finally:
        gc.enable()
    assert not left
