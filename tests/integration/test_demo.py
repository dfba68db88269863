"""The demo as players and adapters meet it: really encoded, on a real uvicorn, played by ffmpeg.

The loop is short, so that a window of 30 s has several ends of the loop in it, and what is in the window
can be read at once: nothing here waits for time to pass but where a reload is blocked.
"""

import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import imageio_ffmpeg
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from demo import transport
from demo.channels import CHANNELS
from demo.main import create_app
from demo.settings import Settings
from demo.studio import Studio, find_ffmpeg
from support.servers import serving

LOOP_S = 8
ENCODED = ("51", "52", "53", "55", "56", "57", "58", "59", "60", "meridian", "lantern")
PATIENCE_S = 90.0


@dataclass
class Demo:
    base: str
    http: httpx.Client
    folder: Path

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.http.get(path, headers=headers)

    def frames(self, path: str, seconds: int, *options: str) -> int:
        """Play as ffmpeg does, from the oldest segment on, and return how many frames came out."""
        command = [find_ffmpeg(), "-v", "error", "-nostdin", "-xerror", "-stats", *options]
        played = subprocess.run(
            [*command, "-i", f"{self.base}{path}", "-t", str(seconds), "-f", "null", "-"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        counts = re.findall(r"frame=\s*(\d+)", played.stderr)
        assert played.returncode == 0, played.stderr
        return int(counts[-1]) if counts else 0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    settings = Settings(demo_dir=folder, demo_loop_s=LOOP_S, demo_only=ENCODED, demo_channels=2)
    with serving(create_app(settings)) as served, httpx.Client(base_url=served.base, timeout=20) as http:
        ends_at = time.monotonic() + PATIENCE_S
        while not all(http.get("/_demo/ready").json()["channels"].values()):
            assert time.monotonic() < ends_at, "not encoded in time"
            time.sleep(0.2)
        yield Demo(served.base, http, folder)


@pytest.fixture(autouse=True)
def mended(demo: Demo) -> Iterator[None]:
    yield
    demo.http.delete("/_demo/fault")


def headers(base: str, channel: str) -> tuple[str, ...]:
    return ("-headers", f"Referer: {base}/embed/{channel}.php\r\nOrigin: {base}\r\n")


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/live/51/index.m3u8", id="plain"),
        pytest.param("/live/1002/index.m3u8", id="one more name"),
        pytest.param("/live/52/index.m3u8", id="multivariant"),
        pytest.param("/live/53/index.m3u8", id="encrypted, with discontinuities"),
        pytest.param("/live/56/index.m3u8", id="many hosts"),
        pytest.param("/live/57/index.m3u8", id="fragmented"),
        pytest.param("/live/58/index.m3u8", id="byte ranges"),
        pytest.param("/live/59/index.m3u8", id="low latency"),
    ],
)
def test_ffmpeg_plays_over_the_end_of_the_loop(demo: Demo, path: str) -> None:
    """20 s of a loop of 8 s: every frame, whichever way the channel is packed."""
    played = demo.frames(path, 20, "-live_start_index", "0", *headers(demo.base, path.split("/")[2]))

    assert played == pytest.approx(500, abs=3)


def test_ffmpeg_plays_dash(demo: Demo) -> None:
    assert demo.frames("/live/meridian/manifest.mpd", 10) == pytest.approx(250, abs=3)


def test_endless_mpeg_ts_plays_at_once(demo: Demo) -> None:
    """What fills the buffer comes without waiting."""
    assert demo.frames("/live/lantern/stream.ts", 4) == pytest.approx(100, abs=3)


def test_a_loop_joins_itself(demo: Demo) -> None:
    """Continuity counters and timestamps go on from the end of one loop to the start of the next."""
    paths = re.findall(r"^main/.*$", demo.get("/live/51/index.m3u8").text, re.MULTILINE)[:4]

    body = b"".join(demo.get(f"/live/51/{path}").content for path in paths)

    packets = [body[at : at + transport.PACKET] for at in range(0, len(body), transport.PACKET)]
    counters: dict[int, int] = {}
    for packet in packets:
        pid = (packet[1] & 0x1F) << 8 | packet[2]
        assert pid not in counters or packet[3] & 0x0F == (counters[pid] + 1) % 16
        counters[pid] = packet[3] & 0x0F
    times = [stamp.value for chunk in transport.chunks(body) for stamp in chunk.stamps if stamp.is_pcr]
    assert times == sorted(times)
    assert times[-1] - times[0] == pytest.approx(16 * transport.CLOCK_HZ, rel=0.02)


def test_the_site_leads_to_the_playlist(demo: Demo) -> None:
    """Stream page, player, and for some another player: each wants the page before it as Referer."""
    page = "/stream/stream-56.php"
    text = demo.get(page).text
    while frame := re.search(r"<iframe src=[\"']([^\"']+)", text):
        inner = str(httpx.URL(demo.base + page).join(frame[1]))
        assert demo.get(inner).status_code == 403
        text = demo.get(inner, Referer=demo.base + page).text
        page = httpx.URL(inner).path
    found = re.search(r'source = "([^"]+)"', text)

    assert page == "/embed/inner/56.php"
    assert found is not None
    assert demo.get(found[1]).text.startswith("#EXTM3U")


def test_a_key_is_for_the_player_only(demo: Demo) -> None:
    player = {"Referer": f"{demo.base}/embed/53.php", "Origin": demo.base}

    assert demo.get("/live/53/key/7.key").status_code == 403
    assert demo.get("/live/53/key/7.key", Referer="http://elsewhere/page.php").status_code == 403
    assert len(demo.get("/live/53/key/7.key", **player).content) == 16


def test_an_encrypted_segment_opens_with_its_key(demo: Demo) -> None:
    text = demo.get("/live/53/index.m3u8").text
    key_path, vector, path = re.findall(r'URI="([^"]+)",IV=0x(\w+)(?:\n#.*)*\n(main/.*)', text)[-1]
    player = {"Referer": f"{demo.base}/embed/53.php", "Origin": demo.base}
    key = demo.get(str(httpx.URL(f"{demo.base}/live/53/").join(key_path)), **player).content

    opener = Cipher(algorithms.AES(key), modes.CBC(bytes.fromhex(vector))).decryptor()
    body = opener.update(demo.get(f"/live/53/{path}").content) + opener.finalize()

    assert body[0] == body[transport.PACKET] == 0x47


def test_disguised_segments_are_called_anything(demo: Demo) -> None:
    paths = re.findall(r"^main/.*$", demo.get("/live/55/index.m3u8").text, re.MULTILINE)
    answers = [demo.get(f"/live/55/{path}") for path in paths[-4:]]

    assert {answer.headers["content-type"].partition(";")[0] for answer in answers} == {
        "application/javascript",
        "text/css",
        "image/x-icon",
        "font/woff",
    }
    assert all(answer.content[0] == 0x47 for answer in answers)


def test_hosts_alternate(demo: Demo) -> None:
    addresses = re.findall(r"^http://([^:]+):", demo.get("/live/56/index.m3u8").text, re.MULTILINE)

    assert set(addresses) == {"127.0.0.1", "localhost"}


def test_a_blocked_reload_answers_with_what_it_waited_for(demo: Demo) -> None:
    hint = re.findall(r"PRELOAD-HINT.*main/(\d+)\.(\d+)", demo.get("/live/59/index.m3u8").text)[-1]

    text = demo.get(f"/live/59/index.m3u8?_HLS_msn={hint[0]}&_HLS_part={hint[1]}").text

    assert f'EXT-X-PART:DURATION=0.40000,URI="main/{hint[0]}.{hint[1]}.m4s"' in text
    assert demo.get(f"/live/59/index.m3u8?_HLS_msn={int(hint[0]) + 9}").status_code == 400


def test_a_hinted_part_comes_when_it_is_complete(demo: Demo) -> None:
    hint = re.findall(r'PRELOAD-HINT.*URI="(main/.*)"', demo.get("/live/59/index.m3u8").text)[-1]

    assert demo.get(f"/live/59/{hint}").content[4:8] == b"moof"


def test_parts_add_up_to_their_segment(demo: Demo) -> None:
    text = demo.get("/live/59/index.m3u8").text
    sequence = re.findall(r"^main/(\d+)\.m4s", text, re.MULTILINE)[-1]

    parts = [demo.get(f"/live/59/main/{sequence}.{part}.m4s").content for part in range(10)]

    assert b"".join(parts) == demo.get(f"/live/59/main/{sequence}.m4s").content


def test_what_is_not_on_the_air_is_a_404(demo: Demo) -> None:
    newest = int(re.findall(r"main/(\d+)\.ts", demo.get("/live/51/index.m3u8").text)[-1])

    assert demo.get(f"/live/51/main/{newest + 3}.ts").status_code == 404
    assert demo.get(f"/live/51/main/{newest - 100}.ts").status_code == 404


@pytest.mark.parametrize(
    ("wanted", "status", "content_range"),
    [
        pytest.param("bytes=0-187", 206, r"bytes 0-187/\d+", id="first"),
        pytest.param("bytes=188-", 206, r"bytes 188-\d+/\d+", id="from"),
        pytest.param("bytes=-188", 206, r"bytes \d+-\d+/\d+", id="last"),
        pytest.param("bytes=99999999-", 416, r"bytes \*/\d+", id="beyond"),
    ],
)
def test_segments_can_be_had_in_ranges(demo: Demo, wanted: str, status: int, content_range: str) -> None:
    answer = demo.get("/live/58/main/loop.ts", Range=wanted)

    assert answer.status_code == status
    assert re.fullmatch(content_range, answer.headers["content-range"])
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize(
    "path",
    ["/live/51/index.m3u8", "/live/58/main/loop.ts", "/live/lantern/stream.ts", "/logo/aurora-one.png"],
)
def test_head_answers_like_get_without_a_body(demo: Demo, path: str) -> None:
    answer = demo.http.head(path)

    assert answer.status_code == 200
    assert answer.content == b""


def test_requests_are_counted_and_broken_on_demand(demo: Demo) -> None:
    demo.http.delete("/_demo/requests")
    demo.http.post("/_demo/fault", json={"path_prefix": "/daddy", "status": 403, "seconds": 60})

    assert demo.get("/daddy.json").status_code == 403
    assert demo.get("/24-7-channels.php").status_code == 200
    assert demo.get("/_demo/requests").json()["requests"] == {"/daddy.json": 1, "/24-7-channels.php": 1}

    demo.http.delete("/_demo/fault")
    assert demo.get("/daddy.json").status_code == 200


def test_a_body_can_be_broken_off(demo: Demo) -> None:
    demo.http.post("/_demo/fault", json={"path_prefix": "/logo", "break_after_bytes": 100, "seconds": 60})

    with pytest.raises(httpx.RemoteProtocolError):
        demo.get("/logo/aurora-one.png")


async def test_a_second_start_encodes_nothing(demo: Demo) -> None:
    wanted = [channel for channel in CHANNELS if channel.id in ENCODED]

    studio = Studio(demo.folder, wanted, LOOP_S, ffmpeg="/nowhere/ffmpeg")
    await studio.make_all()

    assert all(studio.is_ready(channel) for channel in wanted)


async def test_another_look_is_encoded_anew(demo: Demo) -> None:
    assert not Studio(demo.folder, CHANNELS[:1], LOOP_S + 4).is_ready(CHANNELS[0])


async def test_the_wheels_ffmpeg_serves_as_well_as_the_systems(tmp_path: Path) -> None:
    ffmpeg = str(imageio_ffmpeg.get_ffmpeg_exe())
    studio = Studio(tmp_path, [CHANNELS[0], CHANNELS[6]], LOOP_S, ffmpeg=ffmpeg)

    await studio.make_all()

    assert len(studio.reel(CHANNELS[0], "main.ts").sizes()) == LOOP_S / 2
    assert len(studio.reel(CHANNELS[6], "main.mp4").sizes()) == LOOP_S / 0.4
