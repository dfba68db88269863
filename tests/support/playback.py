"""Players, judged by the frames that they decode: exit codes alone lie."""

import re
import shutil
import subprocess
from dataclasses import dataclass

import imageio_ffmpeg


@dataclass(frozen=True)
class Decoded:
    """What a player made of a stream."""

    frames: int
    errors: str


def decode(address: str, seconds: float, *, stops: bool = True, timeout_s: float = 120) -> Decoded:
    """Decode `seconds` of a stream with ffmpeg, which stops at the first error if it is to."""
    program = shutil.which("ffmpeg") or imageio_ffmpeg.get_ffmpeg_exe()
    command = [program, "-nostdin", "-v", "error", *["-xerror"] * stops, "-i", address, "-t", str(seconds)]
    done = subprocess.run(
        [*command, "-f", "null", "-progress", "pipe:1", "-"],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    frames = [int(count) for count in re.findall(r"^frame=\s*(\d+)", done.stdout, re.MULTILINE)]
    errors = done.stderr.strip() + (f" (status {done.returncode})" if done.returncode else "")
    return Decoded(frames[-1] if frames else 0, errors)
