"""The streamer as players meet it: a real uvicorn, a real Redis, a source that does as it is told."""

import asyncio
import re
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle

import httpx
import pytest
import redis
from contracts import keys
from contracts.channel import Locator
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from streamer import shelf
from streamer.tickets import Tickets
from streamer.tier import LEASE_MS
from support.gateway import SECRET, Gateway
from support.origin import Handler, media_playlist, status, truncated

BODY = bytes(range(256)) * 800


@pytest.fixture
def gateway(redis_url: str, nats_url: str) -> Iterator[Gateway]:
    with ExitStack() as stack:
        yield Gateway(stack, redis_url, nats_url)


def addresses(playlist: str) -> list[str]:
    return [line for line in playlist.splitlines() if line and not line.startswith("#")]


def test_a_channel_plays(gateway: Gateway) -> None:
    """A playlist with sealed addresses, and behind each the source's bytes."""
    gateway.origin.bodies = {"/live/a.m3u8": media_playlist(7), "/live/seg-7.ts": BODY}
    gateway.add("a", "/live/a.m3u8")
    node = gateway.node()

    playlist = node.get("/stream/a.m3u8")
    segment = node.get(addresses(playlist.text)[0])

    assert playlist.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert all(re.fullmatch(r"/content/[\w-]+\.ts", address) for address in addresses(playlist.text))
    assert (segment.content, segment.headers["content-type"]) == (BODY, "video/mp2t")
    assert segment.headers["access-control-allow-origin"] == "*"
    assert gateway.origin.headers["/live/seg-7.ts"]["x-source"] == "yes"


def test_nothing_of_the_source_shows(gateway: Gateway) -> None:
    """Neither its host nor its paths are in what players get."""
    gateway.origin.bodies = {"/live/a.m3u8": media_playlist(7, query="?sig=secret")}
    gateway.add("a", "/live/a.m3u8")
    answer = gateway.node().get("/stream/a.m3u8")
    assert not re.search(r"127\.0\.0\.1|live|seg-|secret", answer.text)


def test_a_segment_of_an_only_stream_is_asked_for_again(gateway: Gateway) -> None:
    """A source that is away for a moment costs its viewers some seconds, not the channel."""
    answers = iter([Response(status_code=503), Response(status_code=503), Response(BODY)])
    gateway.origin.bodies = {"/a.m3u8": media_playlist(1), "/seg-1.ts": lambda _: next(answers)}
    gateway.add("a", "/a.m3u8")
    node = gateway.node()
    assert node.get(addresses(node.get("/stream/a.m3u8").text)[0]).content == BODY
    assert gateway.origin.fetches("/seg-1.ts") == 3


def test_a_signed_query_reaches_the_source_byte_for_byte(gateway: Gateway) -> None:
    """No tidying: a signature does not survive it."""
    query = "?a=%2f%2F+b&sig=x==&&c"
    gateway.origin.bodies = {"/a.m3u8": media_playlist(1, query=query), "/seg-1.ts": BODY}
    gateway.add("a", "/a.m3u8?t=%41+%20=")
    node = gateway.node()
    node.get(addresses(node.get("/stream/a.m3u8").text)[0])
    assert gateway.origin.asked[f"/seg-1.ts{query}"] == 1
    assert gateway.origin.asked["/a.m3u8?t=%41+%20="] == 1


def test_any_node_opens_what_another_sealed(gateway: Gateway) -> None:
    """Two nodes, one playlist, the same addresses; each serves the other's."""
    gateway.origin.bodies = {"/a.m3u8": media_playlist(1), "/seg-1.ts": BODY}
    gateway.add("a", "/a.m3u8")
    first, second = gateway.node(node_name="first"), gateway.node(node_name="second")
    playlist = first.get("/stream/a.m3u8").text
    assert second.get("/stream/a.m3u8").text == playlist
    assert second.get(addresses(playlist)[0]).content == BODY
    assert gateway.origin.fetches("/a.m3u8") == 1


def test_a_segment_keeps_its_address_though_its_signature_changes(gateway: Gateway) -> None:
    """Players and caches know a segment by its address, also when another node reads the next playlist."""
    signed = iter(range(1000))
    gateway.origin.bodies = {
        "/a.m3u8": lambda _: _text(media_playlist(5, target=1, query=f"?sig={next(signed)}"))
    }
    gateway.add("a", "/a.m3u8")
    nodes = cycle([gateway.node(node_name="first"), gateway.node(node_name="second")])
    seen: list[str] = []
    while gateway.origin.fetches("/a.m3u8") < 5:
        seen.append(next(nodes).get("/stream/a.m3u8").text)
    assert len(set(seen)) == 1


def test_keys_and_maps_are_proxied(gateway: Gateway) -> None:
    """Every address in a tag is sealed, and answers."""
    head = '#EXT-X-KEY:METHOD=AES-128,URI="k.bin",IV=0x01\n#EXT-X-MAP:URI="init.mp4"'
    gateway.origin.bodies = {
        "/a.m3u8": media_playlist(1, head=head),
        "/k.bin": b"k" * 16,
        "/init.mp4": b"ftyp",
    }
    gateway.add("a", "/a.m3u8")
    node = gateway.node()
    text = node.get("/stream/a.m3u8").text
    key, init = re.findall(r'URI="([^"]+)"', text)
    assert re.fullmatch(r"/key/[\w-]+\.key", key)
    assert node.get(key).content == b"k" * 16
    assert node.get(init).content == b"ftyp"
    assert all(address.endswith(".m4s") for address in addresses(text))


def test_a_multivariant_playlist_leads_to_its_renditions(gateway: Gateway) -> None:
    """Variants are sealed as playlists, and their segments as segments."""
    gateway.origin.bodies = {
        "/m.m3u8": b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow/v.m3u8\n"
        b"#EXT-X-STREAM-INF:BANDWIDTH=2\nhigh/v.m3u8\n",
        "/low/v.m3u8": media_playlist(1),
        "/low/seg-1.ts": BODY,
    }
    gateway.add("m", "/m.m3u8")
    node = gateway.node()
    low, high = addresses(node.get("/stream/m").text)
    assert low.endswith(".m3u8")
    assert low != high
    assert node.get(addresses(node.get(low).text)[0]).content == BODY


def test_pages_are_followed_to_the_playlist(gateway: Gateway) -> None:
    """Page, frame, player: each page the Referer of the next, the last one the stream's."""
    gateway.origin.bodies = {
        "/stream/stream-1.php": b'<iframe src="/embed/1" width="100%"></iframe>',
        "/embed/1": b'<script>player.load({file: "/hls/a.m3u8?t=1"})</script>',
        "/hls/a.m3u8": media_playlist(1),
    }
    gateway.add("a", "/stream/stream-1.php", locator=Locator.PAGE)
    assert gateway.node().get("/stream/a.m3u8").status_code == 200
    assert gateway.origin.headers["/embed/1"]["referer"].endswith("/stream/stream-1.php")
    assert gateway.origin.headers["/hls/a.m3u8"]["referer"].endswith("/embed/1")
    assert gateway.origin.headers["/hls/a.m3u8"]["origin"] == gateway.source


def test_a_page_whose_address_is_none_is_said_to_be(gateway: Gateway) -> None:
    """It is the source's fault, not ours."""
    gateway.add("a", "http://[::1/watch", locator=Locator.PAGE)
    answer = gateway.node().get("/stream/a.m3u8")
    assert (answer.status_code, answer.json()["code"]) == (502, "upstream_forbidden")


def test_a_dead_first_stream_gives_way_to_the_second(gateway: Gateway) -> None:
    """The viewer does not notice; the next one does not wait for it again."""
    gateway.origin.bodies = {"/dead.m3u8": status(404), "/a.m3u8": media_playlist(1, target=1)}
    gateway.add("a", "/dead.m3u8", "/a.m3u8")
    node = gateway.node()
    assert node.get("/stream/a.m3u8").status_code == 200
    asked = gateway.origin.fetches("/dead.m3u8")
    _until(lambda: (node.get("/stream/a.m3u8"), gateway.origin.fetches("/a.m3u8") > 2)[1])
    assert gateway.origin.fetches("/dead.m3u8") == asked


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/a.m3u8", status(403), (502, "upstream_refused")),
        ("/a.m3u8", b"<!DOCTYPE html><title>Just a moment</title>", (502, "upstream_not_playlist")),
        ("/a.m3u8", b"", (502, "upstream_not_playlist")),
        ("http://127.0.0.1:1/a.m3u8", b"", (502, "upstream_unreachable")),
        ("http://169.254.169.254/a.m3u8", b"", (502, "upstream_forbidden")),
        ("file:///etc/passwd", b"", (502, "upstream_forbidden")),
    ],
    ids=["refused", "a web page", "empty", "nobody there", "metadata", "a file"],
)
def test_a_source_that_fails_is_said_to(
    gateway: Gateway, path: str, body: bytes | Handler, expected: tuple[int, str]
) -> None:
    """The problem says whose fault it is, and in which way."""
    gateway.origin.bodies = {"/a.m3u8": body}
    gateway.add("a", path)
    answer = gateway.node().get("/stream/a.m3u8")
    assert (answer.status_code, answer.json()["code"]) == expected
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_what_we_did_not_seal_is_refused(gateway: Gateway) -> None:
    """No open proxy: neither a made-up ticket nor another cluster's."""
    gateway.add("a", "/a.m3u8")
    node = gateway.node()
    for path in ("/content/AAAA.ts", "/content/.ts", f"/content/{'A' * 80}.ts", "/key/@@.key"):
        assert node.get(path).status_code == 403
    assert not gateway.origin.asked


def test_an_unknown_channel_is_a_404(gateway: Gateway) -> None:
    """With the code that tells a player to give up."""
    gateway.add("a", "/a.m3u8")
    answer = gateway.node().get("/stream/nope.m3u8")
    assert (answer.status_code, answer.json()["code"]) == (404, "channel_not_found")


def test_head_tells_what_get_would(gateway: Gateway) -> None:
    """Jellyfin asks before it plays."""
    gateway.origin.bodies = {"/a.m3u8": media_playlist(1), "/seg-1.ts": BODY}
    gateway.add("a", "/a.m3u8")
    node = gateway.node()
    head = node.head("/stream/a.m3u8")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == "application/vnd.apple.mpegurl"
    segment = node.head(addresses(node.get("/stream/a.m3u8").text)[0])
    assert segment.headers["content-length"] == str(len(BODY))


def test_byte_ranges_of_a_file_are_segments(gateway: Gateway) -> None:
    """EXT-X-BYTERANGE stays; the player's Range reaches the source once for all viewers."""
    text = (
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n#EXT-X-BYTERANGE:100@50\nall.ts\n"
        "#EXTINF:4,\n#EXT-X-BYTERANGE:60\nall.ts\n"
    )
    gateway.origin.bodies = {"/a.m3u8": text.encode(), "/all.ts": BODY}
    gateway.add("a", "/a.m3u8")
    node = gateway.node()
    playlist = node.get("/stream/a.m3u8").text
    first, second = addresses(playlist)
    for _ in range(2):
        one = node.get(first, headers={"Range": "bytes=50-149"})
        two = node.get(second, headers={"Range": "bytes=150-209"})
        assert (one.status_code, one.content) == (206, BODY[50:150])
        assert (two.status_code, two.content) == (206, BODY[150:210])
        assert one.headers["content-range"] == "bytes 50-149/*"
    assert gateway.origin.fetches("/all.ts") == 2


def test_a_range_of_a_segment_is_cut_from_it(gateway: Gateway) -> None:
    """Any range, from one fetch; outside of the body it's a 416."""
    gateway.origin.bodies = {"/a.m3u8": media_playlist(1), "/seg-1.ts": BODY}
    gateway.add("a", "/a.m3u8")
    node = gateway.node()
    segment = addresses(node.get("/stream/a.m3u8").text)[0]
    assert node.get(segment, headers={"Range": "bytes=10-19"}).content == BODY[10:20]
    assert node.get(segment, headers={"Range": "bytes=-5"}).content == BODY[-5:]
    assert node.get(segment, headers={"Range": f"bytes={len(BODY)}-"}).status_code == 416
    assert gateway.origin.fetches("/seg-1.ts") == 1


def test_a_body_that_broke_off_is_never_passed_off_as_complete(gateway: Gateway) -> None:
    """The player's connection breaks too, and nothing of it is kept."""
    gateway.origin.bodies = {"/a.m3u8": media_playlist(1), "/seg-1.ts": truncated(BODY, len(BODY) * 2)}
    gateway.add("a", "/a.m3u8")
    node = gateway.node()
    segment = addresses(node.get("/stream/a.m3u8").text)[0]
    with pytest.raises(httpx.RemoteProtocolError):
        node.get(segment)
    gateway.origin.bodies["/seg-1.ts"] = BODY
    assert node.get(segment).content == BODY


def test_without_proxying_segments_are_the_sources(gateway: Gateway) -> None:
    """PROXY_CONTENT=FALSE: absolute upstream addresses, but keys still through us."""
    head = '#EXT-X-KEY:METHOD=AES-128,URI="k.bin"'
    gateway.origin.bodies = {"/a.m3u8": media_playlist(1, head=head), "/k.bin": b"k" * 16}
    gateway.add("a", "/a.m3u8")
    text = gateway.node(proxy_content=False).get("/stream/a.m3u8").text
    assert addresses(text)[0] == f"{gateway.source}/seg-1.ts"
    assert 'URI="/key/' in text


def test_a_failing_source_is_bridged_by_the_last_good_playlist(gateway: Gateway) -> None:
    """For a few target durations the player sees the last list rather than an error."""
    gateway.origin.bodies = {"/a.m3u8": media_playlist(1, target=1)}
    gateway.add("a", "/a.m3u8")
    node = gateway.node()
    good = node.get("/stream/a.m3u8").text
    gateway.origin.bodies["/a.m3u8"] = status(500)
    before = gateway.origin.fetches("/a.m3u8")
    _until(lambda: (node.get("/stream/a.m3u8"), gateway.origin.fetches("/a.m3u8") > before)[1])
    assert node.get("/stream/a.m3u8").text == good


def left_over(redis_url: str, age_s: float) -> None:
    """Make the shared copy of channel a's playlist so old: its key's remaining life tells."""
    with redis.Redis.from_url(redis_url.removesuffix("0") + "1") as client:
        assert client.pexpire(keys.playlist("a", 0, ""), round(shelf.KEPT_MS - age_s * 1000))


def test_a_playlist_that_nobody_watched_is_read_anew(gateway: Gateway, redis_url: str) -> None:
    """What lies on the shelf is of a time when somebody did: a player would fall out of it."""
    gateway.origin.bodies = {"/a.m3u8": media_playlist(1)}
    gateway.add("a", "/a.m3u8")
    first = gateway.serve(node_name="first")
    gateway.client(first).get("/stream/a.m3u8")
    first.stop()
    left_over(redis_url, 30)
    gateway.origin.bodies = {"/a.m3u8": media_playlist(8)}
    second = gateway.node(node_name="second")
    assert "#EXT-X-MEDIA-SEQUENCE:8\n" in second.get("/stream/a.m3u8").text


@pytest.mark.parametrize(("age_s", "answer"), [(10, 200), (30, 502)], ids=["good", "too old"])
def test_a_source_that_failed_meanwhile_leaves_what_is_good(
    gateway: Gateway, redis_url: str, age_s: float, answer: int
) -> None:
    """As for those who watch: five target durations."""
    gateway.origin.bodies = {"/a.m3u8": media_playlist(1)}
    gateway.add("a", "/a.m3u8")
    first = gateway.serve(node_name="first")
    gateway.client(first).get("/stream/a.m3u8")
    first.stop()
    left_over(redis_url, age_s)
    gateway.origin.bodies = {"/a.m3u8": status(503)}
    assert gateway.node(node_name="second").get("/stream/a.m3u8").status_code == answer


def test_who_waits_for_the_next_segment_waits_at_the_source(gateway: Gateway) -> None:
    """A blocking reload is one question to the source, for all who wait; what is no directive stays here."""
    head = "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3"
    going = threading.Event()

    def live(request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            await asyncio.to_thread(going.wait, 10)
            yield media_playlist(2, head=head)

        if "_HLS_msn" not in request.url.query:
            return _text(media_playlist(1, head=head))
        return StreamingResponse(pieces())

    gateway.origin.bodies = {"/a.m3u8": live}
    gateway.add("a", "/a.m3u8?sig=1")
    node = gateway.node()
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(node.get, "/stream/a.m3u8?_HLS_msn=4&evil=1") for _ in range(8)]
        _until(lambda: gateway.origin.asked["/a.m3u8?sig=1&_HLS_msn=4"])
        going.set()
        assert all("#EXT-X-MEDIA-SEQUENCE:2" in answer.result().text for answer in waiting)
    assert gateway.origin.asked["/a.m3u8?sig=1&_HLS_msn=4"] == 1


@pytest.mark.parametrize(
    ("head", "query"),
    [
        ("", "_HLS_msn=4"),
        ("#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES", "_HLS_msn=3"),
        ("#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES", "_HLS_msn=9000"),
    ],
    ids=["a source that does not block", "there already", "too far ahead"],
)
def test_other_directives_cost_the_source_nothing(gateway: Gateway, head: str, query: str) -> None:
    """Nobody makes us ask for whatever he likes."""
    gateway.origin.bodies = {"/a.m3u8": media_playlist(1, head=head)}
    gateway.add("a", "/a.m3u8")
    assert gateway.node().get(f"/stream/a.m3u8?{query}").status_code == 200
    assert list(gateway.origin.asked) == ["/a.m3u8"]


@pytest.mark.parametrize("query", ["_HLS_msn=x", "_HLS_part=1", "_HLS_skip=1"])
def test_a_directive_that_means_nothing_is_a_bad_request(gateway: Gateway, query: str) -> None:
    """RFC 8216bis, 6.2.5.2; the source hears nothing of it."""
    gateway.origin.bodies = {"/a.m3u8": media_playlist(1)}
    gateway.add("a", "/a.m3u8")
    answer = gateway.node().get(f"/stream/a.m3u8?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "directive_invalid")
    assert not gateway.origin.asked


def test_a_name_that_resolves_into_the_house_is_refused(gateway: Gateway) -> None:
    """Only a source that is in the house itself may lead there."""
    gateway.origin.bodies = {"/a.m3u8": media_playlist(1)}
    gateway.add("a", f"http://localhost:{gateway.source.rpartition(':')[2]}/a.m3u8", private=False)
    assert gateway.node().get("/stream/a.m3u8").json()["code"] == "upstream_forbidden"
    assert not gateway.origin.asked


def test_a_redirect_into_the_house_is_refused(gateway: Gateway) -> None:
    """Each stop on the way is checked like the first."""
    away = Response("", 302, {"location": "http://169.254.169.254/latest"})
    gateway.origin.bodies = {"/a.m3u8": lambda _: away}
    gateway.add("a", "/a.m3u8")
    assert gateway.node().get("/stream/a.m3u8").json()["code"] == "upstream_forbidden"


def _text(body: bytes) -> Response:
    return Response(body)


def _until(condition: Callable[[], object]) -> None:
    ends_at = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends_at, "it did not come about"
        time.sleep(0.02)


MPD = b"""<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic" minimumUpdatePeriod="PT4S">
  <Period><AdaptationSet><SegmentTemplate media="v/$RepresentationID$/seg-$Number%05d$.m4s?s=1"
    initialization="v/$RepresentationID$/init.mp4" startNumber="1"/>
    <Representation id="hd"/></AdaptationSet></Period>
</MPD>"""


def test_a_dash_channel_plays(gateway: Gateway) -> None:
    """The template is sealed, and what the player fills in reaches the source's segment."""
    gateway.origin.bodies = {"/d/a.mpd": MPD, "/d/v/hd/seg-00007.m4s": BODY, "/d/v/hd/init.mp4": b"ftyp"}
    gateway.add("d", "/d/a.mpd", kind="dash")
    node = gateway.node()
    answer = node.get("/stream/d.mpd")
    media, init = (re.findall(rf'{name}="([^"]+)"', answer.text)[0] for name in ("media", "initialization"))
    assert answer.headers["content-type"] == "application/dash+xml"
    assert (
        node.get(media.replace("$RepresentationID$", "hd").replace("$Number%05d$", "00007")).content == BODY
    )
    assert node.get(init.replace("$RepresentationID$", "hd")).content == b"ftyp"
    assert gateway.origin.asked["/d/v/hd/seg-00007.m4s?s=1"] == 1
    assert node.get(media.replace("$RepresentationID$", "..").replace("$Number%05d$", "1")).status_code == 403
    redirect = node.get("/stream/d")
    assert (redirect.status_code, redirect.headers["location"]) == (307, "/stream/d.mpd")
    assert node.get("/stream/d.m3u8").json()["code"] == "wrong_kind"


def test_an_endless_stream_is_read_once_for_all(gateway: Gateway) -> None:
    """Two viewers, one upstream connection, whole packets; it ends with the last of them."""
    ended = threading.Event()

    def endless(_: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield PACKETS[:1000]
                    yield PACKETS[1000:]
                    await asyncio.sleep(0.01)
            finally:
                ended.set()

        return StreamingResponse(pieces())

    gateway.origin.bodies = {"/t": endless}
    gateway.add("t", "/t", kind="ts")
    node = gateway.node()
    with node.stream("GET", "/stream/t.ts") as one, node.stream("GET", "/stream/t.ts") as two:
        for answer in (one, two):
            first = next(answer.iter_bytes(188 * 20))
            assert answer.headers["content-type"] == "video/mp2t"
            assert set(first[::188]) == {0x47}
        assert gateway.origin.fetches("/t") == 1
    assert ended.wait(10)


PACKETS = (b"\x47" + bytes(187)) * 20


def test_a_viewer_who_leaves_ends_the_fetch(gateway: Gateway) -> None:
    """The last reader takes the upstream's connection along."""
    ended = threading.Event()

    def slow(_: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            try:
                for _ in range(600):
                    yield BODY[:1000]
                    await asyncio.sleep(0.05)
            finally:
                ended.set()

        return StreamingResponse(pieces())

    gateway.origin.bodies = {"/a.m3u8": media_playlist(1), "/seg-1.ts": slow}
    gateway.add("a", "/a.m3u8")
    node = gateway.node()
    segment = addresses(node.get("/stream/a.m3u8").text)[0]
    with node.stream("GET", segment) as answer:
        assert next(answer.iter_bytes(1000))
    assert ended.wait(10)


def test_many_viewers_cost_one_fetch(gateway: Gateway) -> None:
    """All join while the source is still sending, and each gets all of it."""
    going = threading.Event()

    def gated(_: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield BODY[:1000]
            await asyncio.to_thread(going.wait, 10)
            yield BODY[1000:]

        return StreamingResponse(pieces(), headers={"content-length": str(len(BODY))})

    gateway.origin.bodies = {"/a.m3u8": media_playlist(1), "/seg-1.ts": gated}
    gateway.add("a", "/a.m3u8")
    node = gateway.node()
    segment = addresses(node.get("/stream/a.m3u8").text)[0]
    with ExitStack() as stack:
        answers = [stack.enter_context(node.stream("GET", segment)) for _ in range(8)]
        going.set()
        assert [answer.read() for answer in answers] == [BODY] * 8
    assert gateway.origin.fetches("/seg-1.ts") == 1


def test_viewers_are_counted_and_probes_are_not(gateway: Gateway, redis_url: str) -> None:
    """A viewer is whoever reloads a playlist; our own look at a channel is none."""
    gateway.origin.bodies = {"/a.m3u8": media_playlist(1), "/b.m3u8": media_playlist(1)}
    gateway.add("b", "/b.m3u8")
    gateway.add("a", "/a.m3u8")
    node = gateway.node()
    node.get("/stream/b.m3u8", headers={"X-Probe": "1"})
    for viewer in ("198.51.100.1", "198.51.100.2", "198.51.100.2"):
        node.get("/stream/a.m3u8", headers={"X-Forwarded-For": viewer})
    with redis.Redis.from_url(redis_url) as client:
        _until(lambda: client.zcard(keys.audience("a")) == 2)
        assert client.zcard(keys.audience("b")) == 0


def test_nodes_share_one_fetch_of_a_segment(gateway: Gateway) -> None:
    """Whoever is asked while another fetches waits for that, and whoever comes later takes it from there."""
    going = threading.Event()

    def gated(_: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield BODY[:1000]
            await asyncio.to_thread(going.wait, 10)
            yield BODY[1000:]

        return StreamingResponse(pieces(), headers={"content-length": str(len(BODY))})

    gateway.origin.bodies = {"/a.m3u8": media_playlist(1), "/seg-1.ts": gated}
    gateway.add("a", "/a.m3u8")
    first, second, third = (gateway.node(node_name=name) for name in ("first", "second", "third"))
    segment = addresses(first.get("/stream/a.m3u8").text)[0]
    with first.stream("GET", segment) as leading, ThreadPoolExecutor() as pool:
        waiting = pool.submit(second.get, segment)
        going.set()
        assert leading.read() == BODY
        assert waiting.result().content == BODY
    assert third.get(segment).content == BODY
    assert gateway.origin.fetches("/seg-1.ts") == 1


def test_a_node_that_stopped_holds_nobody_up(gateway: Gateway, redis_url: str) -> None:
    """Its lease ends by itself, before the others' patience does."""
    gateway.origin.bodies = {"/a.m3u8": media_playlist(1), "/seg-1.ts": BODY}
    gateway.add("a", "/a.m3u8")
    node = gateway.node()
    segment = addresses(node.get("/stream/a.m3u8").text)[0]
    name = Tickets(SECRET).open(segment.split("/")[2].partition(".")[0]).name
    with redis.Redis.from_url(redis_url.removesuffix("0") + "1") as client:
        client.set(keys.fetching(name), b"1", px=LEASE_MS)
    assert node.get(segment).content == BODY


def test_a_lost_cache_costs_no_request(gateway: Gateway) -> None:
    """Without the Redis that playlists and segments are shared by, a node does everything itself."""
    gateway.origin.bodies = {"/a.m3u8": media_playlist(1), "/seg-1.ts": BODY}
    gateway.add("a", "/a.m3u8")
    node = gateway.node(cache_redis_url=SecretStr("redis://127.0.0.1:1/0"))
    assert node.get(addresses(node.get("/stream/a.m3u8").text)[0]).content == BODY


def test_starts_are_timed(gateway: Gateway) -> None:
    """How long a channel took to tune in, and a segment to begin, where they were not here already."""
    gateway.origin.bodies = {"/a.m3u8": media_playlist(1), "/seg-1.ts": BODY}
    gateway.add("a", "/a.m3u8")
    node = gateway.node()
    for _ in range(2):
        node.get(addresses(node.get("/stream/a.m3u8").text)[0])
    metrics = node.get("/metrics").text
    assert "iptv_streamer_start_seconds_count 1.0" in metrics
    assert "iptv_streamer_first_byte_seconds_count 1.0" in metrics
