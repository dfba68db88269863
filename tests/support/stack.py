"""The whole stack, started as an operator starts it, on ports and in a folder of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import psutil
from embedded.leftovers import MARK
from support.servers import free_port, repository

READY_S = 240.0
STOP_S = 30.0
MEDIA = repository() / ".data" / "demo"
"""The demo's media: encoded once, shared with `make run`."""


class Stack:
    """A running stack. `lines` is all that it said."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.port = int(settings.get("PORT", free_port()))
        self.base = f"http://127.0.0.1:{self.port}"
        self.data = data
        self.lines: list[str] = []
        self._environment = environment(data, self.port, settings)
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def start(self) -> None:
        """Start it; returns at once."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "embedded"],
            cwd=repository(),
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            self.lines.extend(lines)

    def wait_until_said(self, text: str, within_s: float = READY_S) -> None:
        """Return once a line with `text` was printed."""
        until(lambda: any(text in line for line in self.lines) or self.ended(), within_s)
        assert any(text in line for line in self.lines), "".join(self.lines[-40:])

    def ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def interrupt(self) -> int:
        """Press Ctrl-C, wait for the end, return the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end, return the exit status."""
        assert self._process is not None
        status = self._process.wait(STOP_S)
        assert self._reader is not None
        self._reader.join(5)
        return status

    def kill(self) -> None:
        """End the supervisor as `kill -9` does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        assert self._process is not None
        return self._process.pid

    def left(self) -> list[psutil.Process]:
        """Return every process that carries the folder's mark, the supervisor's or not."""
        return [process for process in psutil.process_iter() if marked(process, self.data)]

    def get(self, path: str) -> Any:
        """Return the JSON behind a path."""
        return httpx.get(self.base + path, timeout=20).raise_for_status().json()

    @property
    def demo(self) -> str:
        """The demo source's address, for whoever wants to break it."""
        demo = next(process for process in self.left() if process.cmdline()[-2:] == ["-m", "demo"])
        return f"http://{demo.environ()['LISTEN']}"

    def channel(self, kind: str) -> str:
        """Return the id of the demo's channel of some kind, once it is there to play."""
        channel_id = (DEMO_CHANNELS | OTHER_CHANNELS)[kind]
        self.wait_until_playable(channel_id)
        return channel_id

    def wait_until_playable(self, channel_id: str) -> None:
        """Return once a channel is there to play: the demo encodes its media at its first start."""
        address = f"{self.base}/stream/{channel_id}"
        until(lambda: httpx.get(address, timeout=20).status_code in (200, 307), READY_S)


DEMO_CHANNELS = {
    "plain": "aurora-one",
    "multivariant": "summit-sports",
    "aes-128": "cobalt-cinema",
    "fmp4": "tide-timber",
}
"""Those that are HLS."""

OTHER_CHANNELS = {"dash": "meridian-world", "mpeg-ts": "lantern-classics"}


def environment(data: Path, port: int, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a stack: nothing of the tester's own settings."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "SSL_CERT_FILE") if key in os.environ}
    own = {"PORT": str(port), "DATA_DIR": str(data), "DEMO_DIR": str(MEDIA), "WORKERS": "2"}
    return {**kept, **own, "RATE_LIMIT": "off", **settings}


def marked(process: psutil.Process, data: Path) -> bool:
    """Whether a process belongs to the stack in `data`."""
    try:
        return process.environ().get(MARK) == str(data) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def until(condition: Callable[[], object], within_s: float = 30.0) -> None:
    """Return once `condition` holds; a connection that fails meanwhile means not yet."""
    ends_at = time.monotonic() + within_s
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if condition():
                return
        assert time.monotonic() < ends_at, f"it did not come about within {within_s:.0f} s"
        time.sleep(0.1)


@contextlib.contextmanager
def running_stack(data: Path, **settings: str) -> Iterator[Stack]:
    """Run a stack until the first channel plays, and end it with the context: nothing may be left."""
    stack = Stack(data, **settings)
    stack.start()
    try:
        stack.wait_until_said("is ready after")
        yield stack
    finally:
        if not stack.ended():
            stack.interrupt()
        for process in stack.left():
            process.kill()
