"""mpv, without a screen and loudspeaker. Two filters say what passes: each frame, each piece of sound."""

import asyncio
import re
import time

from players.lineup import FRAMES_A_SECOND, Channel
from players.player import START_S, PlaysAll
from players.processes import found, lines, running
from players.seen import Seen

PICTURE = re.compile(r"Parsed_showinfo_0: n: *\d+ ")
SOUND = re.compile(r"Parsed_ashowinfo_0: n: *\d+ .* rate:(\d+) nb_samples:(\d+)")
COMPLAINT = re.compile(r"^\[[\w/]+\] (?!Could not set AVOption).*\b([Ee]rror|[Ff]ailed|corrupt)")
QUIETLY = ("--no-config", "--vo=null", "--ao=null", "--msg-level=all=warn,ffmpeg=v,lavfi=v")
FILTERS = ("--vf=lavfi=[showinfo=checksum=0]", "--af=lavfi=[ashowinfo]")


class Mpv(PlaysAll):
    """It plays in real time, by the clock of a loudspeaker that isn't there."""

    name = "mpv"

    @property
    def missing(self) -> str:
        """What is to be installed."""
        return "" if found("mpv") else "mpv"

    async def play(self, channel: Channel, seconds: float) -> Seen:
        """Play it for so long, and listen to the filters."""
        command = [found("mpv") or "mpv", *QUIETLY, *FILTERS, channel.listed]
        heard = Heard(seconds, channel)
        async with running(command, stderr=asyncio.subprocess.STDOUT) as process:
            try:
                async with asyncio.timeout(seconds * 1.5 + START_S):
                    async for line in lines(process.stdout):
                        heard.read(line)
                        if heard.enough:
                            break
            except TimeoutError:
                heard.errors.append("did not come to an end")
        return heard.seen()


class Heard:
    """What mpv said, as far as it went."""

    def __init__(self, seconds: float, channel: Channel) -> None:
        self._seconds = seconds
        self._wanted = seconds * FRAMES_A_SECOND if channel.has_picture else 0
        self._frames = 0
        self._sound_s = 0.0
        self._began: float | None = None
        self._last = 0.0
        self.errors: list[str] = []

    @property
    def enough(self) -> bool:
        """Whether it has played for long enough: `--length` would count in a time that may leap."""
        return self._frames >= self._wanted and self._sound_s >= self._seconds

    def read(self, line: str) -> None:
        """Take one line."""
        if PICTURE.search(line):
            self._frames += 1
            self._moved()
        elif match := SOUND.search(line):
            self._sound_s += int(match[2]) / int(match[1])
            self._moved()
        elif COMPLAINT.match(line):
            self.errors.append(line)

    def _moved(self) -> None:
        self._last = time.monotonic()
        if self._began is None:
            self._began = self._last

    def seen(self) -> Seen:
        """Return what it comes to."""
        late_s = self._last - (self._began or 0.0) - self._seconds
        return Seen(self._frames, self._sound_s, max(0.0, late_s), errors=tuple(self.errors[:3]))
