"""What the Caddyfile promises, each by a Caddy of its own: sockets, https, headers, the inside, the log."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from support.door import front_door
from support.servers import ServedApp, free_port, serving

TOKEN, PASSWORD = "a-token-of-somebody", "a-password-of-somebody"
INSIDE_ONLY = ("/metrics", "/health/detailed", "/t/any/metrics", "/t/any/health/detailed")


async def mirror(request: Request) -> Response:
    """Say what arrived, and where."""
    headers = {"Set-Cookie": f"token={TOKEN}", "By": f"http://127.0.0.1:{request.scope['server'][1]}"}
    return JSONResponse({"path": request.url.path, "headers": dict(request.headers)}, headers=headers)


@contextmanager
def behind() -> Iterator[ServedApp]:
    """Serve whatever is asked for."""
    with serving(
        Starlette(routes=[Route("/{path:path}", mirror, methods=["GET", "HEAD", "POST"])])
    ) as served:
        yield served


def host(served: ServedApp) -> str:
    return served.base.removeprefix("http://")


@pytest.mark.parametrize("path", INSIDE_ONLY)
def test_what_the_inside_says_of_itself_stays_inside(path: str, tmp_path: Path) -> None:
    """From an address of the house it is answered, from elsewhere there is nothing."""
    with behind() as catalog, front_door(tmp_path, CATALOG=host(catalog)) as door:
        at_home = httpx.get(door.base + path)
        elsewhere = httpx.get(door.base + path, headers={"X-Forwarded-For": "203.0.113.7"})
    assert (at_home.status_code, elsewhere.status_code) == (200, 404)


def test_what_is_inside_can_be_said_otherwise(tmp_path: Path) -> None:
    """Nobody, or everybody."""
    with behind() as catalog:
        with front_door(tmp_path, CATALOG=host(catalog), INSIDE="192.0.2.0/24") as door:
            assert httpx.get(f"{door.base}/metrics").status_code == 404
        with front_door(tmp_path, CATALOG=host(catalog), INSIDE="0.0.0.0/0 ::/0") as door:
            stranger = {"X-Forwarded-For": "203.0.113.7"}
            assert httpx.get(f"{door.base}/metrics", headers=stranger).status_code == 200


def test_who_forwards_for_others_is_believed_only_where_he_is_trusted(tmp_path: Path) -> None:
    """Else anybody could say that he is of the house."""
    with (
        behind() as catalog,
        front_door(tmp_path, CATALOG=host(catalog), TRUSTED_PROXIES="192.0.2.1") as door,
    ):
        said = {"X-Forwarded-For": "203.0.113.7"}
        assert httpx.get(f"{door.base}/metrics", headers=said).status_code == 200
        seen = httpx.get(f"{door.base}/api/x", headers=said).json()["headers"]
    assert seen["x-forwarded-for"] == "127.0.0.1"


@pytest.mark.parametrize("path", ["/", "/api/channels", "/stream/a.m3u8"])
def test_every_answer_has_the_headers_that_keep_browsers_safe(path: str, tmp_path: Path) -> None:
    """The page, the API and media; and none says what serves it."""
    with behind() as served, front_door(tmp_path, CATALOG=host(served), STREAMERS=host(served)) as door:
        headers = httpx.get(door.base + path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "server" not in headers
    assert path != "/" or "frame-ancestors 'self'" in headers["content-security-policy"]


CHUNK = "/assets/chunk-1a2b3c4d.js"


def test_what_is_called_by_its_hash_is_kept_for_good(tmp_path: Path) -> None:
    """It never means anything else; the page itself is asked for anew each time, whatever it is called."""
    with front_door(tmp_path) as door:
        built(tmp_path, CHUNK)
        chunk = httpx.get(door.base + CHUNK)
        pages = [httpx.get(door.base + path) for path in ("/", "/watch/aurora-one")]
    assert (chunk.text, chunk.headers["cache-control"]) == (
        "the chunk",
        "public, max-age=31536000, immutable",
    )
    assert {(page.text, page.headers["cache-control"]) for page in pages} == {("the page", "no-cache")}


@pytest.mark.parametrize("path", [CHUNK, "/assets/no/such.css", "/assets/"])
def test_a_chunk_that_is_not_there_is_not_the_page(path: str, tmp_path: Path) -> None:
    """A new page may ask the old front door for it: a browser would keep the page in its place for a year."""
    with front_door(tmp_path) as door:
        built(tmp_path, "/assets/another-5e6f7a8b.js")
        missing = httpx.get(door.base + path, follow_redirects=True)
        assert (missing.status_code, missing.headers["cache-control"]) == (404, "no-store")
        assert missing.text == ""
        built(tmp_path, CHUNK)
        assert httpx.get(door.base + CHUNK).text == "the chunk"


def built(folder: Path, path: str) -> None:
    """Have a file be part of the page."""
    file = folder / "page" / path.removeprefix("/")
    file.parent.mkdir(exist_ok=True)
    file.write_text("the chunk")


def test_services_are_reached_over_unix_sockets(tmp_path: Path) -> None:
    """Catalog, streamers and realtime, as `make run` has them; passed on as if over a port."""
    socket = tmp_path / "s.sock"
    program = (
        "import sys, uvicorn\n"
        "async def app(scope, receive, send):\n"
        "    if scope['type'] != 'http': return\n"
        "    await send({'type': 'http.response.start', 'status': 200, 'headers': []})\n"
        "    await send({'type': 'http.response.body', 'body': scope['path'].encode()})\n"
        "uvicorn.run(app, uds=sys.argv[1], log_level='critical', lifespan='off')\n"
    )
    process = subprocess.Popen([".venv/bin/python", "-c", program, str(socket)])
    try:
        at = f"unix/{socket}"
        with front_door(tmp_path, CATALOG=at, STREAMERS=at, REALTIME=at) as door:
            paths = ("/api/channels", "/stream/a.m3u8", "/content/x.ts", "/_event/")
            transport = httpx.HTTPTransport(retries=3)
            with httpx.Client(base_url=door.base, transport=transport, timeout=20) as client:
                answers = {path: wait_for(client, path).text for path in paths}
    finally:
        process.kill()
        process.wait()
    assert answers == {path: path for path in paths}


@pytest.mark.parametrize("path", ["/stream/a.m3u8", "/content/sealed.m3u8", "/t/any/stream/a.m3u8"])
def test_a_player_stays_with_one_streamer_and_many_with_all(path: str, tmp_path: Path) -> None:
    """While nodes can't agree, two of them may be a segment apart: who changed between them ran backwards."""
    with (
        behind() as one,
        behind() as other,
        front_door(tmp_path, STREAMERS=f"{host(one)} {host(other)}", TRUSTED_PROXIES="127.0.0.1") as door,
        httpx.Client(base_url=door.base) as client,
    ):
        players = [
            {"X-Forwarded-For": f"203.0.113.{number // 2}", "User-Agent": f"player/{number % 2}"}
            for number in range(16)
        ]
        served = [{client.get(path, headers=player).headers["by"] for _ in range(5)} for player in players]
        assert set.union(*served) == {one.base, other.base}
    assert all(len(streamers) == 1 for streamers in served)


def wait_for(client: httpx.Client, path: str) -> httpx.Response:
    """Ask until the service behind has started: the front door tries for three seconds each time."""
    for _ in range(10):
        answer = client.get(path)
        if answer.status_code == 200:
            return answer
    return answer


def test_no_secret_of_an_address_gets_into_the_log(tmp_path: Path) -> None:
    """Nor one of a header. What is logged can still be found: by id, path and status."""
    asked = [
        f"/t/{TOKEN}/playlist.m3u8",
        f"/playlist.m3u8?group=News&token={TOKEN}",
        f"/live/me/{PASSWORD}/7.ts",
        f"/get.php?username=me&password={PASSWORD}&type=m3u",
        f"/player_api.php?password={PASSWORD}",
    ]
    with (
        behind() as served,
        front_door(tmp_path, CATALOG=host(served), STREAMERS=host(served), ACCESS_LOG="all") as door,
    ):
        for path in asked:
            headers = {"Cookie": f"token={TOKEN}", "Authorization": f"Bearer {TOKEN}"}
            httpx.get(door.base + path, headers={**headers, "Referer": f"http://x/?token={TOKEN}"})
        log = door.log
    logged = [json.loads(line) for line in log.splitlines() if "http.log.access" in line]
    assert len(logged) == len(asked)
    assert TOKEN not in log
    assert PASSWORD not in log
    assert {line["status"] for line in logged} == {200}
    assert logged[1]["request"]["uri"] == "/playlist.m3u8?group=News&token=…"
    assert all(line["request_id"] for line in logged)


@pytest.mark.parametrize(("setting", "lines"), [("off", 0), ("on", 1), ("all", 2)])
def test_how_much_is_logged_is_the_operators_choice(setting: str, lines: int, tmp_path: Path) -> None:
    """Segments are most of all requests: they are left out unless asked for."""
    with (
        behind() as served,
        front_door(tmp_path, CATALOG=host(served), STREAMERS=host(served), ACCESS_LOG=setting) as door,
    ):
        for path in ("/api/channels", "/content/x.ts"):
            httpx.get(door.base + path)
        log = door.log
    assert log.count('"logger":"http.log.access') == lines


def test_no_error_of_the_front_door_shows_a_secret(tmp_path: Path) -> None:
    """A service that is away is logged with the address that was asked for."""
    with front_door(tmp_path, CATALOG=f"127.0.0.1:{free_port()}", CADDY_LOG_LEVEL="DEBUG") as door:
        httpx.get(f"{door.base}/get.php?username=me&password={PASSWORD}", timeout=20)
        log = door.log
    assert "get.php" in log
    assert PASSWORD not in log


def test_with_a_domain_it_is_https_with_http2_and_http3(tmp_path: Path) -> None:
    """`localhost` gets a certificate of Caddy's own; a domain in the world gets one that all believe."""
    with behind() as served, front_door(tmp_path, SITE_ADDRESS="localhost", CATALOG=host(served)) as door:
        address = f"https://localhost:{door.port}/api/channels"
        command = ["curl", "-sk", "--http2", "--retry", "5", "--retry-all-errors", "-o", "/dev/null"]
        words = ["-w", "%{http_version} %{http_code} %header{alt-svc}", address]
        said = subprocess.run([*command, *words], capture_output=True, text=True, check=True).stdout
    version, code, alternatives = said.split(" ", 2)
    assert (version, code) == ("2", "200")
    assert f'h3=":{door.port}"' in alternatives
