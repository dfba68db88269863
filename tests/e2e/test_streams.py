"""What benches measure at length, in short: streams that die, and MPEG-TS in all its forms.

They run in processes of their own: the browser of the other journeys holds this one's event loop.
"""

import os
import subprocess
import sys

import pytest
from support.servers import repository

pytestmark = pytest.mark.e2e


@pytest.mark.timeout(300)
@pytest.mark.parametrize("death", ["refuses", "hangs"])
def test_a_stream_dies_and_comes_back_unnoticed(death: str) -> None:
    """By hls.js and ffmpeg, each asking one node after the other; no segment is fetched twice."""
    assert told("failover", NODES="2", DEATH=death, DOWN_S="12", AFTER_S="20") == ""


@pytest.mark.timeout(300)
def test_fifty_viewers_and_a_tuner_watch_one_connection() -> None:
    """No counter breaks, ffmpeg finds no fault, in MPEG-TS by id and by number, and in its HLS form."""
    assert told("tuner", N="50", SECONDS="24", NODES="3") == ""


def told(bench: str, **options: str) -> str:
    """Return what a bench said where it was not content."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(repository() / "tests"), **options}
    command = [sys.executable, "-m", "bench", bench]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""
