"""A source that speaks HTTP word for word as a test has it, faults included that no library would send."""

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator

Script = Callable[[asyncio.StreamWriter], Awaitable[None]]
"""Writes one answer, as bytes."""

KEEP = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b"


class ScriptedOrigin:
    """Listens on a port of loopback. `scripts` answer by path; `asked` and `connections` are what came."""

    def __init__(self) -> None:
        self.scripts: dict[str, Script] = {}
        self.asked: Counter[str] = Counter()
        self.heads: list[bytes] = []
        """The requests, as they came."""
        self.connections = 0
        self.port = 0
        self._listening = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def says(self, path: str, body: bytes) -> None:
        """Answer a path well."""
        self.sends(path, KEEP % (len(body), body))

    def sends(self, path: str, *pieces: bytes, hang_up: bool = False) -> None:
        """Answer a path with these bytes, one write each; then hang up, or keep the connection."""

        async def script(writer: asyncio.StreamWriter) -> None:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            if hang_up:
                writer.close()

        self.scripts[path] = script

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
        self._loop, self._told_to_end = asyncio.get_running_loop(), asyncio.Event()
        self._serving: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._listening.set()
        await self._told_to_end.wait()
        server.close()
        for serving in self._serving:
            serving.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                path = head.split(b" ")[1].decode()
                self.asked[path] += 1
                script = self.scripts.get(path)
                if script is None:
                    writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
                else:
                    await script(writer)
        self._serving.discard(task)
        writer.close()


@contextlib.contextmanager
def scripted_origin() -> Iterator[ScriptedOrigin]:
    """Serve for as long as the context is open."""
    origin = ScriptedOrigin()
    origin.start()
    try:
        yield origin
    finally:
        origin.stop()
