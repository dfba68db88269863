"""Load: wrk, one thread, on the load's core.

The script below makes every request beforehand and hands them out in turn, so that a walk over sealed
addresses, or a thousand viewers, costs wrk no more than one address does.
"""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
from bench.processes import cores, needed

CONNECTIONS = 32

SCRIPT = """
local ready, at = {}, 0

function init(args)
  local viewers = tonumber(args[2])
  for path in io.lines(args[1]) do
    if viewers == 0 then ready[#ready + 1] = wrk.format("GET", path) end
    for n = 1, viewers do
      ready[#ready + 1] = wrk.format("GET", path, {
        ["X-Forwarded-For"] = "198.18." .. math.floor(n / 250) .. "." .. (n % 250 + 1),
        ["User-Agent"] = "player/" .. n,
      })
    end
  end
end

function request()
  at = at % #ready + 1
  return ready[at]
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\\nRESULT {"requests": %d, "sent_bytes": %d, "took_us": %d, "errors": %d, "p99_us": %d}\\n',
    summary.requests, summary.bytes, summary.duration,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(99)))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw."""

    requests: int
    sent_bytes: int
    took_us: int
    errors: int
    p99_us: int

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return self.requests / (self.took_us / 1e6)


class WalkTooShortError(Exception):
    """The subject was faster than the walk is long: what came after its end was warm."""


class Wrk:
    """wrk, with its script in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._script = folder / "load.lua"
        self._script.write_text(SCRIPT)
        self._paths = folder / "paths"

    def run(
        self,
        port: int,
        paths: list[str],
        seconds: int,
        *,
        viewers: int = 0,
        once: bool = False,
        connections: int = CONNECTIONS,
        headers: Sequence[str] = (),
    ) -> Load:
        """Ask for `paths` in turn, by so many different viewers. `once`: none of them twice.

        On each of the `connections` one request waits for its answer at a time.

        `headers` go with every request, unless there are viewers: they have their own.

        Raises
        ------
        WalkTooShortError
            If there were too few of them.
        """
        self._paths.write_text("\n".join(paths))
        command = [needed("taskset"), "-c", str(cores()[1]), needed("wrk"), "-t1", f"-c{connections}"]
        command += [f"-d{seconds}s", "--timeout", "10s", "-s", str(self._script), f"http://127.0.0.1:{port}"]
        command += [word for header in headers for word in ("-H", header)]
        done = subprocess.run(
            [*command, "--", str(self._paths), str(viewers)], capture_output=True, text=True, check=True
        )
        load = Load(**json.loads(done.stdout.rpartition("RESULT ")[2]))
        if once and load.requests + connections > len(paths):
            raise WalkTooShortError(f"{load.requests} requests in a walk of {len(paths)}: use fewer SECONDS")
        return load

    def touch(self, port: int, path: str) -> None:
        """Ask for a path once, so that it is warm."""
        httpx.get(f"http://127.0.0.1:{port}{path}", timeout=10).raise_for_status()
