"""VLC, without a screen, asked by its remote control for what it has shown and what it has lost.

It refuses root, so root starts it as nobody. What it logs is no measure: it complains of what it then plays.
"""

import asyncio
import contextlib
import os
import re
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass

from players.lineup import FRAMES_A_SECOND, Channel
from players.player import START_S, PlaysAll
from players.processes import found, lines, running
from players.seen import Seen

SILENTLY = ("--vout=dummy", "--aout=adummy", "--no-video-title-show", "--no-color", "--ignore-config")
REMOTE = ("-I", "oldrc", "--rc-fake-tty")
NAMES = ("frames displayed", "frames lost", "buffers played")
FIGURE = re.compile(rf"\| ({'|'.join(NAMES)}) *: *(\d+)")
ANSWERED = "stats: returned"
ANSWER_S = 5.0
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
POLL_S = 0.5
SOUND_FRAME_S = 1024 / 32_000
"""The demo's sound, as VLC counts it."""


@dataclass(frozen=True)
class Figures:
    """What VLC says that it did since it began."""

    frames: int
    lost: int
    sounds: int

    @property
    def played_s(self) -> float:
        """How long it has played: the sound's time where there is no picture."""
        return max(self.frames / FRAMES_A_SECOND, 0.0) or self.sounds * SOUND_FRAME_S


class Vlc(PlaysAll):
    """It plays in real time."""

    name = "VLC"

    @property
    def missing(self) -> str:
        """What is to be installed."""
        return "" if found("vlc") else "vlc-bin and vlc-plugin-base"

    async def play(self, channel: Channel, seconds: float) -> Seen:
        """Play it until enough was shown, or could have been."""
        with tempfile.TemporaryDirectory() as home:
            os.chmod(home, 0o777)  # noqa: PTH101, S103  (whoever it runs as lives there)
            command = [*_as_user(home), found("vlc") or "vlc", *REMOTE, *SILENTLY, channel.listed]
            async with running(command, stdin=PIPE, stderr=DEVNULL) as process:
                return await Watched(process, seconds, channel).seen()


def _as_user(home: str) -> list[str]:
    return [*(NOBODY if os.geteuid() == 0 else ()), "env", f"HOME={home}", f"XDG_RUNTIME_DIR={home}"]


class Watched:
    """One VLC at work."""

    def __init__(self, process: asyncio.subprocess.Process, seconds: float, channel: Channel) -> None:
        self._process = process
        self._seconds = seconds
        self._has_picture = channel.has_picture
        self._most_s = seconds + channel.still_most_s * 2

    async def seen(self) -> Seen:
        """Wait for the first frame, then until enough was played."""
        ends_at = time.monotonic() + START_S
        first = await self._until(0.0, ends_at)
        began = time.monotonic()
        if first is None:
            return Seen(errors=("it began to play nothing",))
        last = await self._until(first.played_s + self._seconds, began + self._most_s)
        took_s = time.monotonic() - began
        last = last or await self._figures()
        frames = last.frames - first.frames
        sound_s = (last.sounds - first.sounds) * SOUND_FRAME_S
        late_s = took_s - (frames / FRAMES_A_SECOND if self._has_picture else sound_s)
        return Seen(frames, sound_s, max(0.0, late_s), last.lost - first.lost)

    async def _until(self, played_s: float, ends_at: float) -> Figures | None:
        """Return the figures once more than `played_s` was played; None if it is not in time."""
        while time.monotonic() < ends_at:
            figures = await self._figures()
            if figures.played_s > played_s and bool(figures.frames) is self._has_picture:
                return figures
            await asyncio.sleep(POLL_S)
        return None

    async def _figures(self) -> Figures:
        assert self._process.stdin is not None
        self._process.stdin.write(b"stats\n")
        said: dict[str, int] = {}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                async for line in lines(self._process.stdout):
                    if match := FIGURE.search(line):
                        said[match[1]] = int(match[2])
                    if line.startswith(ANSWERED):
                        break
        return Figures(*(said.get(name, 0) for name in NAMES))
