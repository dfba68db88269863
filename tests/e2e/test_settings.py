"""What an operator sets is honoured by the stack as he starts it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from support.servers import free_port, nats_server, redis_server, wait_for_port
from support.socks import socks_proxy
from support.stack import Stack, running_stack, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

QUICK = {"WORKERS": "1", "DEMO_ONLY": "51"}


def playlist(stack: Stack) -> str:
    """Return the first channel's playlist."""
    return httpx.get(f"{stack.base}/stream/aurora-one.m3u8", timeout=20).raise_for_status().text


def segment(stack: Stack) -> str:
    """Return the address of the first channel's newest segment."""
    return [line for line in playlist(stack).splitlines() if line and not line.startswith("#")][-1]


def test_without_proxying_players_are_sent_to_the_source(tmp_path: Path) -> None:
    """PROXY_CONTENT=FALSE: the playlist is ours, its segments are not."""
    with running_stack(tmp_path, **QUICK, PROXY_CONTENT="FALSE") as stack:
        address = segment(stack)
        assert re.match(r"http://127\.0\.0\.1:\d+/live/51/", address)
        assert f":{stack.port}/" not in address


def test_the_public_address_is_what_players_are_told(tmp_path: Path) -> None:
    """API_URL, whatever the request's own name was."""
    with running_stack(tmp_path, **QUICK, API_URL="https://tv.example.org") as stack:
        listed = httpx.get(f"{stack.base}/playlist.m3u8").text
        assert "https://tv.example.org/stream/aurora-one.m3u8" in listed
        assert "127.0.0.1" not in listed


def test_all_of_a_source_goes_through_its_proxy(tmp_path: Path) -> None:
    """SOCKS5: lists, pages, playlists and segments."""
    with socks_proxy() as proxy, running_stack(tmp_path, **QUICK, SOCKS5=f"127.0.0.1:{proxy.port}") as stack:
        before = len(proxy.asked)
        assert before
        assert httpx.get(stack.base + segment(stack)).is_success
        assert {asked.rpartition(":")[0] for asked in proxy.asked} == {"127.0.0.1"}


def test_streamers_elsewhere_are_balanced_over(tmp_path: Path) -> None:
    """BACKEND_HOST_URI: none start here; the remote ones share what the others stand on."""
    with redis_server() as redis, nats_server() as nats:
        shared = {
            "REDIS_URL": f"redis://127.0.0.1:{redis.port}/0",
            "CACHE_REDIS_URL": f"redis://127.0.0.1:{redis.port}/1",
            "NATS_URL": f"nats://127.0.0.1:{nats.port}",
        }
        ports = [free_port(), free_port()]
        nodes = [
            subprocess.Popen(
                [sys.executable, "-m", "streamer"],
                env={**os.environ, **shared, "LISTEN": f"127.0.0.1:{port}", "NODE_NAME": f"node-{port}"},
            )
            for port in ports
        ]
        try:
            for port, node in zip(ports, nodes, strict=True):
                wait_for_port(port, node)
            where = ", ".join(f"127.0.0.1:{port}" for port in ports)
            with running_stack(tmp_path, **QUICK, **shared, BACKEND_HOST_URI=where) as stack:
                assert httpx.get(stack.base + segment(stack)).is_success
                nodes[0].kill()
                nodes[0].wait()
                until(lambda: httpx.get(stack.base + segment(stack)).is_success)
                assert not any("streamer" in " ".join(process.cmdline()) for process in stack.left())
        finally:
            for node in nodes:
                node.kill()
                node.wait()


def test_a_token_closes_the_doors(tmp_path: Path) -> None:
    """ACCESS_TOKENS: nothing without one, everything with it."""
    with running_stack(tmp_path, **QUICK, ACCESS_TOKENS="family:a-long-secret") as stack:
        for path in ("/playlist.m3u8", "/api/channels", "/stream/aurora-one.m3u8", "/epg.xml"):
            assert httpx.get(stack.base + path).status_code == 401, path
            assert httpx.get(f"{stack.base}{path}?token=a-long-secret").status_code == 200, path
        assert httpx.get(f"{stack.base}/health").status_code == 200
        assert not any("a-long-secret" in line for line in stack.lines)


def test_a_client_that_asks_too_often_is_told_to_wait(tmp_path: Path) -> None:
    """RATE_LIMIT, on the API; whoever watches is not stopped."""
    with running_stack(tmp_path, **QUICK, RATE_LIMIT="5/minute") as stack:
        answers = [httpx.get(f"{stack.base}/api/channels") for _ in range(8)]
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["retry-after"]) > 0
        assert playlist(stack)


def test_who_is_inside_may_be_told_with_commas(tmp_path: Path) -> None:
    """INSIDE: whoever is not in one of those networks sees nothing of the inside."""
    with running_stack(tmp_path, **QUICK, INSIDE="10.0.0.0/8,192.168.0.0/16") as stack:
        assert httpx.get(f"{stack.base}/health/detailed").status_code == 404
        assert httpx.get(f"{stack.base}/health").status_code == 200
