"""The studio: every channel's media, made once and kept.

The first channel is made at once and with all cores, since a newcomer waits for it; the others follow one
by one, at the lowest priority. Each is made in a folder of its own that is then renamed, so that there is
never half a channel, and the folder's name carries a stamp of everything that went into it: a change of
look or recipe makes it anew, and a second start finds all there is.
"""

import asyncio
import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import imageio_ffmpeg
from chassis.logging import get_logger

from demo import pictures, recipes, transport
from demo.channels import Channel
from demo.errors import NotFound, NotReady
from demo.reels import Reel, load

log = get_logger("studio")

_VERSION = 1
"""Raised when the media changes in a way that neither the table of channels nor the recipe shows."""
_PATIENCE_S = 900
_LOWEST_PRIORITY = 15


class Studio:
    """Makes the channels' media in `folder` and hands it out as reels."""

    def __init__(self, folder: Path, channels: Sequence[Channel], loop_s: int, ffmpeg: str = "") -> None:
        self._folder = folder.resolve()
        self._channels = {channel.id: channel for channel in channels}
        self._loop_s = loop_s
        self._ffmpeg = ffmpeg
        self._homes = {channel.id: self._folder / self._stamped(channel) for channel in channels}
        self._reels: dict[tuple[str, str], Reel] = {}

    def is_ready(self, channel: Channel) -> bool:
        """Whether the media that `channel` plays is there."""
        home = self._homes.get(channel.reel_id)
        return home is not None and home.is_dir()

    def reel(self, channel: Channel, name: str) -> Reel:
        """Return a reel of `channel` by its file name.

        Raises
        ------
        NotReady
            If the channel is not encoded yet.
        NotFound
            If it has no such reel.
        """
        key = (channel.reel_id, name)
        if key not in self._reels:
            self._reels[key] = self._load(channel, name)
        return self._reels[key]

    def _load(self, channel: Channel, name: str) -> Reel:
        if not self.is_ready(channel):
            raise NotReady(f"{channel.name} is still being encoded.")
        path = self._homes[channel.reel_id] / name
        if not path.is_file():
            raise NotFound(f"{channel.name} has no {name}.")
        return load(path, self._loop_s)

    async def make_all(self) -> None:
        """Make what is missing, one channel after the other."""
        self._clear_away_leftovers()
        for index, channel in enumerate(self._channels.values()):
            if not self.is_ready(channel):
                await self._make(channel, urgent=index == 0)
        log.info("media.completed", channels=len(self._channels))

    async def _make(self, channel: Channel, *, urgent: bool) -> None:
        started = time.monotonic()
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="making-", dir=self._folder) as name:
            work = Path(name)
            height = recipes.canvas_height(channel)
            await asyncio.to_thread(pictures.draw_layers, channel, work, height, self._loop_s)
            await self._encode(channel, work, urgent=urgent)
            await asyncio.to_thread(self._keep, channel, work)
        log.info("media.encoded", channel=channel.name, took_s=round(time.monotonic() - started, 1))

    async def _encode(self, channel: Channel, work: Path, *, urgent: bool) -> None:
        """Run ffmpeg in `work`. It is ended with us, whatever ends us."""
        threads = os.cpu_count() or 1 if urgent else 1
        arguments = recipes.recipe(channel, self._loop_s, threads=threads)
        process = await asyncio.create_subprocess_exec(
            find_ffmpeg(self._ffmpeg), *arguments, cwd=work, stderr=asyncio.subprocess.PIPE
        )
        if not urgent:
            os.setpriority(os.PRIO_PROCESS, process.pid, _LOWEST_PRIORITY)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                _, complaints = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()  # a pipe that still holds something would stay open
        if process.returncode:
            raise RuntimeError(f"ffmpeg failed for {channel.name}: {complaints.decode()[-500:]}")

    def _keep(self, channel: Channel, work: Path) -> None:
        """Move what was made to where it is looked for, and clear away what it replaces."""
        made = Path(tempfile.mkdtemp(prefix="made-", dir=self._folder))
        for path in work.iterdir():
            if path.suffix == ".ts":
                (made / path.name).write_bytes(transport.prepare(path.read_bytes()))
            elif path.suffix != ".png":
                path.rename(made / path.name)
        for outdated in self._folder.glob(f"{channel.id}~*"):
            shutil.rmtree(outdated, ignore_errors=True)
        try:
            made.rename(self._homes[channel.id])
        except OSError:  # another process has just made the same
            shutil.rmtree(made)

    def _clear_away_leftovers(self) -> None:
        """Remove the work of processes that were killed; that of one still at it is younger."""
        for folder in (*self._folder.glob("making-*"), *self._folder.glob("made-*")):
            with contextlib.suppress(OSError):
                if time.time() - folder.stat().st_mtime > _PATIENCE_S:
                    shutil.rmtree(folder)

    def _stamped(self, channel: Channel) -> str:
        """Return the name of a channel's folder: it changes with anything that the media depends on."""
        arguments = recipes.recipe(channel, self._loop_s, threads=1)
        stamp = hashlib.sha256(repr((_VERSION, channel, arguments)).encode()).hexdigest()[:12]
        return f"{channel.id}~{stamp}"


def find_ffmpeg(wanted: str = "") -> str:
    """Return the ffmpeg to use: the one wanted, else the system's, else the one of the wheel."""
    return wanted or shutil.which("ffmpeg") or str(imageio_ffmpeg.get_ffmpeg_exe())
