"""Sources that stall, truncate, lie and lead in circles, and viewers that take nothing: each costs itself."""

import asyncio
import gc
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from contracts.channel import Locator
from support.gateway import Gateway
from support.origin import media_playlist
from support.scripted import ScriptedOrigin, scripted_origin

BODY = bytes(range(256)) * 8000
SLOW_VIEWERS = 200


class World:
    """A gateway before a scripted source, with one channel that is well and one that is not."""

    def __init__(self, stack: ExitStack, gateway: Gateway, origin: ScriptedOrigin) -> None:
        self.origin, self.gateway = origin, gateway
        origin.says("/well.m3u8", media_playlist(1))
        origin.says("/seg-1.ts", BODY)
        gateway.add("well", f"{origin.base}/well.m3u8")
        gateway.add("ill", f"{origin.base}/ill/list.m3u8")
        self.served = gateway.serve(first_byte_s=1.0)
        self.small = gateway.serve(node_name="small", cache_mb=2)
        self.client = stack.enter_context(httpx.Client(base_url=self.served.base, timeout=30))

    def segment(self, channel: str) -> str:
        found = re.findall(r"^/.*$", self.client.get(f"/stream/{channel}.m3u8").text, re.MULTILINE)
        return str(found[0])

    def ill_segment(self, *pieces: bytes, hang_up: bool = False) -> httpx.Response:
        self.origin.says("/ill/list.m3u8", media_playlist(1))
        self.origin.sends("/ill/seg-1.ts", *pieces, hang_up=hang_up)
        return self.client.get(self.segment("ill"))

    def is_well(self) -> bool:
        return self.client.get(self.segment("well")).content == BODY

    def metric(self, name: str) -> float:
        found = re.search(rf"^{name} (\S+)$", self.client.get("/metrics").text, re.MULTILINE)
        assert found is not None
        return float(found[1])


@pytest.fixture
def world(redis_url: str, nats_url: str) -> Iterator[World]:
    with ExitStack() as stack:
        origin = stack.enter_context(scripted_origin())
        yield World(stack, Gateway(stack, redis_url, nats_url), origin)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((b"",), (504, "upstream_timeout")),
        ((b"HTTP/1.1 200 OK\r\n",), (504, "upstream_timeout")),
        ((b"SSH-2.0-OpenSSH\r\n\r\n",), (502, "upstream_broken")),
        ((b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n",), (502, "upstream_broken")),
        ((b"HTTP/1.1 200 OK\r\nx: " + b"y" * 600_000 + b"\r\n\r\n",), (502, "upstream_broken")),
        ((b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n",), (502, "upstream_refused")),
        ((b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n",), (502, "upstream_broken")),
    ],
    ids=["silence", "half a head", "no HTTP", "a gigabyte", "a head without end", "refusal", "nonsense"],
)
def test_an_answer_that_is_none_is_said_to_be(
    world: World, answer: tuple[bytes, ...], expected: tuple[int, str]
) -> None:
    """The viewer is told whose fault it is; others notice nothing."""
    got = world.ill_segment(*answer)
    assert (got.status_code, got.json()["code"]) == expected
    assert world.is_well()


@pytest.mark.parametrize(
    ("pieces", "hang_up"),
    [
        ((b"HTTP/1.1 200 OK\r\ncontent-length: 2048000\r\n\r\n", BODY[:1000]), False),
        ((b"HTTP/1.1 200 OK\r\ncontent-length: 2048000\r\n\r\n", BODY[:1000]), True),
        ((b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"3e8\r\n" + BODY[:1000]), True),
        ((b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"3\r\nabc\r\nzz\r\n"), True),
    ],
    ids=["it stalls", "it hangs up", "a chunk is cut", "no chunk"],
)
def test_a_body_that_ends_early_is_cut_off_for_the_viewer_too(
    world: World, pieces: tuple[bytes, ...], *, hang_up: bool
) -> None:
    """Never passed off as complete; nothing of it is kept, and the next request tries anew."""
    with pytest.raises(httpx.RemoteProtocolError):
        world.ill_segment(*pieces, hang_up=hang_up)
    assert world.is_well()
    world.origin.says("/ill/seg-1.ts", BODY)
    assert world.client.get(world.segment("ill")).content == BODY


def test_a_body_without_end_is_cut_off(world: World) -> None:
    """A source that sends for ever where a segment was asked for costs bounded memory."""

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"100000\r\n" + bytes(0x100000) + b"\r\n")
            await writer.drain()

    world.origin.says("/ill/list.m3u8", media_playlist(1))
    world.origin.scripts["/ill/seg-1.ts"] = endless
    with pytest.raises(httpx.RemoteProtocolError):
        world.client.get(world.segment("ill"))
    assert world.is_well()


def test_redirects_in_circles_end(world: World) -> None:
    """After a few, with the reason."""
    got = world.ill_segment(b"HTTP/1.1 302 Found\r\nlocation: /ill/seg-1.ts\r\ncontent-length: 0\r\n\r\n")
    assert (got.status_code, got.json()["code"]) == (502, "upstream_unreachable")
    assert world.origin.asked["/ill/seg-1.ts"] < 10


NO_NAMES = ("cdn..example", ".example", "a" * 64 + ".example", "ä" * 60 + ".example")


@pytest.mark.parametrize("host", NO_NAMES, ids=["empty label", "empty first", "long", "long in IDNA"])
def test_a_host_that_is_no_name_is_refused_at_once(world: World, host: str) -> None:
    """In a list, a redirect and a page: nobody waits for what can't be asked."""
    address = f"http://{host}/x"
    world.origin.says("/ill/list.m3u8", f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{address}\n".encode())
    moved = f"HTTP/1.1 302 Found\r\nlocation: {quote(address, safe=':/')}\r\ncontent-length: 0\r\n\r\n"
    world.origin.sends("/moved", moved.encode())
    world.origin.says("/page", f'<video src="{address}/a.m3u8"></video>'.encode())
    world.gateway.add("moved", f"{world.origin.base}/moved")
    world.gateway.add("page", f"{world.origin.base}/page", locator=Locator.PAGE)
    for path in (world.segment("ill"), "/stream/moved.m3u8", "/stream/page.m3u8"):
        got = world.client.get(path, timeout=10)
        assert (got.status_code, got.json()["code"]) == (502, "upstream_forbidden"), path


def test_a_name_that_is_not_ascii_is_asked_for_as_it_is_spelled(world: World) -> None:
    """By IDNA, and so is what the request says of its host."""
    world.gateway.add("wide", f"http://\uff4cocalhost:{world.origin.port}/well.m3u8")
    assert world.client.get("/stream/wide.m3u8").status_code == 200
    assert f"\r\nHost: localhost:{world.origin.port}\r\n".encode() in world.origin.heads[-1]


def test_more_than_was_promised_is_not_passed_on(world: World) -> None:
    """The viewer gets what was promised; the connection that has more to say is not used again."""
    got = world.ill_segment(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello and more")
    assert got.content == b"hello"
    before = world.origin.connections
    assert world.is_well()
    assert world.origin.connections == before + 1


def test_connections_are_used_again(world: World) -> None:
    """Chunked bodies and known lengths both leave a connection good; the source sees few of them."""
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    assert world.ill_segment(chunked).content == b"abcde"
    assert world.is_well()
    assert world.origin.connections <= 2


def test_a_connection_that_the_source_closed_meanwhile_costs_nothing(world: World) -> None:
    """It is tried once more on a new one, unseen."""
    world.origin.says("/ill/list.m3u8", media_playlist(1, count=2))
    world.origin.sends("/ill/seg-1.ts", b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc", hang_up=True)
    world.origin.says("/ill/seg-2.ts", b"second")
    first, second = re.findall(r"^/.*$", world.client.get("/stream/ill.m3u8").text, re.MULTILINE)
    assert world.client.get(first).content == b"abc"
    assert world.client.get(second).content == b"second"


def test_a_cookie_comes_back_with_the_segments(world: World) -> None:
    """Some sources want what they set with the playlist; viewers never see it."""
    playlist = media_playlist(1)
    world.origin.sends(
        "/ill/list.m3u8",
        b"HTTP/1.1 200 OK\r\nset-cookie: pass=1234; Path=/\r\ncontent-length: %d\r\n\r\n" % len(playlist),
        playlist,
    )
    world.origin.says("/ill/seg-1.ts", b"abc")
    answer = world.client.get("/stream/ill.m3u8")
    world.client.get(world.segment("ill"))
    assert "set-cookie" not in answer.headers
    assert any(b"/ill/seg-1.ts" in head and b"Cookie: pass=1234" in head for head in world.origin.heads)


def test_slow_viewers_cost_the_others_nothing(world: World) -> None:
    """Hundreds who take next to nothing share one body; whoever is fast gets it at once."""
    segment = world.segment("well")
    host, port = "127.0.0.1", world.served.port
    with ExitStack() as stack:
        for _ in range(SLOW_VIEWERS):
            slow = stack.enter_context(socket.socket())
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect((host, port))
            slow.sendall(f"GET {segment} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert slow.recv(1024)
        with ThreadPoolExecutor(8) as pool:
            bodies = list(pool.map(lambda _: httpx.get(world.served.base + segment).content, range(8)))
        assert bodies == [BODY] * 8
    assert world.origin.asked["/seg-1.ts"] == 1
    assert world.metric("iptv_streamer_cache_bytes") == len(BODY)


def test_viewers_that_vanish_leave_nothing_behind(world: World) -> None:
    """Neither fetches nor connections to the source go on for somebody who is gone."""
    going = threading.Event()

    async def slow(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n" + bytes(1000))
        await asyncio.to_thread(going.wait, 10)

    world.origin.says("/ill/list.m3u8", media_playlist(1))
    world.origin.scripts["/ill/seg-1.ts"] = slow
    segment = world.segment("ill")
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", world.served.port)) as gone:
            gone.sendall(f"GET {segment} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert gone.recv(100)
    _until(lambda: world.metric("iptv_streamer_fetches") == 0)
    going.set()
    assert world.is_well()


def test_no_file_outlives_its_segment(world: World) -> None:
    """Hot segments lie in memory files: with the cache and the last viewer they are gone, at once."""
    world.origin.says("/ill/list.m3u8", media_playlist(1, count=40))
    for number in range(1, 41):
        world.origin.says(f"/ill/seg-{number}.ts", BODY[: 200_000 + number])
    segments = re.findall(r"^/.*$", world.client.get("/stream/ill.m3u8").text, re.MULTILINE)
    gc.collect()
    before = _memory_files()
    gc.disable()
    try:
        for segment in segments:
            for _ in range(3):
                assert len(httpx.get(world.small.base + segment).content) > 200_000
        _until(lambda: _memory_files() < before + len(segments) / 2)
    finally:
        gc.enable()


def _memory_files() -> int:
    return sum(_target(link).startswith("/memfd:segment") for link in Path("/proc/self/fd").iterdir())


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


def _until(condition: Callable[[], object]) -> None:
    ends_at = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends_at, "it did not come about"
        time.sleep(0.02)
