"""Doors that want a token: all of them, by every way of giving one; and how often a client may ask.

Real uvicorn, Redis and Caddy. What a door answers behind the lock matters elsewhere: here a 401 means closed,
anything else open.
"""

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx
import pytest
import redis
import socketio
import structlog
from catalog.main import create_app as create_catalog
from catalog.settings import Settings as CatalogSettings
from catalog.worker import streamer_client
from chassis.following import own_headers
from chassis.logging import get_logger, setup_logging
from chassis.redis import connect_redis
from contracts import keys
from contracts.channel import Channel, Stream, StreamKind
from pydantic import SecretStr
from realtime.main import create_app as create_realtime
from realtime.settings import RealtimeSettings
from streamer import secret
from streamer.main import create_app as create_streamer
from streamer.settings import Settings as StreamerSettings
from support.front_door import front_door
from support.origin import FakeOrigin, media_playlist
from support.servers import free_port, redis_server, serving

SECRET = "hush+&!0123"
QUOTED = "hush%2B%26%210123"
TOKENS = SecretStr(f"home:{SECRET} tv:other")
BODY = bytes(range(256)) * 40
MULTIVARIANT = (
    b'#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x",URI="audio.m3u8"\n'
    b"#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n"
)
METHODS = ("get", "post", "put", "delete")


@dataclass
class House:
    """Everything behind one front door. `base` is that door's address, the others are inside."""

    catalog: str
    streamer: str
    realtime: str
    base: str


def fill(redis_url: str, source: str) -> None:
    """Write a list of three channels: HLS with renditions, plain HLS, DASH."""
    streams = {"m": "/m.m3u8", "a": "/low.m3u8", "d": "/d.mpd"}
    with redis.Redis.from_url(redis_url) as client:
        for number, (id_, path) in enumerate(streams.items(), 1):
            kind = StreamKind.DASH if path.endswith("mpd") else StreamKind.HLS
            stream = Stream(source="test", address=source + path, kind=kind, allow_private=True)
            channel = Channel(id=id_, number=number, name=id_, group="Sports", streams=(stream,))
            client.hset(keys.generation("channels", "v1"), id_, channel.model_dump_json())
        client.set(keys.current("channels"), "v1")


Build = Callable[..., House]


@pytest.fixture
def build(redis_url: str, nats_url: str, tmp_path: Path) -> Iterator[Build]:
    """Return what builds a house; its doors are closed unless it is told other tokens."""
    with ExitStack() as stack:

        def built(tokens: SecretStr = TOKENS, rate_limit: str = "off") -> House:
            origin = FakeOrigin()
            origin.bodies = {
                "/m.m3u8": MULTIVARIANT,
                "/low.m3u8": media_playlist(1),
                "/audio.m3u8": media_playlist(1),
                "/seg-1.ts": BODY,
            }
            fill(redis_url, stack.enter_context(serving(origin.app())).base)
            shared: dict[str, Any] = {
                "redis_url": SecretStr(redis_url),
                "nats_url": SecretStr(nats_url),
                "access_tokens": tokens,
            }
            catalog = create_catalog(CatalogSettings(**shared, data_dir=tmp_path, rate_limit=rate_limit))
            cache = SecretStr(redis_url.removesuffix("0") + "1")
            settings = StreamerSettings(**shared, cache_redis_url=cache)
            streamer = create_streamer(settings, asyncio.run(secret.agreed(settings)))
            apps = (catalog, streamer, create_realtime(RealtimeSettings(**shared)))
            one, two, three = (stack.enter_context(serving(app)).base for app in apps)
            wait_for_list(one, tokens)
            return House(one, two, three, front_door(stack, one, two, three, tmp_path))

        yield built


def wait_for_list(base: str, tokens: SecretStr) -> None:
    """Wait until the catalog has read its list."""
    with httpx.Client(
        base_url=base, headers={"Authorization": f"Bearer {SECRET}"} if tokens.get_secret_value() else {}
    ) as client:
        while "#EXTINF" not in client.get("/playlist.m3u8").text:
            pass


@pytest.fixture
def house(build: Build) -> House:
    return build()


def by_header(client: httpx.Client, path: str) -> httpx.Response:
    return client.get(path, headers={"Authorization": f"Bearer {SECRET}"})


def by_cookie(client: httpx.Client, path: str) -> httpx.Response:
    return client.get(path, headers={"Cookie": f"iptv_token={QUOTED}"})


def by_query(client: httpx.Client, path: str) -> httpx.Response:
    return client.get(f"{path}{'&' if '?' in path else '?'}token={QUOTED}")


def by_path(client: httpx.Client, path: str) -> httpx.Response:
    return client.get(f"/t/{QUOTED}{path}")


WAYS = (by_header, by_cookie, by_query, by_path)
Way = Callable[[httpx.Client, str], httpx.Response]


def api_paths() -> list[str]:
    """Return every path that the API describes, with something in place of its parameters."""
    described = create_catalog(CatalogSettings()).openapi()["paths"]
    assert len(described) > 5
    return [re.sub(r"\{\w+\}", "a", path) for path in described if path not in ("/api/login", "/api/logout")]


CATALOG = [
    *api_paths(),
    "/api/docs",
    "/api/openapi.json",
    "/api/nothing",
    "/playlist.m3u8",
    "/playlist.m3u",
    "/epg.xml",
    "/epg.xml.gz",
    "/guide.xml",
]
STREAMER = [
    "/stream/a",
    "/stream/a.m3u8",
    "/stream/d.mpd",
    "/stream/nothing.ts",
    "/auto/v9",
    "/live/ada/wrong/9",
    "/live/ada/wrong/9.m3u8",
]


def lines(playlist: httpx.Response) -> list[str]:
    assert playlist.status_code == 200, playlist.text
    return [line for line in playlist.text.splitlines() if line and not line.startswith("#")]


@pytest.fixture
def http(house: House) -> Iterator[httpx.Client]:
    """A client before the front door, which opens it in no way by itself."""
    with httpx.Client(base_url=house.base, timeout=20) as client:
        yield client


def test_every_door_is_closed(house: House, http: httpx.Client) -> None:
    """Through the front door and behind it, whatever is tried instead of a token."""
    ticket = urlsplit(lines(by_header(http, "/stream/m.m3u8"))[0]).path
    inside = {house.catalog: CATALOG, house.streamer: [*STREAMER, ticket]}
    for base, paths in {**inside, house.base: [*CATALOG, *STREAMER, ticket]}.items():
        with httpx.Client(base_url=base, timeout=20) as client:
            for path in paths:
                for answer in (
                    client.get(path),
                    client.head(path),
                    client.get(path, params={"token": "wrong"}),
                    client.get(f"/t/wrong{path}"),
                    client.get(path, headers={"Authorization": "Bearer wrong", "Cookie": "iptv_token=x"}),
                ):
                    assert answer.status_code == 401, (base, answer.request.url)
                    assert answer.headers["www-authenticate"] == "Bearer"
                    assert answer.headers["cache-control"] == "no-store"
                    if answer.request.method == "GET":
                        assert answer.headers["content-type"] == "application/problem+json"
                        assert answer.json()["code"] == "access_denied"


def test_other_methods_find_the_doors_closed(http: httpx.Client) -> None:
    for path in CATALOG:
        assert {http.request(method, path).status_code for method in METHODS} == {401}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_giving_a_token_opens(http: httpx.Client, way: Way) -> None:
    """And what comes then is not for shared caches."""
    nested = urlsplit(lines(by_header(http, "/stream/m.m3u8"))[0]).path
    for path in (*CATALOG, *STREAMER, nested):
        answer = way(http, path)
        assert answer.status_code != 401, path
        if answer.is_success and not path.startswith(("/api/docs", "/api/op", "/api/events", "/api/search")):
            assert answer.headers["cache-control"].startswith(("private", "no-store")), path


def test_what_says_nothing_of_the_house_is_open(http: httpx.Client) -> None:
    """Health, logos, and the page itself; what only the inside may see stays there, with a prefix too."""
    assert http.get("/health").status_code == 200
    assert http.get("/logo/a").json()["code"] == "logo_not_found"
    assert http.get("/").text == "the page"
    for path in (
        "/metrics",
        "/health/detailed",
        f"/t/{QUOTED}/metrics",
        "/t/x/health/detailed",
        "/t/x//metrics",
    ):
        assert http.get(path).status_code == 404, path
        assert by_header(http, path).status_code == 404, path


@pytest.mark.parametrize("way", [by_query, by_path])
def test_a_player_that_knows_one_address_can_play(http: httpx.Client, way: Way) -> None:
    """List, guide, channel, rendition, segment: each address leads on to the next."""
    listed = way(http, "/playlist.m3u8")
    guide = re.search(r'url-tvg="([^"]+)"', listed.text)
    assert guide
    assert http.get(guide[1]).status_code == 200
    entry = lines(listed)[0]
    assert entry.endswith(f"/stream/m.m3u8?token={QUOTED}")
    multivariant = http.get(entry)
    nested = [*lines(multivariant), *re.findall(r'URI="([^"]+)"', multivariant.text)]
    assert len(nested) == 2
    for address in nested:
        assert address.endswith(f".m3u8?token={QUOTED}")
        media = http.get(address)
        assert QUOTED not in media.text
        assert http.get(lines(media)[0]).content == BODY
        assert http.get(lines(media)[0]).headers["cache-control"].startswith("public")


def test_only_a_token_from_the_address_is_carried_on(http: httpx.Client) -> None:
    """The shared copy knows none; one player's never shows up in another's."""
    for path in ("/playlist.m3u8", "/stream/m.m3u8"):
        plain = by_header(http, path).text
        carrying = by_query(http, path).text
        assert carrying.replace(f"?token={QUOTED}", "") == plain == by_cookie(http, path).text
        assert "token=other" in http.get(path, params={"token": "other"}).text
        assert "token" not in plain


def test_a_redirect_to_the_kind_there_is_keeps_the_token(http: httpx.Client) -> None:
    answer = by_query(http, "/stream/d")
    assert (answer.status_code, answer.headers["location"]) == (307, f"/stream/d.mpd?token={QUOTED}")


def test_the_page_logs_in_and_out(http: httpx.Client) -> None:
    """A form or JSON in, a cookie out that no script reads; then everything is open until it is gone."""
    assert http.post("/api/login", json={"token": "wrong"}).json()["code"] == "access_denied"
    for body in ({"json": {"token": SECRET}}, {"data": {"token": SECRET}}):
        answer = http.post("/api/login", **body)  # type: ignore[arg-type]
        said = answer.headers["set-cookie"]
        assert (answer.status_code, answer.content) == (204, b"")
        assert "HttpOnly" in said
        assert "SameSite=lax" in said
        assert "Secure" not in said
        assert http.get("/api/channels").status_code == 200
        assert http.get("/stream/a.m3u8").status_code == 200
        assert http.post("/api/logout").status_code == 204
        assert http.get("/api/channels").status_code == 401


def test_over_https_the_cookie_goes_over_nothing_else(http: httpx.Client) -> None:
    answer = http.post("/api/login", json={"token": SECRET}, headers={"X-Forwarded-Proto": "https"})
    assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"token": 1}', b"token", b"x" * 5000], ids=lambda body: body.decode()[:12]
)
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_login_without_a_token_is_a_bad_request(http: httpx.Client, body: bytes, kind: str) -> None:
    answer = http.post("/api/login", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (400, "login_malformed")


async def test_our_own_looks_are_let_in(house: House, redis_url: str) -> None:
    """A probe comes with a secret that only Redis has: no operator's token is needed for it."""
    async with connect_redis(SecretStr(redis_url)) as redis:
        headers = await own_headers(redis, keys.TOKEN_OWN)
    async with streamer_client(house.streamer, headers) as client, asyncio.timeout(20):
        status = 401
        while status == 401:
            status = (await client.get("/stream/a.m3u8", headers={"X-Probe": "1"})).status_code
        assert status == 200


async def refused(base: str, path: str = "/_event", **given: Any) -> Any:
    """Connect as an official client does; return why it was refused, or None."""
    why: list[Any] = []
    async with aiohttp.ClientSession(headers=given.pop("headers", {})) as http:
        client = socketio.AsyncClient(reconnection=False, http_session=http)
        client.on("connect_error", why.append, namespace="/_event")
        with contextlib.suppress(socketio.exceptions.ConnectionError):
            await client.connect(base, socketio_path=path, namespaces=["/_event"], wait_timeout=10, **given)
        if client.connected and not why:
            answer = await client.call("get_live_events", namespace="/_event", timeout=10)
            assert isinstance(answer, dict)
        await client.disconnect()
    return why[0] if why else None


async def test_sockets_want_a_token(house: House) -> None:
    """By auth, query, header, cookie or prefix; without, the client is told why."""
    given: dict[str, Any] = {"transports": ["websocket"]}
    bad: tuple[dict[str, Any], ...] = (
        {},
        {"auth": {"token": "wrong"}},
        {"auth": {"token": 7}},
        {"headers": {"Cookie": "iptv_token=x"}},
    )
    good: tuple[dict[str, Any], ...] = (
        {"auth": {"token": SECRET}},
        {"headers": {"Authorization": f"Bearer {SECRET}"}},
        {"headers": {"Cookie": f"iptv_token={QUOTED}"}},
    )
    for base in (house.realtime, house.base):
        for way in bad:
            why = await refused(base, **given, **way)
            assert why["data"]["code"] == "access_denied", (base, way)
        for way in good:
            assert await refused(base, **given, **way) is None, (base, way)
        assert await refused(f"{base}?token={QUOTED}", **given) is None
        assert await refused(base, f"/t/{QUOTED}/_event", **given) is None
        assert (await refused(base, "/t/wrong/_event", **given))["data"]["code"] == "access_denied"


@pytest.mark.parametrize(
    ("address", "auth", "answer"),
    [
        ("/_event/?EIO=4&transport=polling", "", "44"),
        ("/_event/?EIO=4&transport=polling", '{"token":"wrong"}', "44"),
        ("/t/wrong/_event/?EIO=4&transport=polling", "", "44"),
        ("/_event/?EIO=4&transport=polling", f'{{"token":"{SECRET}"}}', "40"),
        (f"/_event/?EIO=4&transport=polling&token={QUOTED}", "", "40"),
        (f"/t/{QUOTED}/_event/?EIO=4&transport=polling", "", "40"),
    ],
)
def test_polling_clients_want_one_too(http: httpx.Client, address: str, auth: str, answer: str) -> None:
    """What the first request brought counts for the session."""
    opened = http.get(address).text
    session = re.search(r'"sid":"([^"]+)"', opened)
    assert session
    polled = f"/_event/?EIO=4&transport=polling&sid={session[1]}"
    http.post(polled, content=f"40/_event,{auth}")
    assert http.get(polled).text.startswith(f"{answer}/_event,")


async def test_who_was_refused_is_answered_nothing(house: House) -> None:
    """A client that ignores the refusal and goes on talking has no namespace to talk in."""
    address = house.realtime.replace("http", "ws") + "/_event/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as http, http.ws_connect(address) as socket:
        for packet in (
            "40/_event,",
            '42/_event,1["get_live_events"]',
            '42/_event,2["search_channels",{"query":"a"}]',
        ):
            await socket.send_str(packet)
        heard = [(await socket.receive(10)).data for _ in range(2)]
        assert heard[0].startswith("0")
        assert heard[1].startswith("44/_event,")
        with pytest.raises(TimeoutError):
            await socket.receive(0.5)


def test_without_tokens_everything_is_open(build: Build) -> None:
    """An address that still has a token works on, and carries nothing."""
    with httpx.Client(base_url=build(tokens=SecretStr("")).base, timeout=20) as http:
        for path in ("/api/channels", "/playlist.m3u8", "/stream/m.m3u8"):
            for answer in (http.get(path), by_query(http, path), by_path(http, path)):
                assert answer.status_code == 200
                assert "token" not in answer.text
                assert "private" not in answer.headers["cache-control"]
        assert http.post("/api/login", json={"token": "any"}).status_code == 204


@contextlib.contextmanager
def own_logging() -> Iterator[None]:
    """Log as a service does; afterwards as before, since what it logs to is closed then."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    setup_logging("json", "debug")
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()


def test_no_log_line_has_a_token(
    http: httpx.Client, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Not when all is well, not when a service fails, not when it is away and Caddy says so."""
    with own_logging(), ExitStack() as stack:
        for way in WAYS:
            for path in ("/api/channels", "/playlist.m3u8", "/stream/a.m3u8", "/stream/none", "/api/none"):
                way(http, path)
        for path in (f"/live/ada/{QUOTED}/9.m3u8", f"/live/ada/{QUOTED}", f"/live/ada/{QUOTED}x/9"):
            http.get(path)
        http.post("/api/login", json={"token": SECRET})
        http.post("/api/login", json={"token": f"{SECRET}x"})
        (page := tmp_path / "away").mkdir()
        nobody = f"http://127.0.0.1:{free_port()}"
        base = front_door(stack, nobody, nobody, nobody, page)
        with httpx.Client(base_url=base, timeout=20) as client:
            assert {way(client, "/api/channels?x=1").status_code for way in WAYS} == {502}
            assert client.get(f"/live/ada/{QUOTED}/9").status_code in (502, 503)
        get_logger("test").info("what is logged is read")
    caddy = (tmp_path / "away" / "caddy.log").read_text() + (tmp_path / "caddy.log").read_text()
    assert "/api/channels?x=1&token=…" in caddy
    assert "/t/…/api/channels" in caddy
    assert "/live/ada/…/9" in caddy
    written = "".join(capfd.readouterr())
    assert "what is logged is read" in written
    assert "hush" not in written + caddy


def test_segments_are_balanced_by_path_and_never_by_token(tmp_path: Path) -> None:
    """With a prefix, a query or neither: one segment has one node."""
    seen: list[tuple[str, str]] = []

    def node(name: str) -> Any:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                if scope["path"] != "/health":
                    seen.append((name, scope["path"]))
                await send({"type": "http.response.start", "status": 200, "headers": []})
                await send({"type": "http.response.body", "body": b""})
            elif scope["type"] == "lifespan":
                while (message := await receive())["type"] != "lifespan.shutdown":
                    await send({"type": f"{message['type']}.complete"})
                await send({"type": "lifespan.shutdown.complete"})

        return app

    with ExitStack() as stack:
        nodes = [stack.enter_context(serving(node(name))).base for name in "abcd"]
        streamers = " ".join(urlsplit(base).netloc for base in nodes)
        base = front_door(stack, nodes[0], f"//{streamers}", nodes[0], tmp_path)
        with httpx.Client(base_url=base) as client:
            for number in range(20):
                path = f"/content/{number}.ts"
                for address in (path, f"{path}?token=x", f"/t/one{path}", f"/t/two{path}"):
                    assert client.get(address).status_code == 200
    by_segment = {
        path.rpartition("/")[2]: {name for name, asked in seen if asked.endswith(path)} for _, path in seen
    }
    assert all(len(names) == 1 for names in by_segment.values()), by_segment
    assert len(set.union(*by_segment.values())) > 1
    assert "/t/one/content/0.ts" in {path for _, path in seen}


@contextlib.asynccontextmanager
async def two_nodes(
    redis_url: str, folder: Path, rate: str, number: int = 2, **settings: Any
) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Run some nodes of the API over one Redis, two if nothing else is said."""
    chosen = CatalogSettings(
        redis_url=SecretStr(redis_url),
        nats_url=SecretStr("nats://127.0.0.1:1"),
        data_dir=folder,
        rate_limit=rate,
        **settings,
    )
    with ExitStack() as stack:
        nodes = [stack.enter_context(serving(create_catalog(chosen))) for _ in range(number)]
        async with contextlib.AsyncExitStack() as clients:
            yield [
                await clients.enter_async_context(httpx.AsyncClient(base_url=node.base, timeout=20))
                for node in nodes
            ]


def of(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


async def test_a_limit_is_one_for_all_nodes_and_each_client_has_its_own(
    redis_url: str, tmp_path: Path
) -> None:
    """Logins count as well; what players fetch does not."""
    async with two_nodes(redis_url, tmp_path, "6/minute") as (one, other):
        for node in (one, other, one, other, one):
            assert (await node.get("/api/channels", headers=of("203.0.113.7"))).status_code == 200
        assert (await other.post("/t/x/api/login", json={}, headers=of("203.0.113.7"))).status_code == 400
        for node in (one, other):
            answer = await node.get("/api/channels", headers=of("203.0.113.7"))
            assert answer.status_code == 429
            assert answer.json()["code"] == "rate_limited"
            assert answer.headers["content-type"] == "application/problem+json"
            assert 0 < int(answer.headers["retry-after"]) <= 60
            assert (await node.get("/playlist.m3u8", headers=of("203.0.113.7"))).status_code == 200
            assert (await node.get("/api/channels", headers=of("192.168.1.5"))).status_code == 200


async def test_every_answer_says_what_is_left_of_the_limit(redis_url: str, tmp_path: Path) -> None:
    """On any node, until nothing is; what isn't counted says nothing."""
    async with two_nodes(redis_url, tmp_path, "3/minute") as (one, other):
        left = []
        for node in (one, other, one, other):
            answer = await node.get("/api/channels", headers=of("203.0.113.8"))
            assert answer.headers["ratelimit-policy"] == '"default";q=3;w=60'
            match = re.fullmatch(r'"default";r=(\d+);t=(\d+)', answer.headers["ratelimit"])
            assert match
            assert 0 < int(match[2]) <= 60
            left.append((answer.status_code, int(match[1])))
        assert left == [(200, 2), (200, 1), (200, 0), (429, 0)]
        assert "ratelimit" not in (await one.get("/playlist.m3u8", headers=of("203.0.113.8"))).headers


async def test_the_limit_is_exact_over_four_nodes_that_are_asked_at_once(
    redis_url: str, tmp_path: Path
) -> None:
    """100 pass, whichever node they come to; every one after them is refused."""
    async with two_nodes(redis_url, tmp_path, "100/minute", 4) as nodes:
        # One by one: a first request completes the routes, which threads of one process can't do at once.
        for node in nodes:
            assert (await node.get("/api/channels", headers=of("203.0.113.8"))).status_code == 200
        asking = (nodes[n % 4].get("/api/channels", headers=of("203.0.113.9")) for n in range(140))
        answers = [answer.status_code for answer in await asyncio.gather(*asking)]
        assert (answers.count(200), answers.count(429)) == (100, 40)
        assert (await nodes[0].get("/api/channels", headers=of("203.0.113.9"))).status_code == 429
        assert (await nodes[0].get("/api/channels", headers=of("203.0.113.10"))).status_code == 200


@pytest.mark.parametrize(
    ("trusted", "forged"),
    [
        ((), "198.51.100.{n}"),
        (("127.0.0.1",), "198.51.100.{n}, 203.0.113.9"),
        (("127.0.0.1",), "127.0.0.1, 198.51.100.{n}, 203.0.113.9"),
        (("127.0.0.1",), "2001:db8:0:1::{n}"),
    ],
    ids=["from nobody's proxy", "before what the proxy says", "with its own address", "one /64"],
)
async def test_a_forged_address_has_no_effect(
    redis_url: str, tmp_path: Path, trusted: tuple[str, ...], forged: str
) -> None:
    """Who says each time that he is another is still one client, and one /64 is one house."""
    async with two_nodes(redis_url, tmp_path, "10/minute", 2, trusted_proxies=trusted) as nodes:
        asking = (nodes[n % 2].get("/api/channels", headers=of(forged.format(n=n))) for n in range(1, 21))
        answers = [answer.status_code for answer in await asyncio.gather(*asking)]
        assert (answers.count(200), answers.count(429)) == (10, 10)


async def test_a_window_ends(redis_url: str, tmp_path: Path) -> None:
    async with two_nodes(redis_url, tmp_path, "1/second") as (one, _), asyncio.timeout(20):
        assert (await one.get("/api/channels")).status_code == 200
        answers: set[int] = set()
        while answers != {429, 200}:
            answers.add((await one.get("/api/channels")).status_code)


async def test_without_redis_nobody_is_limited_and_nobody_waits(tmp_path: Path) -> None:
    """It goes away while clients ask; each answer comes, and fast."""
    with redis_server() as program:
        async with two_nodes(f"redis://127.0.0.1:{program.port}/0", tmp_path, "3/hour") as (one, other):
            assert [(await one.get("/api/channels")).status_code for _ in range(4)] == [200, 200, 200, 429]
            program.kill()
            async with asyncio.timeout(5):
                for node in (one, other) * 10:
                    assert (await node.get("/api/channels")).status_code == 200


async def test_wrong_tokens_are_counted_too(build: Build) -> None:
    """Nobody tries them all."""
    house = await asyncio.to_thread(build, rate_limit="5/hour")
    async with httpx.AsyncClient(base_url=house.base) as client:
        answers = [(await client.get(f"/api/channels?token={n}")).status_code for n in range(7)]
    assert answers == [401] * 5 + [429] * 2
