"""Everything in one container, as `docker run` starts it: on a machine with room, and on a small board."""

import contextlib
import os
import re
import secrets
import time
from collections.abc import Iterator

import httpx
import pytest
from support.compose import docker, first_channel
from support.crowd import Crowd
from support.packets import decoded_frames
from support.servers import free_port
from support.viewer import media_playlist, segments_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]

READY_S = 240.0
VIEWERS = 10
MB = 1024 * 1024
SMALL = {"WORKERS": "2", "PROXY_CONTENT": "FALSE", "CACHE_MB": "32"}
"""What docs/scaling.md says of a small machine."""
GROUP = "/sys/fs/cgroup"
MOST_MEMORY = f"cat {GROUP}/memory.peak {GROUP}/memory/memory.max_usage_in_bytes 2>/dev/null || true"
KILLED = f"cat {GROUP}/memory.events {GROUP}/memory/memory.oom_control 2>/dev/null || true"
"""Where the kernel says it, in its second and its first version."""


@contextlib.contextmanager
def running(image: str, *words: str) -> Iterator[str]:
    """Run an image, with what else the engine is told; gives the container's name."""
    if "IMAGE_PREFIX" not in os.environ:
        pytest.skip("IMAGE_PREFIX does not say which images; infra/docker/test.sh builds them")
    name = f"{image}-{secrets.token_hex(3)}"
    docker("run", "--detach", "--name", name, *words, f"{os.environ['IMAGE_PREFIX']}/{image}")
    try:
        yield name
    finally:
        docker("rm", "--force", "--volumes", name)


def told(**variables: str) -> Iterator[str]:
    """Yield the words that set a container's environment."""
    for name, value in variables.items():
        yield from ("--env", f"{name}={value}")


def test_one_command_plays_the_demo() -> None:
    """From `docker run` to a picture, and a page."""
    port, began = free_port(), time.monotonic()
    with (
        running("all-in-one", *told(RATE_LIMIT="off"), "--publish", f"127.0.0.1:{port}:3232"),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as http,
    ):
        address = f"/stream/{first_channel(http, READY_S)}.m3u8"
        segment = http.get(segments_of(http.get(media_playlist(http, address)).text)[-1])
        print(f"from docker run to a segment: {time.monotonic() - began:.1f} s")  # noqa: T201  (the figure)
        frames, said = decoded_frames(segment.content)
        assert frames > 0, said
        assert "<title>" in http.get("/").text


def test_half_a_core_and_512_mb_carry_ten_viewers() -> None:
    """Players fetch from the source themselves: it is on the host's network, and so is the gateway."""
    port, source = free_port(), f"127.0.0.1:{free_port()}"
    small = told(**SMALL, PORT=str(port), SOURCES=f"m3u=http://{source}/list.m3u", RATE_LIMIT="off")
    limits = ("--cpus", "0.5", "--memory", "512m", "--memory-swap", "512m")
    base = f"http://127.0.0.1:{port}"
    with (
        running("demo", "--network", "host", *told(LISTEN=source, DEMO_ONLY="51 52")),
        running("all-in-one", "--network", "host", *limits, *small) as name,
    ):
        with httpx.Client(base_url=base, timeout=20) as http:
            channel = first_channel(http, READY_S)
        with Crowd(base, [channel], VIEWERS) as crowd:
            crowd.play_on(segments=6)
        used = int(docker("exec", name, "sh", "-c", MOST_MEMORY))
        killed = re.findall(r"^oom_kill (\d+)$", docker("exec", name, "sh", "-c", KILLED), re.MULTILINE)
    print(crowd.told(), f"{used / MB:.0f} MB at most, the files it read included")  # noqa: T201  (the figure)
    assert crowd.faults == []
    assert crowd.backwards == 0
    assert killed == ["0"]
