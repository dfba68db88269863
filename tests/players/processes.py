"""Programs that play: started, listened to, and never left behind."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

LINE_MOST_BYTES = 1 << 20
END_S = 5.0


def found(name: str) -> str | None:
    """Return the path of a program; tools of a user's own count, too."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:{Path.home() / '.local/bin'}")


@contextlib.asynccontextmanager
async def running(
    command: Sequence[str],
    *,
    stdin: int = asyncio.subprocess.DEVNULL,
    stdout: int = asyncio.subprocess.PIPE,
    stderr: int = asyncio.subprocess.PIPE,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a program for as long as the context is open."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=stdin, stdout=stdout, stderr=stderr, limit=LINE_MOST_BYTES
    )
    try:
        yield process
    finally:
        await _ended(process)


async def _ended(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), END_S)
    except TimeoutError:
        process.kill()
        await process.wait()


async def lines(stream: asyncio.StreamReader | None) -> AsyncIterator[str]:
    """Yield what a program says, line by line."""
    assert stream is not None
    while line := await stream.readline():
        yield line.decode(errors="replace").rstrip()
