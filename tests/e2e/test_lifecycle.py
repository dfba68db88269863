"""Starting, failing, ending: what an operator lives with."""

import socket
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest
from support.playback import decode
from support.servers import repository
from support.stack import Stack, environment, running_stack, until
from support.viewer import segments_of

pytestmark = pytest.mark.e2e

SEGMENT_S = 4
PROGRAMS = ("redis", "cache", "nats", "demo", "catalog", "worker", "clock", "streamer-1", "realtime", "caddy")


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.timeout(180)
def test_a_killed_program_comes_back_and_playback_goes_on(stack: Stack, name: str) -> None:
    """`kill -9` of any one process."""
    victim = find(stack, name)
    victim.kill()
    until(lambda: find(stack, name).pid != victim.pid)
    until(lambda: plays(stack), 30)
    assert decode(f"{stack.base}/stream/aurora-one.m3u8", 4).errors == ""


@pytest.mark.timeout(120)
def test_a_player_goes_on_where_a_streamer_is_killed(stack: Stack) -> None:
    """The other one goes on. What was on the wire is cut: of that one segment frames may be missing."""
    address = f"{stack.base}/stream/aurora-one.m3u8"
    watch = f"from support.playback import decode; print(decode({address!r}, 24, stops=False))"
    player = subprocess.Popen(
        [sys.executable, "-c", watch],
        cwd=repository() / "tests",
        stdout=subprocess.PIPE,
        text=True,
    )
    find(stack, "streamer-2").kill()
    said, _ = player.communicate(timeout=100)
    assert int(said.partition("frames=")[2].partition(",")[0]) >= (24 - SEGMENT_S) * 25 - 2


@pytest.mark.timeout(120)
def test_a_streamer_that_stands_still_is_left_out(stack: Stack) -> None:
    """It takes connections and answers nothing: its health is looked at on a connection of its own."""
    still = find(stack, "streamer-1")
    still.suspend()
    try:
        with httpx.Client(base_url=stack.base, timeout=2) as http:
            until(lambda: all_segments_come(http, "/stream/aurora-one.m3u8"))
    finally:
        still.resume()


def all_segments_come(http: httpx.Client, playlist: str) -> bool:
    """Whether all that a playlist lists is given at once; by their names, segments go to all streamers."""
    addresses = segments_of(http.get(playlist).raise_for_status().text)
    return all(http.get(address).is_success for address in addresses)


@pytest.mark.timeout(300)
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither a process nor an open port; and it says so with status 0."""
    with running_stack(tmp_path, WORKERS="1") as stack:
        assert len(stack.left()) >= len(PROGRAMS)
        assert stack.interrupt() == 0
        assert stack.left() == []
        with pytest.raises(httpx.ConnectError):
            httpx.get(stack.base)


@pytest.mark.timeout(300)
def test_what_a_killed_start_left_is_ended_by_the_next(tmp_path: Path) -> None:
    """`kill -9` of the supervisor itself orphans its programs, but not for long."""
    with running_stack(tmp_path, WORKERS="1") as first:
        first.kill()
        assert first.left()
        orphans = {process.pid for process in first.left()}
        with running_stack(tmp_path, WORKERS="1", PORT=str(first.port)) as second:
            assert not orphans & {process.pid for process in second.left()}
            assert plays(second)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "http", "PORT='http'"),
        ("WORKERS", "0", "WORKERS='0'"),
        ("BACKEND_HOST_URI", "nowhere", "BACKEND_HOST_URI="),
        ("SOCKS5", "user:secret@", "SOCKS5=(hidden)"),
        ("API_URL", "tv.example.org", "API_URL='tv.example.org'"),
        ("API_URL", "https://example.org/tv", "API_URL='https://example.org/tv'"),
        ("TRUSTED_PROXIES", "10.0.0.0/99", "TRUSTED_PROXIES="),
    ],
)
def test_a_wrong_value_is_one_clear_line(tmp_path: Path, name: str, value: str, said: str) -> None:
    """It names the variable, and ends the start before anything runs."""
    ended = start_and_fail(tmp_path, **{name: value})
    assert ended.stderr.startswith(said)
    assert ended.stderr.count("\n") == 1
    assert "secret" not in ended.stderr


@pytest.mark.timeout(60)
def test_a_wrong_source_ends_the_start(tmp_path: Path) -> None:
    """What only a service can judge: its line is there, and everything ends instead of starting for ever."""
    stack = Stack(tmp_path, SOURCES="m3v=http://source.example")
    stack.start()
    stack.wait_until_said("SOURCES=")
    assert stack.wait() == 2
    assert stack.left() == []


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    """It says which, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = start_and_fail(tmp_path, PORT=str(port))
    assert ended.stderr.startswith(f"PORT={port}: it is taken")
    assert ended.stderr.count("\n") == 1


def start_and_fail(data: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Start a stack that can't start."""
    ended = subprocess.run(
        [sys.executable, "-m", "embedded"],
        cwd=repository(),
        env=environment(data, 1, {"PORT": "3999", **settings}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 2
    return ended


def find(stack: Stack, name: str) -> psutil.Process:
    """Return a program's process; waits while it is coming back."""
    found: list[psutil.Process] = []

    def look() -> bool:
        found[:] = [process for label, process in labelled(stack).items() if label == name]
        return bool(found)

    until(look)
    return found[0]


def labelled(stack: Stack) -> dict[str, psutil.Process]:
    """Return the programs by the names in the log: both Redis are `redis-server` to the system."""
    found: dict[str, psutil.Process] = {}
    for process in psutil.Process(stack.pid).children():
        try:
            words, said = process.cmdline(), process.environ()
        except psutil.Error:
            continue
        found[said.get("NODE_NAME") or _server(words)] = process
    return found


def _server(words: list[str]) -> str:
    said = " ".join(words)
    for sign, name in (
        ("cache.sock", "cache"),
        ("redis.sock", "redis"),
        ("nats-server", "nats"),
        ("caddy", "caddy"),
    ):
        if sign in said:
            return name
    return said


def plays(stack: Stack) -> bool:
    """Whether the first channel's playlist is there."""
    return httpx.get(f"{stack.base}/stream/aurora-one.m3u8", timeout=10).is_success
