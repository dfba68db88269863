"""The front door alone: Caddy with the project's own Caddyfile, before whatever a test puts behind it."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from embedded.binaries import find
from support.servers import free_port, repository, wait_for_port


class Door:
    """A running front door. `log` is what it printed."""

    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self.base = f"http://127.0.0.1:{port}"
        self._log = log

    @property
    def log(self) -> str:
        """What it said so far."""
        return self._log.read_text()


@contextlib.contextmanager
def front_door(folder: Path, **environment: str) -> Iterator[Door]:
    """Run Caddy for as long as the context is open. `environment` fills the Caddyfile's placeholders."""
    port, log = int(environment.get("PORT", free_port())), folder / "caddy.log"
    (folder / "page").mkdir(exist_ok=True)
    (folder / "page" / "index.html").write_text("the page")
    own = {
        "PORT": str(port),
        "PAGE_DIR": str(folder / "page"),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
    }
    command = [
        str(find("caddy")),
        "run",
        "--config",
        str(repository() / "Caddyfile"),
        "--adapter",
        "caddyfile",
    ]
    with log.open("wb") as said:
        process = subprocess.Popen(command, env={**own, **environment}, stdout=said, stderr=said)
        try:
            wait_for_port(port, process)
            if "METRICS_PORT" in environment:
                wait_for_port(int(environment["METRICS_PORT"]), process)
            yield Door(port, log)
        finally:
            process.terminate()
            process.wait(20)
