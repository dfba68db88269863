"""Starts the stack: checks what can be checked, then hands over to the supervisor."""

import os
import secrets
import sys
import tempfile
import threading
from pathlib import Path

from chassis.settings import EXIT_MISCONFIGURED, load
from chassis.tokens import bearer

from embedded import binaries, leftovers, ports, supervisor
from embedded.announce import announce_when_ready
from embedded.programs import Site, plan
from embedded.settings import Settings, dotenv

SOCKET_PATH_MOST = 80
"""Unix socket paths end at about 100 characters; a checkout in a deep folder gets its sockets elsewhere."""


def prepare(settings: Settings, data: Path) -> Site:
    """Look for everything that is needed, before anything starts.

    Raises
    ------
    MissingBinaryError, PortTakenError
        With the line that the user reads.
    """
    for name in ("redis", "nats", "demo", "run"):
        (data / name).mkdir(parents=True, exist_ok=True)
    run = data / "run"
    if len(str(run)) > SOCKET_PATH_MOST:
        run = Path(tempfile.mkdtemp(prefix="iptv-"))
    run.chmod(0o700)
    for stale in run.glob("*.sock"):
        stale.unlink()
    ports.check_public(settings.port)
    site = Site(
        binaries={name: binaries.find(name) for name in binaries.HINTS},
        data=data,
        run=run,
        ports=ports.inner(("nats", "demo"), data / "ports.json"),
        token=secrets.token_hex(16),
    )
    write_bus_settings(site)
    return site


def write_bus_settings(site: Site) -> None:
    """Write down the token of the bus, for its owner's eyes only."""
    site.bus_settings.unlink(missing_ok=True)
    site.bus_settings.touch(mode=0o600)
    site.bus_settings.write_text(f'authorization {{ token: "{site.token}" }}\n')


def main() -> None:
    """Start everything and stay until told to end."""
    settings = load(Settings)
    data = settings.data_dir.resolve()
    data.mkdir(parents=True, exist_ok=True)
    try:
        held = leftovers.lock(data)
        if count := leftovers.end_leftovers(data):
            print(f"ended {count} programs that an earlier start left behind")  # noqa: T201
        site = prepare(settings, data)
    except (binaries.MissingBinaryError, ports.PortTakenError, leftovers.AlreadyRunningError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        raise SystemExit(EXIT_MISCONFIGURED) from None
    local = f"http://localhost:{settings.port}"
    doors = [Path(site.socket(name)) for name in ("caddy", "catalog")]
    front, public = f"http://127.0.0.1:{settings.port}", settings.api_url.rstrip("/") or local
    watching = (front, public, doors, bearer(settings.access_tokens))
    threading.Thread(target=announce_when_ready, args=watching, daemon=True).start()
    environment = {**dotenv(), leftovers.MARK: str(data)}
    try:
        supervisor.arbiter(plan(settings, site), environment, site.run).start()
    finally:
        held.close()
    sys.stdout.flush()
    os._exit(
        EXIT_MISCONFIGURED if supervisor.misconfigured else 0
    )  # the thread that waits for the first channel must not hold us up


if __name__ == "__main__":
    main()
