"""What the stack of containers does through its published port, and while containers come and go."""

import json

import httpx
import pytest
from support.compose import Containers
from support.viewer import HlsViewer, media_playlist, segments_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]


def test_channels_are_listed_and_the_playlist_names_the_port_that_was_asked(
    base: str, http: httpx.Client, channel: str
) -> None:
    """The port inside the container is another one."""
    listed = http.get("/api/channels").json()
    assert listed["total"] > 0
    assert f"{base}/stream/{channel}" in http.get("/playlist.m3u8").text


def test_a_channel_plays_through_the_edge(http: httpx.Client, channel: str) -> None:
    """From the playlist to the last segment's last byte."""
    addresses = segments_of(http.get(media_playlist(http, f"/stream/{channel}.m3u8")).text)
    segment = http.get(addresses[-1])
    assert segment.status_code == 200
    assert len(segment.content) > 10_000


def test_head_is_answered_as_get_is_without_a_body(http: httpx.Client, channel: str) -> None:
    """Players ask so before they play."""
    for address in (f"/stream/{channel}.m3u8", "/playlist.m3u8"):
        answer = http.head(address)
        assert (answer.status_code, answer.content) == (200, b""), address
        assert "mpegurl" in answer.headers["content-type"].lower()


def test_the_page_is_there_and_any_of_its_addresses_lead_to_it(http: httpx.Client) -> None:
    """The built page is inside the edge's image."""
    page = http.get("/").text
    assert "<script" in page
    assert http.get("/watch/anything").text == page


@pytest.mark.parametrize("path", ["/_event/", "/socket.io/"])
def test_the_handshake_of_socketio_is_answered(http: httpx.Client, path: str) -> None:
    """Engine.IO 4 over polling: an open packet with a session and the offer of WebSocket."""
    answer = http.get(path, params={"EIO": "4", "transport": "polling"})
    assert answer.status_code == 200
    assert answer.text[0] == "0"
    opened = json.loads(answer.text[1:])
    assert opened["sid"]
    assert opened["upgrades"] == ["websocket"]


def test_every_service_says_that_it_is_well(containers: Containers) -> None:
    """Workers too, which answer to nobody: their lease tells."""
    services = ("edge", "catalog", "worker", "clock", "streamer", "realtime", "redis", "cache", "nats")
    states = {
        name: containers.seen(each)["State"]["Health"]["Status"]
        for name in services
        for each in containers.of(name)
    }
    assert states == dict.fromkeys(services, "healthy")


def test_streamers_come_and_go_while_a_viewer_plays_on(
    base: str, channel: str, containers: Containers
) -> None:
    """Not one request fails, neither when a node is added nor when one is taken away."""
    before = len(containers.of("streamer"))
    with HlsViewer(base, channel) as viewer:
        viewer.play_on(segments=2)
        containers.scale("streamer", before + 1)
        viewer.play_on(segments=2)
        containers.scale("streamer", before)
        viewer.play_on(segments=2)
    assert viewer.faults == []
    assert len(containers.of("streamer")) == before


def test_a_streamer_that_crashes_costs_no_request(base: str, channel: str, containers: Containers) -> None:
    """Its process is killed, the others take over, and the engine starts it again."""
    victim = containers.of("streamer")[0]
    restarts = containers.seen(victim)["RestartCount"]
    with HlsViewer(base, channel) as viewer:
        viewer.play_on(segments=2)
        containers.kill(victim)
        viewer.play_on(segments=2)
        containers.wait_until_back(victim, restarts)
        viewer.play_on(segments=1)
    assert viewer.faults == []
