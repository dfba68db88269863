"""Connections to sources, kept and lost, before a real server."""

import pytest
from contracts.channel import Stream, StreamKind
from streamer.upstream import Upstream
from support.origin import FakeOrigin
from support.servers import serving


@pytest.mark.timeout(60)
async def test_a_kept_connection_that_is_closing_is_not_taken_again() -> None:
    """It was once, for ever: a node then answered nobody any more."""
    origin = FakeOrigin({"/a": b"hello"})
    upstream = Upstream(connect_s=5, pause_s=5, pool_connections=4)
    with serving(origin.app()) as source:
        stream = Stream(source="test", address=f"{source.base}/a", kind=StreamKind.HLS, allow_private=True)
        for _ in range(2):
            async with await upstream.open(stream, stream.address) as answer:
                assert await answer.text() == "hello"
            await upstream.close()  # the loop has not yet told the connection
    assert (upstream.figures.opened, upstream.figures.reused) == (2, 0)
