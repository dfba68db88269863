"""ffmpeg, which decodes everything and stops at the first error; also what streamlink's output goes into.

It says of each frame when it is due (`framecrc`). So what is missing between two of them is seen, and nothing
that ffmpeg itself repeats or drops is counted.
"""

import asyncio
import re
import subprocess
from fractions import Fraction

from players.lineup import Channel
from players.player import START_S, PlaysAll
from players.processes import lines, running
from players.seen import Seen

GAP_MOST_S = 0.2
TIME_BASE = re.compile(r"#tb (\d+): (\d+/\d+)")
MEDIA_TYPE = re.compile(r"#media_type (\d+): (\w+)")


class Frames:
    """The frames of a picture and its sound, as `framecrc` lists them."""

    def __init__(self) -> None:
        self._bases: dict[str, Fraction] = {}
        self._types: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._lasted: dict[str, Fraction] = {}
        self._due: dict[str, Fraction] = {}
        self.gaps: list[str] = []

    def read(self, line: str) -> None:
        """Take one line of the list."""
        if match := TIME_BASE.match(line):
            self._bases[match[1]] = Fraction(match[2])
        elif match := MEDIA_TYPE.match(line):
            self._types[match[1]] = match[2]
        elif not line.startswith("#") and len(said := [part.strip() for part in line.split(",")]) > 3:
            self._frame(said[0], int(said[2]), int(said[3]))

    def _frame(self, stream: str, due: int, lasts: int) -> None:
        base, kind = self._bases[stream], self._types[stream]
        at = due * base
        if kind in self._due and abs(at - self._due[kind]) > GAP_MOST_S:
            self.gaps.append(f"{kind} leaps by {float(at - self._due[kind]):.2f} s")
        self._due[kind] = at + lasts * base
        self._counts[kind] = self._counts.get(kind, 0) + 1
        self._lasted[kind] = self._lasted.get(kind, Fraction()) + lasts * base

    @property
    def pictures(self) -> int:
        """How many frames the picture had."""
        return self._counts.get("video", 0)

    @property
    def sound_s(self) -> float:
        """How long the sound lasted."""
        return float(self._lasted.get("audio", 0))


def command(program: str, source: str, seconds: float) -> list[str]:
    """Return what decodes `seconds` of a source and lists its frames."""
    strict = [program, "-nostdin", "-v", "error", "-xerror", "-i", source, "-t", str(seconds)]
    return [*strict, "-map", "0:v:0?", "-map", "0:a:0?", "-fps_mode", "passthrough", "-f", "framecrc", "-"]


async def decoded(process: asyncio.subprocess.Process, seconds: float) -> Seen:
    """Return what a decoding ffmpeg made of its source."""
    frames = Frames()
    said: list[str] = []

    async def listen() -> None:
        said.extend([line async for line in lines(process.stderr)])

    late: list[str] = []
    try:
        async with asyncio.timeout(seconds * 1.5 + START_S), asyncio.TaskGroup() as group:
            group.create_task(listen())
            async for line in lines(process.stdout):
                frames.read(line)
        if await process.wait():
            said.append(f"status {process.returncode}")
    except TimeoutError:
        late = ["did not come to an end"]
    errors = (*said[:3], *frames.gaps[:3], *late)
    return Seen(frames.pictures, frames.sound_s, errors=errors)


class Ffmpeg(PlaysAll):
    """One ffmpeg of those that are here."""

    missing = ""

    def __init__(self, program: str) -> None:
        self._program = program
        self.name = f"ffmpeg {version(program)}"

    async def play(self, channel: Channel, seconds: float) -> Seen:
        """Decode it as fast as it comes."""
        async with running(command(self._program, channel.listed, seconds)) as process:
            return await decoded(process, seconds)


def version(program: str) -> str:
    """Return the numbers of an ffmpeg's version."""
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=True).stdout
    match = re.match(r"ffmpeg version n?([\d.]+)", said)
    return match[1] if match else "?"
