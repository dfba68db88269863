"""Requests that mean harm, and lists that lead inside: nothing breaks, is told, or is fetched."""

import asyncio
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from catalog.main import create_app as create_catalog
from catalog.settings import Settings as CatalogSettings
from pydantic import SecretStr
from realtime.main import create_app as create_realtime
from realtime.settings import RealtimeSettings
from starlette.responses import Response
from streamer.tickets import Thing, Ticket, Tickets
from support.front_door import front_door
from support.gateway import Gateway
from support.hostile import LEADING_INSIDE, NAMED_INSIDE, Hostile, Known, all_of
from support.origin import media_playlist
from support.servers import serving
from support.socks import socks_proxy
from support.stack import until

TOLD = re.compile(
    rb"Traceback|File \"|site-packages|Error\(|Exception|redis://|nats://|\.sock\b|root:.*:0:0|0x[0-9a-f]{12}"
)
"""What only somebody inside should ever see."""
ANSWER_S = 15.0
KEY = '#EXT-X-KEY:METHOD=AES-128,URI="key.bin"'


class Canary:
    """A server that counts who comes."""

    def __init__(self, stack: ExitStack) -> None:
        self._socket = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.port = int(self._socket.getsockname()[1])
        self.visits = 0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        with suppress(OSError):
            while True:
                visitor, _ = self._socket.accept()
                self.visits += 1
                visitor.close()


@dataclass
class World:
    """The whole gateway behind its front door, the source behind it, and the canary."""

    base: str
    gateway: Gateway
    streamer: httpx.Client
    canary: Canary
    known: Known


@pytest.fixture
def world(redis_url: str, nats_url: str, tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        gateway, canary = Gateway(stack, redis_url, nats_url), Canary(stack)
        gateway.origin.bodies = {
            "/v.m3u8": b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n",
            "/low.m3u8": media_playlist(1, head=KEY),
            "/key.bin": bytes(16),
            "/seg-1.ts": bytes(1000),
        }
        gateway.add("good", "/v.m3u8")
        served = gateway.serve()
        streamer = gateway.client(served)
        shared = {"redis_url": SecretStr(redis_url), "nats_url": SecretStr(nats_url)}
        catalog = create_catalog(CatalogSettings(**shared, data_dir=tmp_path, rate_limit="off"))  # type: ignore[arg-type]
        realtime = create_realtime(RealtimeSettings(**shared))  # type: ignore[arg-type]
        inner = [stack.enter_context(serving(app)).base for app in (catalog, realtime)]
        base = front_door(stack, inner[0], served.base, inner[1], tmp_path)
        until(lambda: "#EXTINF" in httpx.get(f"{base}/playlist.m3u8").text)
        yield World(base, gateway, streamer, canary, known(streamer, canary))


def known(streamer: httpx.Client, canary: Canary) -> Known:
    """Look at the gateway as an attacker does first."""
    nested = re.findall(r"^/content/(\S+)\.m3u8$", streamer.get("/stream/good.m3u8").text, re.MULTILINE)[0]
    media = streamer.get(f"/content/{nested}.m3u8").text
    ticket = Ticket(Thing.SEGMENT, "good", 0, "", 1, f"http://127.0.0.1:{canary.port}/x")
    return Known(
        "good",
        re.findall(r"/content/(\S+)\.ts", media)[0],
        nested,
        re.findall(r"/key/(\S+)\.key", media)[0],
        Tickets("another secret").seal(ticket),
        f"127.0.0.1:{canary.port}",
    )


async def answer(base: str, asked: Hostile) -> bytes:
    """Send a request as it is; return all that comes back."""
    where = urlsplit(base)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        async with asyncio.timeout(ANSWER_S):
            writer.write(asked.wire())
            with suppress(ConnectionError):
                await writer.drain()
                return await reader.read(4_000_000)
        return b""
    finally:
        writer.close()


@pytest.mark.timeout(300)
async def test_nothing_that_means_harm_breaks_tells_or_fetches_anything(world: World) -> None:
    """Through the front door, and again to the streamer itself, which trusts nobody more."""
    table = all_of(world.known)
    assert len(table) >= 200
    before = set(world.gateway.origin.asked)
    host = urlsplit(world.gateway.source).netloc.encode()
    faults = []
    for base in (world.base, str(world.streamer.base_url).rstrip("/")):
        for one in table:
            try:
                said = await answer(base, one)
            except TimeoutError:
                faults.append(f"{one.name}: no answer")
                continue
            status = int(said[9:12]) if said[:5] == b"HTTP/" else 0
            mirrored = said.replace(one.target, b"")
            if status >= 500 and status not in (501, 505):
                faults.append(f"{one.name}: {status} {said[-200:]!r}")
            if host in mirrored or TOLD.search(mirrored):
                faults.append(f"{one.name}: tells {said[-300:]!r}")
            if b"\r\nX-Injected" in said:
                faults.append(f"{one.name}: a header was let in")
    assert not faults, "\n".join(faults)
    assert world.canary.visits == 0
    after = set(world.gateway.origin.asked)
    assert after - before <= {"/seg-1.ts", "/seg-2.ts", "/seg-3.ts", "/key.bin", "/low.m3u8", "/v.m3u8"}
    assert world.streamer.get("/stream/good.m3u8").status_code == 200


@pytest.mark.timeout(120)
def test_no_list_leads_inside(world: World) -> None:
    """Whatever way an address is written; directly, by a redirect, and out of a playlist."""
    addresses = [address.replace("{port}", str(world.canary.port)) for address in LEADING_INSIDE]
    for number, address in enumerate(addresses):
        world.gateway.add(f"bad-{number}", address, private=False)
    codes = {}
    for number, address in enumerate(addresses):
        got = world.streamer.get(f"/stream/bad-{number}.m3u8")
        codes[address] = got.status_code
        assert got.json()["code"] in ("upstream_forbidden", "upstream_unreachable"), (address, got.text)
        assert urlsplit(world.gateway.source).netloc not in got.text
        assert "127.0.0.1" not in got.json()["detail"], got.text
    assert set(codes.values()) == {502}
    assert world.canary.visits == 0


@pytest.mark.timeout(120)
def test_no_list_leads_a_proxy_inside(world: World) -> None:
    """There a name is judged as the proxy gets it: what it would resolve to, nobody here sees."""
    addresses = [address.replace("{port}", str(world.canary.port)) for address in LEADING_INSIDE]
    addresses += NAMED_INSIDE
    with socks_proxy() as proxy:
        for number, address in enumerate(addresses):
            world.gateway.add(f"bad-{number}", address, private=False, socks5=f"127.0.0.1:{proxy.port}")
        for number, address in enumerate(addresses):
            got = world.streamer.get(f"/stream/bad-{number}.m3u8")
            assert (got.status_code, got.json()["code"]) == (502, "upstream_forbidden"), (address, got.text)
        assert proxy.asked == []
    assert world.canary.visits == 0


METADATA = ("http://169.254.169.254/x", "http://[::ffff:169.254.169.254]/x", "http://0xa9fea9fe/x",
            "http://100.100.100.200/x", "http://[fd00:ec2::254]/x", "file:///etc/passwd", "ftp://example.com/x")  # fmt: skip  # noqa: E501


@pytest.mark.parametrize("target", METADATA)
def test_a_redirect_is_judged_like_the_first_address(world: World, target: str) -> None:
    """Also of a source that may lead into the house: some addresses are nobody's."""
    redirect = httpx.Headers({"location": target})
    world.gateway.origin.bodies["/away.m3u8"] = lambda _: _moved(redirect)
    world.gateway.add("away", "/away.m3u8")
    got = world.streamer.get("/stream/away.m3u8")
    assert (got.status_code, got.json()["code"]) == (502, "upstream_forbidden")


def _moved(headers: httpx.Headers) -> Response:
    return Response("", 302, dict(headers))


def test_what_a_source_says_of_itself_does_not_reach_viewers(world: World) -> None:
    """Neither its cookies nor its headers; nor do viewers' reach it."""
    said = {"Set-Cookie": "a=b", "Server": "origin/1", "X-Upstream": "yes", "Location": "/x", "Via": "1.1 x",
            "Access-Control-Allow-Origin": "https://evil.example", "Content-Security-Policy": "x"}  # fmt: skip  # noqa: E501
    world.gateway.origin.bodies["/seg-2.ts"] = lambda _: Response(bytes(500), 200, said)
    listed = world.streamer.get(f"/content/{world.known.nested}.m3u8").text
    segment = re.findall(r"^/content/\S+\.ts$", listed, re.MULTILINE)[1]
    mine = {"Cookie": "mine=1", "X-Mine": "1", "Authorization": "Bearer mine", "Referer": "http://mine"}
    got = world.streamer.get(segment, headers=mine)
    assert got.status_code == 200
    assert got.headers.get("server") != "origin/1"
    hidden = {"set-cookie", "x-upstream", "location", "via", "content-security-policy"}
    assert not hidden & set(got.headers)
    assert got.headers["access-control-allow-origin"] == "*"
    asked = world.gateway.origin.headers["/seg-2.ts"]
    assert not {"cookie", "x-mine", "authorization", "referer", "x-forwarded-for"} & set(asked)
