"""What `make run` looks for before it builds the page: a Node that Vite takes, and npm."""

import shutil
import subprocess
from pathlib import Path

import pytest
from chassis.settings import EXIT_MISCONFIGURED
from support.servers import repository

NODE = """#!/bin/sh
[ "$1" = --version ] && echo v{version} && exit
exec {node} -e "((process) => {{ $2 }})({{ versions: {{ node: '{version}' }}, exit: process.exit }})"
"""
"""A Node that takes itself for another."""


def check(folder: Path, *there: str, node: str | None) -> subprocess.CompletedProcess[str]:
    """Run the check where there is no program but `there`, and a Node of that version."""
    for name in ("dirname", *there):
        (folder / name).symlink_to(str(shutil.which(name)))
    if node:
        (folder / "node").write_text(NODE.format(node=shutil.which("node"), version=node))
        (folder / "node").chmod(0o755)
    command = ["/bin/sh", str(repository() / "infra/embedded/page.sh"), "check"]
    return subprocess.run(
        command, env={"PATH": str(folder)}, capture_output=True, text=True, check=False, timeout=30
    )


@pytest.mark.parametrize("version", ["20.19.0", "20.20.2", "22.12.0", "23.0.0", "24.1.0"])
def test_a_node_that_vite_takes_is_taken(version: str, tmp_path: Path) -> None:
    """README says which."""
    done = check(tmp_path, "npm", node=version)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("version", [None, "18.20.0", "20.18.3", "21.7.0", "22.11.0"])
def test_another_node_is_told_in_the_words_that_readme_has(version: str | None, tmp_path: Path) -> None:
    """Before npm fetches anything for it."""
    done = check(tmp_path, "npm", node=version)
    (line,) = done.stderr.splitlines()
    words, _, found = line.partition(" to build the page: ")
    assert f"`{words}`" in (repository() / "README.md").read_text()
    assert found == (f"this is v{version}" if version else "none was found")
    assert done.returncode == EXIT_MISCONFIGURED


def test_a_node_without_npm_is_told(tmp_path: Path) -> None:
    """Debian and Ubuntu have it as a package apart."""
    done = check(tmp_path, node="20.19.0")
    (line,) = done.stderr.splitlines()
    assert line.startswith("npm is needed to build the page: ")
    assert done.returncode == EXIT_MISCONFIGURED
