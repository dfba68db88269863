"""ffmpeg as a pipe: renditions in, one MPEG-TS stream out. Nothing is encoded anew.

Each rendition is fed through a pipe of its own, at the pace at which ffmpeg takes it. The first that ends
ends all of them: what follows is of another clock. Timestamps are left as they are, so that sound and
pictures that come apart stay together.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass

from chassis import tasks
from chassis.logging import get_logger

from streamer.errors import StreamerError, UpstreamBroken

log = get_logger("remux")

READ_BYTES = 64 * 1024
LOOK_BYTES = "1000000"
"""How much of a rendition ffmpeg may look at before it begins."""
COPIED = (
    *("-c", "copy", "-f", "mpegts", "-muxdelay", "0", "-muxpreload", "0"),
    *("-flush_packets", "1", "pipe:1"),
)


@dataclass(frozen=True, slots=True)
class Feed:
    """A rendition for ffmpeg. `form` is its format's name, or nothing; `starts_s` what its clock lacks."""

    pieces: AsyncIterator[bytes]
    form: str = ""
    starts_s: float = 0.0


def find_ffmpeg() -> str | None:
    """Return the system's ffmpeg, else the one of the wheel, where there is one."""
    if found := shutil.which("ffmpeg"):
        return found
    try:
        import imageio_ffmpeg  # noqa: PLC0415  (not a dependency: what is there is used)
    except ImportError:
        return None
    return str(imageio_ffmpeg.get_ffmpeg_exe())


class Remux:
    """One run of ffmpeg."""

    def __init__(self, program: str, feeds: list[Feed]) -> None:
        self._program = program
        self._feeds = feeds
        self._process: asyncio.subprocess.Process | None = None
        self._feeding: asyncio.Task[None] | None = None
        self._error: StreamerError | None = None

    async def start(self) -> None:
        """Start ffmpeg, and begin to feed it."""
        pipes = [os.pipe() for _ in self._feeds]
        reading = [ours for ours, _ in pipes]
        try:
            self._process = await asyncio.create_subprocess_exec(
                self._program,
                *self._arguments(reading),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                pass_fds=reading,
            )
        finally:
            for end in reading:
                os.close(end)
        writers = [await _writer(end) for _, end in pipes]
        self._feeding = tasks.spawn(self._feed(writers), "feed ffmpeg")

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield what ffmpeg makes, until it was fed the last.

        Raises
        ------
        StreamerError
            If a rendition failed, or ffmpeg could make nothing of it.
        """
        assert self._process is not None  # noqa: S101  (started)
        assert self._process.stdout is not None  # noqa: S101
        made = 0
        while piece := await self._process.stdout.read(READ_BYTES):
            made += len(piece)
            yield piece
        if self._error is not None:
            raise self._error
        if not made:
            raise UpstreamBroken("the channel", "ffmpeg could make nothing of it")

    async def close(self) -> None:
        """End ffmpeg and who feeds it."""
        if self._feeding is not None:
            self._feeding.cancel()
            await asyncio.wait({self._feeding})
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            # Read to its end, for a pipe that still holds something is not closed.
            await self._process.communicate()

    def _arguments(self, ends: list[int]) -> list[str]:
        said = ["-v", "error", "-nostdin", "-copyts"]
        for feed, end in zip(self._feeds, ends, strict=True):
            said += ["-probesize", LOOK_BYTES]
            said += ["-itsoffset", f"{feed.starts_s:.6f}"] if feed.starts_s else []
            said += ["-f", feed.form] if feed.form else []
            said += ["-i", f"pipe:{end}"]
        sound = len(self._feeds) - 1
        return [*said, "-map", "0:v?", "-map", f"{sound}:a?", *COPIED]

    async def _feed(self, writers: list[asyncio.StreamWriter]) -> None:
        """Feed all renditions until the first has ended."""
        feeding = [
            tasks.spawn(self._pour(feed, writer), "feed rendition")
            for feed, writer in zip(self._feeds, writers, strict=True)
        ]
        try:
            await asyncio.wait(feeding, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in feeding:
                task.cancel()
            await asyncio.wait(feeding)
            for writer in writers:
                writer.close()

    async def _pour(self, feed: Feed, writer: asyncio.StreamWriter) -> None:
        try:
            async for piece in feed.pieces:
                writer.write(piece)
                await writer.drain()
        except StreamerError as error:
            self._error = error
        except OSError as error:
            log.info("ffmpeg.closed", error=repr(error))


async def _writer(end: int) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_write_pipe(
        asyncio.streams.FlowControlMixin, os.fdopen(end, "wb", 0)
    )
    return asyncio.StreamWriter(transport, protocol, None, loop)
