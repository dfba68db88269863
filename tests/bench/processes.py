"""Programs under measurement: pinned to a core, with what they cost in processor time and memory.

The programs that are measured have the first core; whatever loads them, and what they lean on, has the last.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import psutil
from support.servers import wait_for_port

STOP_S = 10.0


class MissingProgramError(Exception):
    """A program that only the bench needs is not installed. Its text is the line that a user reads."""


PACKAGES = {"nginx": "nginx-light", "wrk": "wrk", "taskset": "util-linux"}
"""Debian's names for what is needed."""


def needed(name: str) -> str:
    """Return the path of a program.

    Raises
    ------
    MissingProgramError
        If it is not installed, with what to do about it.
    """
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise MissingProgramError(f"{name} is missing: install {PACKAGES[name]} (Debian and Ubuntu: apt-get)")
    return found


@cache
def cores() -> tuple[int, int]:
    """Return the measured programs' core, and the load's: the same one where there is only one.

    Asked once: the bench moves itself to the load's core, and would then see no other.
    """
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]


def busy_s(core: int) -> float:
    """Return how long a core was not idle, time that the machine's host took included (`steal`)."""
    times = psutil.cpu_times(percpu=True)[core]
    return float(times.user + times.nice + times.system + times.irq + times.softirq + times.steal)


class Server:
    """A program that listens on a port (on none, if that is 0), on a core of its own where one is named."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        port: int,
        *,
        core: int | None = None,
        environment: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> None:
        self.name = name
        self.port = port
        pinned = [] if core is None else [needed("taskset"), "-c", str(core)]
        self._command = [*pinned, *command]
        self._environment = {**os.environ, **(environment or {})}
        self._log = log or Path(os.devnull)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id. `taskset` becomes the program that it starts, so it is the program's own."""
        if self._process is None:
            raise RuntimeError(f"{self.name} does not run")
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it listens."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        if self.port:
            wait_for_port(self.port, self._process)

    def terminate(self) -> None:
        """Tell it to end, as a supervisor does. It may take its time."""
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """End it as `kill -9` does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self, within_s: float = STOP_S) -> None:
        """End it, by force where it does not end by itself: nginx' workers only go if their master tells."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(within_s)
            except subprocess.TimeoutExpired:
                self.kill()
            self._process = None

    @property
    def ended(self) -> bool:
        """Whether it runs no more."""
        return self._process is None or self._process.poll() is not None

    def cpu_s(self) -> float:
        """Return the processor time, user and system, of the program and its workers."""
        return sum(sum(process.cpu_times()[:2]) for process in self._processes())

    def rss_bytes(self) -> int:
        """Return the memory that is resident, of the program and its workers."""
        return sum(process.memory_info().rss for process in self._processes())

    def rss_most_bytes(self) -> int:
        """Return the most memory that was ever resident, of the program alone."""
        told = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in told.splitlines() if line.startswith("VmHWM"))

    def _processes(self) -> list[psutil.Process]:
        main = psutil.Process(self.pid)
        return [main, *main.children(recursive=True)]
