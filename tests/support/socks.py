"""A SOCKS5 proxy (RFC 1928) for tests: it remembers where it was asked to go."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator

CONNECT_OK = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
NO_AUTHENTICATION = b"\x05\x00"
NAME = 3
PIECE = 65_536


class SocksProxy:
    """Listens on a port of loopback. `asked` are the `host:port` it went to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.port = 0
        self._listening = threading.Event()
        self._told_to_end = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()
        assert self._listening.wait(5)

    def stop(self) -> None:
        """End at once, with whatever is under way."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._told_to_end.set)
        self._thread.join(5)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with await asyncio.start_server(self._serve, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            self._listening.set()
            await self._told_to_end.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError), contextlib.closing(writer):
            _, methods = await reader.readexactly(2)
            await reader.readexactly(methods)
            writer.write(NO_AUTHENTICATION)
            host, port = await self._read_target(reader)
            self.asked.append(f"{host}:{port}")
            far_reader, far_writer = await asyncio.open_connection(host, port)
            with contextlib.closing(far_writer):
                writer.write(CONNECT_OK)
                await asyncio.gather(_pour(reader, far_writer), _pour(far_reader, writer))

    async def _read_target(self, reader: asyncio.StreamReader) -> tuple[str, int]:
        _, _, _, kind = await reader.readexactly(4)
        if kind == NAME:
            (length,) = await reader.readexactly(1)
            host = (await reader.readexactly(length)).decode()
        else:
            host = socket.inet_ntoa(await reader.readexactly(4))
        return host, int.from_bytes(await reader.readexactly(2))


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
    writer.close()


@contextlib.contextmanager
def socks_proxy() -> Iterator[SocksProxy]:
    """Run a proxy for as long as the context is open."""
    proxy = SocksProxy()
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
