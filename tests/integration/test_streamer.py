"""The streamer as players meet it: a real uvicorn, a real Redis, a source that does as it is told."""

import re
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
import redis
from contracts import keys
from contracts.channel import Channel, Locator, Stream, StreamKind
from pydantic import SecretStr
from streamer.main import create_app
from streamer.settings import Settings
from support.origin import FakeOrigin, media_playlist, status, truncated
from support.servers import serving

BODY = bytes(range(256)) * 800


class Gateway:
    """Some streamers before one source."""

    def __init__(self, stack: ExitStack, redis_url: str, nats_url: str) -> None:
        self._stack, self._redis_url, self._nats_url = stack, redis_url, nats_url
        self.origin = FakeOrigin()
        self.source = stack.enter_context(serving(self.origin.app())).base
        self._channels: dict[str, bytes] = {}

    def add(self, channel_id: str, *paths: str, locator: Locator = Locator.DIRECT, kind: str = "hls") -> None:
        streams = tuple(
            Stream(
                source="test",
                address=path if "://" in path else self.source + path,
                kind=StreamKind(kind),
                locator=locator,
                allow_private=True,
                headers={"X-Source": "yes"},
            )
            for path in paths
        )
        channel = Channel(id=channel_id, number=len(self._channels) + 1, name=channel_id, streams=streams)
        self._channels[channel_id] = channel.model_dump_json().encode()
        with redis.Redis.from_url(self._redis_url) as client:
            client.hset(keys.generation("channels", "v1"), mapping=self._channels)  # type: ignore[arg-type]
            client.set(keys.current("channels"), "v1")

    def node(self, **settings: object) -> httpx.Client:
        values = {
            "redis_url": SecretStr(self._redis_url),
            "cache_redis_url": SecretStr(self._redis_url.removesuffix("0") + "1"),
            "nats_url": SecretStr(self._nats_url),
            **settings,
        }
        served = self._stack.enter_context(serving(create_app(Settings(**values))))
        return self._stack.enter_context(httpx.Client(base_url=served.base, timeout=20))


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
    first, second = gateway.node(node_name="first"), gateway.node(node_name="second")
    before = first.get("/stream/a.m3u8").text
    _until(lambda: (second.get("/stream/a.m3u8"), gateway.origin.fetches("/a.m3u8") >= 3)[1])
    assert second.get("/stream/a.m3u8").text == before


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
    gateway: Gateway, path: str, body: bytes, expected: tuple[int, str]
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
    _until(lambda: gateway.origin.fetches("/a.m3u8") > before, node.get, "/stream/a.m3u8")
    assert node.get("/stream/a.m3u8").text == good


def test_a_low_latency_directive_is_passed_on(gateway: Gateway) -> None:
    """A blocking reload blocks at the source; what is no directive stays here."""
    gateway.origin.bodies = {"/a.m3u8": media_playlist(1)}
    gateway.add("a", "/a.m3u8?sig=1")
    node = gateway.node()
    assert node.get("/stream/a.m3u8?_HLS_msn=4&_HLS_part=1&evil=1").status_code == 200
    assert gateway.origin.asked["/a.m3u8?sig=1&_HLS_msn=4&_HLS_part=1"] == 1


def _text(body: bytes):  # noqa: ANN202
    from starlette.responses import Response

    return Response(body)


def _until(condition, act=None, *arguments) -> None:  # noqa: ANN001, ANN002
    import time

    ends_at = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends_at, "it did not come about"
        if act is not None:
            act(*arguments)
        time.sleep(0.02)
