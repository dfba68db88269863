"""Caddy with the project's own file, before services that a test has started."""

import os
import subprocess
from contextlib import ExitStack
from pathlib import Path

from embedded.binaries import find
from support.servers import free_port, repository, wait_for_port


def front_door(stack: ExitStack, catalog: str, streamer: str, realtime: str, page: Path) -> str:
    """Run Caddy for as long as `stack` is open, and return its address.

    Services are told by their addresses; several of one kind stand in one text, with spaces in between.
    """
    port = free_port()
    (page / "index.html").write_text("the page")
    where = {"CATALOG": catalog, "STREAMERS": streamer, "REALTIME": realtime}
    environment = {
        **os.environ,
        **{name: bases.replace("http://", "") for name, bases in where.items()},
        "PORT": str(port),
        "PAGE_DIR": str(page),
        "INSIDE": "192.0.2.0/24",
        "XDG_DATA_HOME": str(page),
        "XDG_CONFIG_HOME": str(page),
    }
    command = [
        str(find("caddy")),
        "run",
        "--config",
        str(repository() / "Caddyfile"),
        "--adapter",
        "caddyfile",
    ]
    said = stack.enter_context((page / "caddy.log").open("wb"))
    process = subprocess.Popen(command, env=environment, stdout=said, stderr=subprocess.STDOUT)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    wait_for_port(port, process)
    return f"http://127.0.0.1:{port}"
