"""Players that wait for what comes next (RFC 8216bis, 6.2.5.2), at any node: the source is asked once."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from streamer.rendition import LEASE_MOST_S
from support.counted import Counted
from support.gateway import Gateway
from support.origin import media_playlist
from support.servers import serving

HEAD = "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3"
TARGET_S = 20
"""So long that nobody reloads by himself while a test runs."""
QUESTION = "/a.m3u8?_HLS_msn=4"


class Waiting:
    """A source that holds a blocking reload until it is told to answer."""

    def __init__(self, gateway: Gateway, stack: ExitStack) -> None:
        self.asked = gateway.origin.asked
        self.going = threading.Event()
        gateway.origin.bodies["/a.m3u8"] = self._answer
        self.counted = Counted(gateway.origin.app())
        gateway.add("a", f"{stack.enter_context(serving(self.counted)).base}/a.m3u8")

    def _answer(self, request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            while not self.going.is_set():  # noqa: ASYNC110  (another thread sets it)
                await asyncio.sleep(0.02)
            yield media_playlist(2, target=TARGET_S, head=HEAD)

        if "_HLS_msn" not in request.url.query:
            return Response(media_playlist(1, target=TARGET_S, head=HEAD))
        return StreamingResponse(pieces())


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def gateway(redis_url: str, nats_url: str, stack: ExitStack) -> Gateway:
    return Gateway(stack, redis_url, nats_url)


@pytest.fixture
def source(gateway: Gateway, stack: ExitStack) -> Waiting:
    return Waiting(gateway, stack)


def until(condition: Callable[[], object]) -> None:
    ends_at = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends_at, "it did not come about"
        time.sleep(0.02)


def test_who_waits_at_one_node_is_waited_for_by_the_one_that_reads(gateway: Gateway, source: Waiting) -> None:
    """The reader has no such viewer itself."""
    reading, other = gateway.node(node_name="reading"), gateway.node(node_name="other")
    assert [node.get("/stream/a.m3u8").status_code for node in (reading, other)] == [200, 200]
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(other.get, "/stream/a.m3u8?_HLS_msn=4")
        until(lambda: source.asked[QUESTION])
        source.going.set()
        assert "#EXT-X-MEDIA-SEQUENCE:2" in waiting.result().text


def test_a_source_that_takes_longer_than_a_lease_is_asked_by_one_node(
    gateway: Gateway, source: Waiting
) -> None:
    """The node that waits there keeps its lease."""
    nodes = [gateway.node(node_name=name) for name in ("first", "second", "third")]
    assert [node.get("/stream/a.m3u8").status_code for node in nodes] == [200] * 3
    with ThreadPoolExecutor(30) as pool:
        waiting = [pool.submit(node.get, "/stream/a.m3u8?_HLS_msn=4") for node in nodes * 10]
        until(lambda: source.asked[QUESTION])
        lapsed_at = time.monotonic() + 3 * LEASE_MOST_S
        until(lambda: time.monotonic() > lapsed_at)
        source.going.set()
        assert all("#EXT-X-MEDIA-SEQUENCE:2" in answer.result().text for answer in waiting)
    assert (source.asked[QUESTION], source.counted.at_once["/a.m3u8"]) == (1, 1)
