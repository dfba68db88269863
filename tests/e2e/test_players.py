"""What players get through the front door."""

import os
import re
import subprocess
import sys

import httpx
import pytest
from support.playback import decode
from support.servers import repository
from support.stack import DEMO_CHANNELS, Stack, until

pytestmark = pytest.mark.e2e

FRAMES_A_SECOND = 25


@pytest.mark.parametrize("kind", DEMO_CHANNELS)
@pytest.mark.timeout(300)
def test_ffmpeg_decodes_twenty_seconds_without_an_error(stack: Stack, kind: str) -> None:
    """Every frame of them."""
    decoded = decode(f"{stack.base}/stream/{stack.channel(kind)}.m3u8", 20)
    assert decoded.errors == ""
    assert decoded.frames >= 20 * FRAMES_A_SECOND - 2


@pytest.mark.timeout(900)
def test_every_channel_plays_in_browsers(stack: Stack) -> None:
    """On the gateway's page, and with hls.js and Shaka on a page of another origin: some seconds of each."""
    told = {"GATEWAY": stack.base, "ONLY": "page hls.js shaka", "SECONDS": "4", "JOBS": "3"}
    paths = {"PYTHONPATH": str(repository() / "tests"), "PATH": os.environ["PATH"]}
    played = subprocess.run(
        [sys.executable, "-m", "players"], env={**paths, **told}, capture_output=True, text=True, check=False
    )
    assert (played.returncode, "skipped" in played.stdout) == (0, False), played.stdout + played.stderr


@pytest.mark.timeout(600)
def test_every_address_of_the_playlist_answers(stack: Stack) -> None:
    """HEAD and GET, whatever kind of stream it is; the list has every channel."""
    listed = httpx.get(f"{stack.base}/playlist.m3u8").text
    addresses = re.findall(r"^http.*$", listed, re.MULTILINE)
    assert len(addresses) == stack.get("/api/channels")["total"] >= 12
    for address in addresses:
        until(lambda address=address: httpx.head(address, timeout=20).status_code == 200, 240)  # type: ignore[misc]
        with httpx.stream("GET", address, timeout=20) as answer:
            assert answer.status_code == 200, address
            assert next(answer.iter_raw())


def test_the_playlist_names_the_server_as_it_was_asked(stack: Stack) -> None:
    """One server answers correctly under several names."""
    name = f"tv.lan:{stack.port}"
    listed = httpx.get(f"{stack.base}/playlist.m3u8", headers={"Host": name}).text
    assert f"http://{name}/stream/" in listed
    assert "127.0.0.1" not in listed


def test_a_forwarded_name_is_believed_from_the_proxy_in_front(stack: Stack) -> None:
    """Behind another proxy on this machine, addresses are the outer ones."""
    outer = {"X-Forwarded-Host": "tv.example.org", "X-Forwarded-Proto": "https"}
    assert "https://tv.example.org/stream/" in httpx.get(f"{stack.base}/playlist.m3u8", headers=outer).text
