"""Circus, told what to keep alive: restarts what dies, prefixes what is said, ends all when told to.

Each program runs in a session of its own, so a Ctrl-C reaches the supervisor alone, which then ends the
others in order: nothing is told twice.
"""

import logging
import os
import re
import signal
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import circus
from chassis.settings import EXIT_MISCONFIGURED
from circus.client import make_json
from circus.exc import ConflictError

from embedded.programs import Program

COLOURS = (36, 33, 35, 32, 34, 96, 93, 95, 92, 94)
PLAIN = "\033[0m"
CHECK_S = 0.5
ASK_AGAIN_S = 0.2

misconfigured: list[int] = []
"""Not empty once a program ended for its settings' sake."""


class PrefixedStream:
    """Prints a program's lines with its name before each, a colour for each program."""

    def __init__(self, program: Program, width: int, number: int) -> None:
        name, self._chatter = program.name, re.compile(program.chatter.encode() or b"(?!)")
        colour = f"\033[{COLOURS[number % len(COLOURS)]}m" if sys.stdout.isatty() else ""
        self._prefix = f"{colour}{name:<{width}} │{PLAIN if colour else ''} "
        self._rest = b""

    def __call__(self, data: Mapping[str, Any]) -> None:
        """Take what a program said: whole lines go out, the begun one waits."""
        *lines, self._rest = (self._rest + data["data"]).split(b"\n")
        for line in lines:
            if self._chatter.search(line):
                continue
            sys.stdout.write(f"{self._prefix}{line.decode(errors='replace')}\n")
        sys.stdout.flush()

    def close(self) -> None:
        """Say what is left."""
        if self._rest:
            self({"data": b"\n"})


def arbiter(programs: Iterable[Program], environment: Mapping[str, str], run: Path) -> Any:
    """Return a supervisor of `programs`; its `start()` blocks until it was told to end."""
    logging.getLogger("tornado.application").addFilter(_worth_saying)
    planned = list(programs)
    width = max(len(program.name) for program in planned)
    watchers = [_watcher(program, environment, width, number) for number, program in enumerate(planned)]
    made = circus.get_arbiter(
        watchers,
        controller=f"ipc://{run / 'circus.sock'}",
        pubsub_endpoint=f"ipc://{run / 'circus-events.sock'}",
        check_delay=CHECK_S,
    )
    _end_for_sure(made)
    return made


def _end_for_sure(supervisor: Any) -> None:
    """End on a signal, also where it meets a step of Circus's own: that one would be dropped, so ask on."""

    def ask() -> None:
        supervisor.ctrl.dispatch((None, make_json("quit")))
        supervisor.loop.call_later(ASK_AGAIN_S, ask)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: supervisor.loop.add_callback_from_signal(ask))


def end_if_misconfigured(exit_code: int, **_: Any) -> bool:
    """End everything where a program says that its settings are wrong: it has just told why, on one line."""
    if exit_code == EXIT_MISCONFIGURED:
        misconfigured.append(exit_code)
        os.kill(os.getpid(), signal.SIGINT)
    return True


def _worth_saying(record: logging.LogRecord) -> bool:
    """Leave out what Circus raises at itself when its look at the programs meets the end."""
    return not (record.exc_info and isinstance(record.exc_info[1], ConflictError))


def _watcher(program: Program, environment: Mapping[str, str], width: int, number: int) -> dict[str, Any]:
    stream = PrefixedStream(program, width, number)
    return {
        "name": program.name,
        "cmd": program.command[0],
        "args": list(program.command[1:]),
        "env": {**os.environ, **environment, **program.environment},
        "stdout_stream": {"stream": stream},
        "stderr_stream": {"stream": stream},
        "graceful_timeout": program.stop_s,
        "stop_children": True,
        "max_retry": -1,
        "priority": -number,
        "close_child_stdin": True,
        "hooks": {"after_reap": (end_if_misconfigured, True)},
    }
