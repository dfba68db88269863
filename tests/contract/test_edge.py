"""The start script of the front door's image: what an operator says in, what Caddy is told out."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml
from chassis.settings import EXIT_MISCONFIGURED
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
    networks = told(tmp_path, **settings)["TRUSTED_PROXIES"]
    assert networks.split() == settings["TRUSTED_PROXIES"].split()


@pytest.mark.parametrize("name", ["INSIDE", "TRUSTED_PROXIES"])
@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("10.0.0.0/8,192.168.0.0/16", ["10.0.0.0/8", "192.168.0.0/16"]),
        ("private_ranges\t203.0.113.7", ["private_ranges", "203.0.113.7"]),
        ("fc00::/7, ::1 ,0.0.0.0/0", ["fc00::/7", "::1", "0.0.0.0/0"]),
    ],
)
def test_networks_are_separated_by_spaces_or_commas(
    name: str, said: str, understood: list[str], tmp_path: Path
) -> None:
    """Caddy takes them as they are told."""
    assert told(tmp_path, **{name: said})[name].split() == understood


@pytest.mark.parametrize("name", ["INSIDE", "TRUSTED_PROXIES"])
@pytest.mark.parametrize(
    "wrong", ["home", "10.0.0.0/33", "10.0.0.256", "10.0.0", "10.0.0.0/255.0.0.0", "::/129"]
)
def test_a_wrong_network_is_one_line_that_names_it(name: str, wrong: str, tmp_path: Path) -> None:
    """Caddy would speak of a matcher, and come back for ever."""
    done = edge(tmp_path, **{name: f"127.0.0.1 {wrong}"})
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{name}='{wrong}': accepted: private_ranges, or networks such as 10.0.0.0/8")
    assert done.returncode == EXIT_MISCONFIGURED


def test_an_empty_variable_is_none(tmp_path: Path) -> None:
    """A compose file tells all of them, empty where the operator said nothing."""
    assert "INSIDE" not in told(tmp_path, INSIDE="", TRUSTED_PROXIES="")
