"""What the benches measure at length, in short: streams that die, and MPEG-TS in all its forms."""

import pytest
from bench.failover import failed_over
from bench.options import Failing, Tuners
from bench.tuner import tuned_in

pytestmark = pytest.mark.e2e


@pytest.mark.timeout(600)
@pytest.mark.parametrize("death", ["refuses", "hangs"])
def test_a_stream_dies_and_comes_back_unnoticed(death: str) -> None:
    """By hls.js and ffmpeg, each asking one node after the other; no segment is fetched twice."""
    assert failed_over(Failing.model_validate({"nodes": 2, "death": death, "down_s": 12, "after_s": 20}))


@pytest.mark.timeout(600)
def test_fifty_viewers_and_a_tuner_watch_one_connection() -> None:
    """No counter breaks, ffmpeg finds no fault, in MPEG-TS by id and by number, and in its HLS form."""
    assert tuned_in(Tuners.model_validate({"n": 50, "seconds": 24, "nodes": 3}))
