"""Containers from outside: how many a service has, more of them, one killed; and what plays in them."""

import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
from support.servers import repository
from support.stack import until

KILL = "import os, sys; os.kill(int(sys.argv[1]), 9)"


def docker(*words: str) -> str:
    """Run the engine's command line in the repository and return what it printed."""
    done = subprocess.run(
        ["docker", *words], cwd=Path(repository()), capture_output=True, text=True, check=False, timeout=180
    )
    assert done.returncode == 0, f"docker {' '.join(words)}: {done.stderr[-2000:]}"
    return done.stdout


def first_channel(http: httpx.Client, within_s: float) -> str:
    """Return the id of the first channel that plays as HLS; a fresh demo has to encode it first."""
    found: list[str] = []

    def plays() -> bool:
        answer = http.get("/api/channels", params={"limit": 20})
        listed = answer.json()["channels"] if answer.is_success else []
        found[:] = [each["id"] for each in listed if http.get(f"/stream/{each['id']}.m3u8").is_success][:1]
        return bool(found)

    until(plays, within_s)
    return found[0]


class Containers:
    """The containers of the stack that the environment names."""

    def of(self, service: str) -> list[str]:
        """Return the ids of a service's running containers."""
        return docker("compose", "ps", "-q", service).split()

    def scale(self, service: str, count: int) -> None:
        """Change how many there are; returns when they are well."""
        docker("compose", "up", "-d", "--no-build", "--no-recreate", "--no-deps", "--wait",
               "--scale", f"{service}={count}", service)  # fmt: skip

    def kill(self, container: str) -> None:
        """End a container's process as a crash does: the engine's own `kill` counts as a wish, and stays."""
        seen = self.seen(container)
        docker("run", "--rm", "--pid", "host", "--user", "0", "--entrypoint", "python3",
               seen["Config"]["Image"], "-c", KILL, str(seen["State"]["Pid"]))  # fmt: skip

    def restart(self, container: str) -> None:
        """Have a container finish what it does, and start anew; returns when it is well."""
        docker("restart", "--time", "40", container)
        until(lambda: self.seen(container)["State"]["Health"]["Status"] == "healthy", 90)

    def wait_until_back(self, container: str, restarts: int) -> None:
        """Return once a killed container was started again and is well."""
        until(lambda: self._is_back(self.seen(container), restarts), 60)

    def seen(self, container: str) -> Any:
        """Return what the engine knows of a container."""
        return json.loads(docker("inspect", container))[0]

    @staticmethod
    def _is_back(seen: Any, restarts: int) -> bool:
        return bool(seen["RestartCount"] > restarts and seen["State"]["Health"]["Status"] == "healthy")
