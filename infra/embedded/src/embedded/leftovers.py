"""One stack per data folder, and nothing left of one that was killed.

A supervisor that died of `kill -9` can't end its programs. They carry the folder's mark in their
environment, and the next start ends whoever carries it.
"""

import fcntl
import os
from pathlib import Path
from typing import IO

import psutil

MARK = "IPTV_EMBEDDED_IN"
END_S = 5.0


class AlreadyRunningError(Exception):
    """A stack runs in this folder. Its text is the line that a user reads."""


def lock(data: Path) -> IO[str]:
    """Take the folder; the lock goes with the process.

    Raises
    ------
    AlreadyRunningError
        If somebody has it.
    """
    held = (data / "embedded.lock").open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.close()
        raise AlreadyRunningError(f"it already runs here (state in {data}); stop it first") from None
    return held


def end_leftovers(data: Path) -> int:
    """End the programs that a killed start left behind; return how many there were."""
    left = [
        process for process in psutil.process_iter() if process.pid != os.getpid() and _marked(process, data)
    ]
    for process in left:
        process.terminate()
    _, alive = psutil.wait_procs(left, timeout=END_S)
    for process in alive:
        process.kill()
    return len(left)


def _marked(process: psutil.Process, data: Path) -> bool:
    try:
        return process.environ().get(MARK) == str(data)
    except (psutil.Error, OSError):
        return False
