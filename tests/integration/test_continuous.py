"""Endless MPEG-TS as players and tuners meet it, in both directions: real streamers, a real Redis, ffmpeg."""

import asyncio
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from itertools import chain, islice, repeat

import httpx
import psutil
import pytest
import redis
from contracts import keys
from demo.main import create_app as create_demo
from demo.settings import Settings as DemoSettings
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from streamer import joined, packager
from streamer.relay import Relay
from support.gateway import Gateway
from support.origin import FakeOrigin, media_playlist
from support.packets import decoded_frames, film, gaps, packets, pid, scrambled
from support.playback import decode
from support.servers import serving

PATIENCE_S = 60.0
FILM_S = 60
MANIFEST = b'<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" minimumUpdatePeriod="PT4S"></MPD>'
PLACE = "t", 0, packager.RENDITION
FASTER = 6
"""How much faster than it plays the fake source sends."""
DEMO = {"53": "AES-128", "52": "sound apart", "57": "fMP4", "60": "sound alone", "lantern": "MPEG-TS"}


class Mast:
    """An endless stream: each connection gets the film from its beginning, ahead of time.

    Then it waits; a mast that `turns_dark` sends on what no player can show.
    """

    def __init__(self, origin: FakeOrigin, *, turns_dark: bool = False) -> None:
        self.origin = origin
        self._turns_dark = turns_dark
        origin.bodies["/t.ts"] = self._send
        self.ended = threading.Event()
        self.cut = threading.Event()

    @property
    def connections(self) -> int:
        return self.origin.fetches("/t.ts")

    def _send(self, _: Request) -> Response:
        return StreamingResponse(self._pieces(), media_type="video/mp2t")

    async def _pieces(self) -> AsyncIterator[bytes]:
        data = film(FILM_S)
        step = len(data) // (FILM_S * 10)
        pieces: Iterable[bytes] = [data[at : at + step] for at in range(0, len(data), step)]
        if self._turns_dark:
            pieces = chain(islice(pieces, 80), repeat(scrambled(data[: step // 188 * 188])))
        try:
            for piece in pieces:
                yield piece
                await asyncio.sleep(0.1 / FASTER)
                if self.cut.is_set():
                    self.cut.clear()
                    return
            await asyncio.Event().wait()
        finally:
            self.ended.set()


@pytest.fixture
def gateway(redis_url: str, nats_url: str) -> Iterator[Gateway]:
    with ExitStack() as stack:
        yield Gateway(stack, redis_url, nats_url)


@pytest.fixture
def mast(gateway: Gateway) -> Mast:
    gateway.add("t", "/t.ts", kind="ts")
    return Mast(gateway.origin)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo source, with short loops."""
    settings = DemoSettings(demo_dir=tmp_path_factory.mktemp("demo"), demo_loop_s=8, demo_only=tuple(DEMO))
    with serving(create_demo(settings)) as served, httpx.Client(base_url=served.base, timeout=20) as http:
        wait_until(lambda: all(http.get("/_demo/ready").json()["channels"].values()))
        yield served.base


@pytest.fixture
def demo_gateway(gateway: Gateway, demo: str) -> Gateway:
    for channel_id in DEMO:
        if channel_id == "lantern":
            gateway.add(channel_id, f"{demo}/live/{channel_id}/stream.ts", kind="ts")
        else:
            page = {"Referer": f"{demo}/embed/", "Origin": demo}
            gateway.add(channel_id, f"{demo}/live/{channel_id}/index.m3u8", headers=page)
    return gateway


def wait_until(true: Callable[[], object]) -> None:
    ends_at = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < ends_at, "it did not come about"
        time.sleep(0.05)


def taken(answer: httpx.Response, size: int) -> bytes:
    """Return what comes until it is `size` bytes, in whole packets."""
    got = b""
    for piece in answer.iter_bytes():
        got += piece
        if len(got) >= size:
            break
    return got[: len(got) // 188 * 188]


def number(text: str, tag: str) -> int:
    found = re.search(rf"#EXT-X-{tag}:(\d+)", text)
    assert found, text
    return int(found[1])


def addresses(playlist: str) -> list[str]:
    return [line for line in playlist.splitlines() if line and not line.startswith("#")]


def numbered(playlist: str) -> dict[int, str]:
    return dict(enumerate(addresses(playlist), number(playlist, "MEDIA-SEQUENCE")))


def test_an_endless_channel_plays_as_hls(demo_gateway: Gateway) -> None:
    """For 15 s, with nothing that ffmpeg complains about."""
    served = demo_gateway.serve()
    played = decode(f"{served.base}/stream/lantern.m3u8", 15)
    assert (played.frames >= 370, played.errors) == (True, "")


@pytest.mark.parametrize("kinds", [("dash", "ts"), ("ts", "dash")], ids=" then ".join)
def test_a_channel_of_dash_and_ts_is_also_hls(gateway: Gateway, mast: Mast, kinds: tuple[str, str]) -> None:
    """It is cut from the one; the other is given as it is."""
    paths = {"dash": "/d.mpd", "ts": "/t.ts"}
    gateway.origin.bodies["/d.mpd"] = MANIFEST
    gateway.add("both", *(paths[kind] for kind in kinds), kind=kinds)
    node = gateway.node()
    assert addresses(node.get("/stream/both.m3u8").text)
    assert "<MPD" in node.get("/stream/both.mpd").text
    assert mast.connections == 1


def test_viewers_of_both_kinds_cost_one_connection(gateway: Gateway, mast: Mast) -> None:
    """MPEG-TS twice, HLS twice: the source sees one; who comes later begins with a picture."""
    node = gateway.node()
    with node.stream("GET", "/stream/t.ts") as first:
        pieces = first.iter_bytes()
        assert next(pieces)
        playlist = node.get("/stream/t.m3u8")
        wait_until(lambda: len(addresses(node.get("/stream/t.m3u8").text)) >= 3)
        segments = [node.get(address).content for address in addresses(node.get("/stream/t.m3u8").text)]
        with node.stream("GET", "/stream/t.ts") as late:
            got = taken(late, 200_000)
        assert mast.connections == 1
    assert playlist.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert [pid(packet) for packet in packets(got)][:2] == [0, 0x1000]
    assert gaps(got) == []
    assert decoded_frames(b"".join(segments))[1] == ""


def test_nodes_share_what_one_of_them_cuts(gateway: Gateway, mast: Mast) -> None:
    """The same playlist and the same bytes from each, for one connection."""
    one, other = gateway.node(node_name="one"), gateway.node(node_name="other")
    one.get("/stream/t.m3u8")
    seen: dict[int, str] = {}

    def grown() -> bool:
        for node in (one, other):
            listed = numbered(node.get("/stream/t.m3u8").text)
            assert all(seen.setdefault(key, address) == address for key, address in listed.items())
        return len(seen) >= 5

    wait_until(grown)
    newest = seen[max(seen) - 1]
    assert one.get(newest).content == other.get(newest).content
    assert (one.get(newest).status_code, one.get(newest).headers["content-type"]) == (200, "video/mp2t")
    assert mast.connections == 1


def test_another_node_goes_on_where_one_ended(
    gateway: Gateway, mast: Mast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers go on, a discontinuity is marked, and what was listed can still be fetched."""
    monkeypatch.setattr(packager, "LEASE_S", 0.5)
    monkeypatch.setattr(packager, "RENEW_S", 0.2)
    leading = gateway.serve(node_name="one")
    one, other = gateway.client(leading), gateway.node(node_name="other")
    one.get("/stream/t.m3u8")
    wait_until(lambda: len(addresses(other.get("/stream/t.m3u8").text)) >= 4)
    before = other.get("/stream/t.m3u8").text

    leading.stop()
    wait_until(lambda: "#EXT-X-DISCONTINUITY\n" in other.get("/stream/t.m3u8").text)
    after = other.get("/stream/t.m3u8").text

    assert number(after, "MEDIA-SEQUENCE") >= number(before, "MEDIA-SEQUENCE")
    common = numbered(before).keys() & numbered(after).keys()
    assert common
    assert all(numbered(before)[key] == numbered(after)[key] for key in common)
    contents = [other.get(address) for address in addresses(after)]
    assert {answer.status_code for answer in contents} == {200}
    assert mast.connections == 2


def test_what_a_dead_node_had_is_not_listed(
    gateway: Gateway, mast: Mast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else had viewers, so its segments are gone with it: the next node begins behind them."""

    async def give_nothing(*_: object) -> None:
        """End as if killed."""

    monkeypatch.setattr(Relay, "give", give_nothing)
    leading = gateway.serve(node_name="one")
    one, other = gateway.client(leading), gateway.node(node_name="other")
    wait_until(lambda: len(addresses(one.get("/stream/t.m3u8").text)) >= 3)
    before = numbered(one.get("/stream/t.m3u8").text)

    leading.stop()
    after = numbered(other.get("/stream/t.m3u8").text)

    assert min(after) > max(before)
    assert {other.get(address).status_code for address in after.values()} == {200}
    assert mast.connections == 2


def test_a_node_that_lost_its_lease_stops(gateway: Gateway, mast: Mast, redis_url: str) -> None:
    """It was stopped, and another took over: it passes on what that one makes, and says that it is wanted."""
    node = gateway.node(node_name="one")
    listed = addresses(node.get("/stream/t.m3u8").text)
    with redis.Redis.from_url(redis_url.removesuffix("0") + "1") as client:
        client.set(keys.poller(*PLACE), b"another", px=60_000)
        assert mast.ended.wait(20)
        wait_until(lambda: node.get("/stream/t.m3u8").status_code == 200 and client.get(keys.watched(*PLACE)))
        assert client.get(keys.poller(*PLACE)) == b"another"
    assert node.get(listed[0]).status_code == 200
    assert mast.connections == 1


def test_a_dead_stream_gives_way_to_the_next(gateway: Gateway, mast: Mast) -> None:
    """In both forms."""
    gateway.add("f", "/dead.ts", "/t.ts", kind="ts")
    node = gateway.node()
    assert node.get("/stream/f.m3u8").status_code == 200
    assert node.head("/stream/f.ts").status_code == 200
    assert mast.origin.fetches("/dead.ts") >= 1


def test_a_lost_source_is_a_discontinuity_in_both(gateway: Gateway, mast: Mast) -> None:
    """The viewer of MPEG-TS stays; the playlist goes on."""
    node = gateway.node()
    with node.stream("GET", "/stream/t.ts") as viewer:
        pieces = viewer.iter_bytes()
        got = next(pieces)
        wait_until(lambda: len(addresses(node.get("/stream/t.m3u8").text)) >= 2)
        mast.cut.set()
        while mast.connections < 2 or "#EXT-X-DISCONTINUITY\n" not in node.get("/stream/t.m3u8").text:
            got += next(pieces)
    assert gaps(got[: len(got) // 188 * 188]) == []


def test_a_source_that_shows_nothing_any_more_is_given_up(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its players go on asking, it goes on sending: nobody is shown for ever what was last to be seen."""
    monkeypatch.setattr(packager, "PATIENCE_S", 4.0)
    monkeypatch.setattr(packager, "START_MOST_S", 4.0)
    gateway.add("dark", "/t.ts", kind="ts")
    mast = Mast(gateway.origin, turns_dark=True)
    node = gateway.node()
    wait_until(lambda: node.get("/stream/dark.m3u8").status_code == 200 and mast.ended.is_set())


def test_the_last_viewer_of_the_playlist_ends_the_connection(
    gateway: Gateway, mast: Mast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HLS has no goodbye: whoever has not asked for a while is gone."""
    monkeypatch.setattr(packager, "WANTED_S", 0.5)
    monkeypatch.setattr(packager, "RENEW_S", 0.1)
    node = gateway.node()
    assert node.get("/stream/t.m3u8").status_code == 200
    assert mast.ended.wait(20)


def test_a_source_that_is_away_is_said_to(gateway: Gateway) -> None:
    """A 502, and no work that goes on for nobody."""
    gateway.add("gone", "/gone.ts", kind="ts")
    node = gateway.node()
    answers = [node.get(f"/stream/gone.{kind}") for kind in ("m3u8", "ts")]
    assert [answer.status_code for answer in answers] == [502, 502]
    assert answers[0].json()["code"] == "upstream_refused"


@pytest.mark.parametrize("channel_id", ["53", "52", "57"], ids=DEMO.get)
def test_an_hls_channel_plays_as_one_stream(demo_gateway: Gateway, channel_id: str) -> None:
    """Decrypted, its sound with it, through several ends of the loop; and no counter breaks."""
    served = demo_gateway.serve()
    played = decode(f"{served.base}/stream/{channel_id}.ts", 15)
    assert (played.frames >= 370, played.errors) == (True, "")
    with demo_gateway.client(served).stream("GET", f"/stream/{channel_id}.ts") as answer:
        got = taken(answer, 700_000)
    assert gaps(got) == []
    assert decoded_frames(got[: len(got) // 188 * 188])[0] > 0


def test_an_hls_channel_that_is_over_ends(gateway: Gateway) -> None:
    """Its stream does, too, and does not begin again: a recorder is done."""
    listed = b"#EXTM3U\n#EXT-X-TARGETDURATION:8\n#EXTINF:8,\n/film.ts\n#EXT-X-ENDLIST\n"
    gateway.origin.bodies |= {"/over.m3u8": listed, "/film.ts": film()}
    gateway.add("over", "/over.m3u8")
    got = b""
    with gateway.node().stream("GET", "/stream/over.ts") as answer, suppress(httpx.RemoteProtocolError):
        for piece in answer.iter_bytes():
            got += piece
    assert len(got) == len(film())


def test_leaving_ends_ffmpeg(demo_gateway: Gateway) -> None:
    """What ran for the last viewer does not outlive him."""

    def running() -> list[psutil.Process]:
        return [child for child in psutil.Process().children() if "pipe:1" in command(child)]

    def command(child: psutil.Process) -> list[str]:
        try:
            return child.cmdline()
        except psutil.Error:  # it has ended just now
            return []

    with demo_gateway.node().stream("GET", "/stream/57.ts") as answer:
        pieces = answer.iter_bytes()
        assert next(pieces)
        assert len(running()) == 1
    wait_until(lambda: not running())


def test_a_radio_is_one_stream_too(demo_gateway: Gateway) -> None:
    """Packed audio, put into packets."""
    with demo_gateway.node().stream("GET", "/stream/60.ts") as answer:
        got = taken(answer, 60_000)
    assert gaps(got) == []
    assert len({pid(packet) for packet in packets(got)}) >= 3


def test_without_ffmpeg_a_tuner_is_told_so(demo_gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 415 with the way out; what needs no conversion plays."""
    monkeypatch.setattr(joined, "find_ffmpeg", lambda: None)
    node = demo_gateway.node()
    refused = node.get("/stream/57.ts")
    assert (refused.status_code, refused.json()["code"]) == (415, "unsupported_conversion")
    assert node.head("/stream/53.ts").status_code == 200


def test_a_tuner_asks_by_number(gateway: Gateway, mast: Mast) -> None:
    """As HDHomeRun's clients do; a number that nobody has is a 404."""
    node = gateway.node()
    with node.stream("GET", "/auto/v1") as answer:
        assert answer.headers["content-type"] == "video/mp2t"
        assert next(answer.iter_bytes())[0] == 0x47
    assert mast.connections == 1
    assert [node.get(f"/auto/{rest}").status_code for rest in ("v2", "v", "vx", "1", "v1.1")] == [404] * 5


@pytest.mark.parametrize(
    ("rest", "media_type"),
    [
        ("ada/any/1", "video/mp2t"),
        ("ada/any/1.ts", "video/mp2t"),
        ("ada/any/1.m3u8", "application/vnd.apple.mpegurl"),
        ("a%2Fda/a%2Fny/%31.m3u8", "application/vnd.apple.mpegurl"),
    ],
)
def test_an_xtream_player_asks_with_a_login(gateway: Gateway, mast: Mast, rest: str, media_type: str) -> None:
    """Any login will do where there are no tokens."""
    with gateway.node().stream("GET", f"/live/{rest}") as answer:
        assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
        assert next(answer.iter_bytes())
    assert mast.connections == 1


@pytest.mark.parametrize(
    "rest", ["ada/any/2.ts", "ada/any/1.mkv", "ada/any/1.", "ada/any", "1.ts", "a/b/c/1"]
)
def test_what_no_xtream_player_asks_for_is_not_there(gateway: Gateway, mast: Mast, rest: str) -> None:
    """A 404, and nothing of the login in it."""
    answer = gateway.node().get(f"/live/{rest}")
    assert (answer.status_code, "any" in answer.text, mast.connections) == (404, False, 0)


def test_an_xtream_players_password_is_a_token(gateway: Gateway) -> None:
    """Its playlists carry it on; another's password opens nothing."""
    variant = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n"
    gateway.origin.bodies |= {"/m.m3u8": variant, "/low.m3u8": media_playlist(1)}
    gateway.add("m", "/m.m3u8")
    node = gateway.node(access_tokens=SecretStr("tv:se?cr%et"))

    nested = addresses(node.get("/live/ada/se%3Fcr%25et/1.m3u8").text)[0]
    refused = [node.get(f"/live/ada/{word}/1{ext}") for word in ("se", "se%253Fcr") for ext in ("", ".m3u8")]

    assert nested.endswith(".m3u8?token=se%3Fcr%25et")
    assert node.get(nested).status_code == 200
    assert node.get(nested.partition("?")[0]).status_code == 401
    assert [answer.status_code for answer in refused] == [401] * 4


def test_a_tuner_has_its_token_before_the_path(gateway: Gateway, mast: Mast) -> None:
    """It loses a query, and has no password."""
    node = gateway.node(access_tokens=SecretStr("tuner:secret"))
    with node.stream("GET", "/t/secret/auto/v1") as answer:
        assert answer.status_code == 200
        assert next(answer.iter_bytes())[0] == 0x47
    assert [node.get(path).status_code for path in ("/auto/v1", "/t/other/auto/v1")] == [401, 401]
    assert mast.connections == 1


def test_a_channel_asked_for_by_no_kind_is_hls(gateway: Gateway, mast: Mast) -> None:
    """Browsers play nothing else."""
    answer = gateway.node().get("/stream/t")
    assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert mast.connections == 1


def test_the_viewer_of_an_endless_stream_is_counted(gateway: Gateway, mast: Mast) -> None:
    """As soon as it plays."""
    node = gateway.node()
    with node.stream("GET", "/stream/t.ts") as answer:
        assert next(answer.iter_bytes())
        wait_until(lambda: "iptv_streamer_viewers 1.0" in node.get("/metrics").text)
    assert mast.connections == 1


def test_a_segment_that_is_gone_is_said_to_be(gateway: Gateway, mast: Mast, redis_url: str) -> None:
    """Its memory is bounded; a player goes on with the playlist."""
    del mast
    node = gateway.node(cache_mb=0)
    segment = addresses(node.get("/stream/t.m3u8").text)[0]
    assert node.get(segment).status_code == 200
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    gone = node.get(segment)
    assert (gone.status_code, gone.json()["code"]) == (404, "segment_gone")
