"""The start script of the front door's image: what an operator says in, what Caddy is told out."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml
from embedded.binaries import find
from support.servers import repository

ROOT = repository()
IMAGE = {"PORT": "3232", "CATALOG": "catalog:8000", "REALTIME_HOST": "realtime", "STREAMER_HOST": "streamer"}
"""What the image itself says."""
JUDGES = """#!/bin/sh
env
exec {caddy} validate --config {config} --adapter caddyfile
"""


def edge(folder: Path, **said: str) -> subprocess.CompletedProcess[str]:
    """Run the script; in Caddy's place stands one that shows what it was told, and judges it."""
    caddy = folder / "caddy"
    caddy.write_text(JUDGES.format(caddy=find("caddy"), config=ROOT / "Caddyfile"))
    caddy.chmod(0o755)
    places = {"PATH": f"{folder}:{os.environ['PATH']}", "HOME": str(folder), "PAGE_DIR": str(folder)}
    command = ["sh", str(ROOT / "infra/docker/edge.sh"), "run"]
    return subprocess.run(
        command, env=places | IMAGE | said, capture_output=True, text=True, check=False, timeout=60
    )


def told(folder: Path, **said: str) -> dict[str, str]:
    """Return what Caddy is told; it has to be able to start with it."""
    done = edge(folder, **said)
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


@pytest.mark.parametrize(("said", "allowed"), [("TRUE", None), ("", None), ("FALSE", "http: https:")])
def test_the_page_may_play_from_elsewhere_only_where_it_has_to(
    said: str, allowed: str | None, tmp_path: Path
) -> None:
    """PROXY_CONTENT=FALSE sends players away; by default the page's policy lets it go nowhere."""
    assert told(tmp_path, PROXY_CONTENT=said).get("MEDIA_FROM") == allowed


def test_nothing_that_all_services_are_told_stops_the_front_door(tmp_path: Path) -> None:
    """On Kubernetes it reads the same map as they do."""
    kustomization = yaml.safe_load((ROOT / "infra/k8s/base/kustomization.yaml").read_text())
    literals = kustomization["configMapGenerator"][0]["literals"]
    settings = dict(literal.split("=", 1) for literal in literals)
    assert told(tmp_path, **settings)["TRUSTED_PROXIES"] == settings["TRUSTED_PROXIES"]
