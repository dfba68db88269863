"""Junk at a steady rate, from a process of its own: `python -m drill.junk HOST PORT PER_SECOND SECONDS`.

Requests go out in pipelines on some connections, since it is the doors that are tried, not this program.
"""

import asyncio
import sys
import time

PATHS = (
    b"/content/junk.ts",
    b"/stream/none.m3u8",
    b"/key/x.key",
    b"/api/none",
    b"/t/x/stream/y.m3u8",
    b"/live/a/b/999999",
    b"/nothing?" + b"x" * 200,
)
CONNECTIONS = 50
BATCH = 20


class Sender:
    """One connection, opened again whenever it was closed."""

    def __init__(self, host: str, port: int) -> None:
        self._where = host, port
        self.sent = self.answered = 0

    async def send(self, per_s: float, ends_at: float) -> None:
        """Send batches, each at its time or as soon as there is room; nobody waits for answers."""
        batch = b"".join(
            b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % PATHS[at % len(PATHS)] for at in range(BATCH)
        )
        due = time.monotonic()
        while time.monotonic() < ends_at:
            try:
                reader, writer = await asyncio.open_connection(*self._where)
                reading = asyncio.ensure_future(self._read(reader))
                try:
                    while time.monotonic() < ends_at and not reading.done():
                        writer.write(batch)
                        await writer.drain()
                        self.sent += BATCH
                        due = max(due + BATCH / per_s, time.monotonic() - 1)
                        await asyncio.sleep(max(0.0, due - time.monotonic()))
                finally:
                    reading.cancel()
                    writer.close()
            except OSError:
                await asyncio.sleep(0.1)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while piece := await reader.read(262_144):
            self.answered += piece.count(b"HTTP/1.1 ")


async def junk(host: str, port: int, per_s: int, seconds: float) -> None:
    """Send, and say how much it was."""
    senders = [Sender(host, port) for _ in range(CONNECTIONS)]
    ends_at = time.monotonic() + seconds
    await asyncio.gather(*(sender.send(per_s / CONNECTIONS, ends_at) for sender in senders))
    sent, answered = sum(each.sent for each in senders), sum(each.answered for each in senders)
    print(f"junk: {sent / seconds:.0f} requests a second sent, {answered / seconds:.0f} answered")  # noqa: T201


if __name__ == "__main__":
    asyncio.run(junk(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
