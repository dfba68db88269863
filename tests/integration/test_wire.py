"""Answers that are received in place, from a server that is told when to send what."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from chassis import tasks
from streamer.body import Body
from streamer.upstream import undecided
from streamer.wire import Connection, request

BODY = b"#EXTM3U\n" * 100
HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(BODY)


@contextlib.asynccontextmanager
async def connected() -> AsyncIterator[tuple[Connection, asyncio.StreamWriter]]:
    """Yield both ends of a connection."""
    accepted: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()

    def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted.set_result(writer)

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        connection = Connection("source", 20.0)
        where = server.sockets[0].getsockname()
        await asyncio.get_running_loop().create_connection(lambda: connection, *where)
        writer = await accepted
        try:
            yield connection, writer
        finally:
            connection.abort()
            writer.close()


@pytest.mark.parametrize(("more", "reusable"), [(b"", True), (b"\r\n", False)], ids=["exact", "two more"])
async def test_a_body_ends_where_it_was_said_to(more: bytes, *, reusable: bool) -> None:
    """What a source sends beyond it is no part of it, and the connection is not used again."""
    async with asyncio.timeout(10), connected() as (connection, source):
        asking = tasks.spawn(connection.ask(request("source", "/", {}), undecided), "ask")
        source.write(HEAD)
        exchange = await asking
        body = Body(None)
        receiving = tasks.spawn(exchange.receive(body), "receive")
        await asyncio.sleep(0)  # so that it is received in place
        assert exchange.in_place is body
        source.write(BODY + more)
        await receiving
        assert body.whole() == BODY
        assert connection.reusable is reusable
