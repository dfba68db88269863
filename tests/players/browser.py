"""Players in Chromium: the gateway's page; hls.js and Shaka, on a page of another origin than the gateway's.

Judged by the frames that the video element decoded while its time went on: a player that leaps over a hole
has the time, but not the frames.
"""

import asyncio
import contextlib
import http.server
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Literal

from players.lineup import Channel
from players.player import START_S, PlaysAll
from players.seen import Seen
from playwright.async_api import Browser, Page, async_playwright
from support.chromium import ARGS, chromium
from support.servers import repository

FOLDER = Path(__file__).parent / "page"
MODULES = repository() / "services/frontend/node_modules"
LOOK = FOLDER / "look.js"
FILES = {
    "/": (FOLDER / "index.html", "text/html"),
    "/look.js": (LOOK, "text/javascript"),
    "/hls.js": (MODULES / "hls.js/dist/hls.min.js", "text/javascript"),
    "/shaka.js": (MODULES / "shaka-player/dist/shaka-player.compiled.js", "text/javascript"),
}
POLL_S = 0.1
SOUND_BYTES_A_SECOND = 8_000
"""The demo's sound, as Chromium counts it: 64 kbit/s, a little less where it is quiet."""
SLACK = 0.9


class Files(http.server.BaseHTTPRequestHandler):
    """The page and the two libraries."""

    def do_GET(self) -> None:
        """Answer with a file."""
        path, media_type = FILES.get(self.path, (None, ""))
        if path is None:
            return self.send_error(404)
        body = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class calls it so)
        """Say nothing."""


@contextlib.contextmanager
def other_origin() -> Iterator[str]:
    """Serve the page on a port of its own, and return its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Chromium:
    """One browser for all pages, started for the first."""

    def __init__(self) -> None:
        self._opening = asyncio.Lock()
        self._stack = contextlib.AsyncExitStack()
        self._browser: Browser | None = None
        self._origin = ""

    @contextlib.asynccontextmanager
    async def page(self, address: str = "") -> AsyncIterator[Page]:
        """Open the page of another origin, or one with an address, in a context of its own."""
        async with self._opening:
            if self._browser is None or not self._browser.is_connected():
                await self._launch()
        assert self._browser is not None
        context = await self._browser.new_context()
        try:
            page = await context.new_page()
            await page.add_init_script(path=LOOK)
            await page.goto(address or self._origin)
            yield page
        finally:
            await context.close()

    async def _launch(self) -> None:
        """Start it, or start it anew: it may have crashed."""
        await self._stack.aclose()
        playwright = await self._stack.enter_async_context(async_playwright())
        self._browser = await playwright.chromium.launch(executable_path=chromium(), args=[*ARGS])
        self._origin = self._stack.enter_context(other_origin())

    async def close(self) -> None:
        """Close the browser, if it was needed."""
        if self._browser is not None:
            await self._browser.close()
        await self._stack.aclose()


class InPage:
    """hls.js or Shaka."""

    def __init__(self, name: str, library: Literal["hls", "shaka"], browser: Chromium) -> None:
        self.name = name
        self._library = library
        self._browser = browser

    @property
    def missing(self) -> str:
        """What is to be installed."""
        if not all(path.exists() for path, _ in FILES.values()):
            return "the page's packages (make setup)"
        return "" if chromium() else "chromium"

    def unable(self, channel: Channel) -> str:
        """Tell what the library does not know."""
        if self._library == "hls" and channel.form == "mpd":
            return "hls.js plays HLS, and this channel is DASH: Shaka plays it"
        return ""

    async def play(self, channel: Channel, seconds: float) -> Seen:
        """Play it on the page. No browser plays endless MPEG-TS: that channel is played as HLS."""
        address = channel.as_form("m3u8") if channel.form == "ts" else channel.listed
        async with self._browser.page() as page:
            await page.evaluate("([name, address]) => play(name, address)", [self._library, address])
            return await _watched(page, seconds)


class OwnPage(PlaysAll):
    """The page that comes with the gateway."""

    name = "page"
    missing = ""

    def __init__(self, browser: Chromium) -> None:
        self._browser = browser

    async def play(self, channel: Channel, seconds: float) -> Seen:
        """Open the channel, as a viewer does."""
        async with self._browser.page(channel.page) as page:
            return await _watched(page, seconds)


async def _watched(page: Page, seconds: float) -> Seen:
    first = await _until(page, 0.0, time.monotonic() + START_S)
    began = time.monotonic()
    if not first["playing"]:
        return Seen(errors=(*first["errors"], "it began to play nothing", *first["complaints"][:3]))
    last = await _until(page, first["time"] + seconds, began + seconds * 1.3 + 5)
    return _seen(first, last, time.monotonic() - began)


async def _until(page: Page, moment: float, ends_at: float) -> dict[str, Any]:
    """Return how things stand once it plays beyond a moment, or is not going to."""
    while True:
        looked: dict[str, Any] = await page.evaluate("look()")
        reached = looked["playing"] and looked["time"] >= moment
        if reached or looked["errors"] or time.monotonic() > ends_at:
            return looked
        await asyncio.sleep(POLL_S)


def _seen(first: dict[str, Any], last: dict[str, Any], took_s: float) -> Seen:
    return Seen(
        last["frames"] - first["frames"],
        (last["sound"] - first["sound"]) / SOUND_BYTES_A_SECOND / SLACK,
        max(0.0, took_s - (last["time"] - first["time"])),
        errors=(*last["errors"], *last["complaints"][:3]) if last["errors"] else (),
    )
