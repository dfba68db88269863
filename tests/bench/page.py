"""`make bench-page`: how long a viewer of the page waits, in Chromium, on the whole stack.

    click   from a click on a demo channel to its first frame: nobody has watched it for a while, or others do
    typing  from each letter to its results, in a list of 10,000
    list    10,000 channels: the first paint, the first tiles, and what scrolling through them costs
    guide   1,000 channels for 7 days: the same

Times are the page's own clock (`marks.js`). Each click is made on a page that was just opened. The browser
draws with the processor alone, on the cores that the stack is on: a viewer's machine does better.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx
from bench.options import Paging
from bench.realtime import Line
from bench.report import say, today, write
from bench.wild import write_guide, write_playlist
from demo.channels import CHANNELS, Kind
from playwright.sync_api import Browser, Page, ViewportSize
from support.playing import browser
from support.servers import repository
from support.stack import Stack, running_stack, until

MARKS = Path(__file__).parent / "marks.js"
LOGO = repository() / "services/frontend/public/icon-192.png"
DOCUMENT = repository() / "docs" / "performance.md"
WIDE: ViewportSize = {"width": 1280, "height": 800}
FRAME_MOST_MS, TYPED_MOST_MS, PAINT_MOST_MS, TASK_MOST_MS = 800, 100, 1000, 50
"""What is promised: judged at the end."""
WARM_UP_MS = 2500
"""A page fetches what a click needs once it has drawn its list; a viewer looks at that for as long."""
FIRST_FRAME_MS = 30_000
WORDS = ("sport 12", "kino", "cinema", "news 4")
LETTER_EVERY_MS = 150
SCROLLS, SCROLL_PX, SCROLL_EVERY_MS = 120, 500, 16
PLACE = """() => [document.scrollingElement, document.querySelector('[data-testid=guide]')]
    .reduce((sum, each) => sum + (each?.scrollTop ?? 0) + (each?.scrollLeft ?? 0), 0)"""
"""How far everything is scrolled, both ways."""
GUIDE_CHANNELS, GUIDE_PROGRAMMES, GUIDE_READ_S = 1_000, 7 * 48, 180
POLL_S = 2.0


@contextmanager
def opened(chromium: Browser, stack: Stack) -> Iterator[Page]:
    """Open a page that nobody has been to."""
    context = chromium.new_context(base_url=stack.base, viewport=WIDE)
    page = context.new_page()
    page.add_init_script(path=MARKS)
    yield page
    context.close()


def clicks(chromium: Browser, options: Paging) -> list[Line]:
    """Click on each HLS channel of the demo that has a picture; then do so while others watch them."""
    ids = [named(channel.name) for channel in CHANNELS if channel.kind not in LEFT_OUT]
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        stack = held.enter_context(running_stack(folder))
        for channel_id in ids:
            stack.wait_until_playable(channel_id)
        cold = [_click(chromium, stack, channel_id) for _ in range(options.rounds) for channel_id in ids]
        with watched(stack, ids):
            warm = [_click(chromium, stack, channel_id) for _ in range(options.rounds) for channel_id in ids]
    return [
        _timed(f"click to first frame, nobody watches: {len(cold)} clicks, median", cold, FRAME_MOST_MS),
        _timed(f"the same, others watch: {len(warm)} clicks, median", warm, FRAME_MOST_MS),
    ]


LEFT_OUT = {Kind.AUDIO_ONLY, Kind.DASH, Kind.FLAPPING}
"""What has no frames, what is fetched only when needed, and what may be off."""


def named(name: str) -> str:
    """Return the id that the gateway gives to a name of the demo's."""
    letters = "".join(letter if letter.isalnum() else " " for letter in name.lower())
    return "-".join(letters.split())


def _click(chromium: Browser, stack: Stack, channel_id: str) -> float:
    with opened(chromium, stack) as page:
        page.goto("/")
        tile = page.locator(f"[data-channel-id='{channel_id}'] a").last
        tile.wait_for()
        tile.scroll_into_view_if_needed()
        page.wait_for_timeout(WARM_UP_MS)
        tile.click()
        page.wait_for_function("() => marks.frame", timeout=FIRST_FRAME_MS)
        took_ms: float = page.evaluate("() => marks.frame - marks.click")
    return took_ms


@contextmanager
def watched(stack: Stack, ids: list[str]) -> Iterator[None]:
    """Have somebody reload the playlists of some channels for as long as the context is open."""
    over = threading.Event()

    def reload() -> None:
        with httpx.Client(base_url=stack.base, timeout=20) as client:
            while not over.wait(POLL_S):
                for channel_id in ids:
                    client.get(f"/stream/{channel_id}.m3u8")

    thread = threading.Thread(target=reload, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join()


def long_list(chromium: Browser, options: Paging) -> list[Line]:
    """Open a list of 10,000, type, scroll."""
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        stack = Stack(
            folder / "data", SOURCES=str(_sources(folder, held.enter_context(logos()), options.channels))
        )
        held.callback(stack.interrupt)
        stack.start()
        until(lambda: stack.get("/api/channels?limit=1")["total"] >= options.channels, 120)
        paints, tiles = zip(
            *(_firsts(chromium, stack, "/", "tiles") for _ in range(options.rounds)), strict=True
        )
        # Once without a clock: the gateway fetches and shrinks each logo for its first viewer, here.
        for _ in range(2):
            with opened(chromium, stack) as page:
                typed = _typed(page)
            with opened(chromium, stack) as page:
                _scrolled(page)
        rides = _rides(chromium, stack, options, _scrolled)
    return [
        _timed(f"{options.channels} channels: first paint, median", paints, PAINT_MOST_MS),
        _timed("the same: first tiles, median", tiles, PAINT_MOST_MS),
        _timed(f"from a letter to its results, {len(typed)} letters, median", typed, TYPED_MOST_MS),
        _timed("the same, p95", typed, TYPED_MOST_MS, p95),
        _smooth("scrolling", rides),
    ]


def long_guide(chromium: Browser, options: Paging) -> list[Line]:
    """Open a guide of 1,000 channels for 7 days, and scroll down, then towards the end of the week."""
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        sources = _sources(folder, held.enter_context(logos()), GUIDE_CHANNELS)
        write_guide(folder / "guide.xml", GUIDE_CHANNELS, 10**9, programmes=GUIDE_PROGRAMMES, text="")
        with sources.open("a") as more:
            more.write(f"- {{kind: xmltv, name: week, url: '{folder}/guide.xml', allow_private: true}}\n")
        stack = Stack(folder / "data", SOURCES=str(sources))
        held.callback(stack.interrupt)
        stack.start()
        until(lambda: any(row["programmes"] for row in stack.get("/api/guide")["channels"]), GUIDE_READ_S)
        paints, cells = zip(
            *(_firsts(chromium, stack, "/guide", "programmes") for _ in range(options.rounds)), strict=True
        )
        with opened(chromium, stack) as page:
            _wandered(page)
        rides = _rides(chromium, stack, options, _wandered)
    return [
        _timed(f"guide of {GUIDE_CHANNELS} channels, 7 days: first paint, median", paints, PAINT_MOST_MS),
        _timed("the same: first programmes, median", cells, PAINT_MOST_MS),
        _smooth("scrolling it, down and along", rides),
    ]


@dataclass(frozen=True)
class Ride:
    """Somebody scrolled: how fast (pixels a second), and what tasks took that were long (ms)."""

    speed: float
    tasks: list[float]


def _rides(chromium: Browser, stack: Stack, options: Paging, scroll: Callable[[Page], Ride]) -> list[Ride]:
    """Scroll in as many pages that were just opened."""
    rides: list[Ride] = []
    for _ in range(options.rounds):
        with opened(chromium, stack) as page:
            rides.append(scroll(page))
    return rides


def _wandered(page: Page) -> Ride:
    """Turn the wheel for some seconds, downwards and then to the right."""
    _at_rest(page, "/guide", "programmes")
    down = _turned(page, 0, SCROLL_PX, SCROLLS // 2)
    page.wait_for_timeout(1000)
    along = _turned(page, SCROLL_PX, 0, SCROLLS // 2)
    page.wait_for_timeout(1000)
    return Ride((down + along) / 2, _long_tasks(page))


def _turned(page: Page, along: int, down: int, times: int) -> float:
    """Turn the wheel, each time once the page has answered to the last; return how fast it moved."""
    before, began = page.evaluate(PLACE), time.monotonic()
    for _ in range(times):
        page.mouse.wheel(along, down)
        page.wait_for_timeout(SCROLL_EVERY_MS)
    moved: float = page.evaluate(PLACE) - before
    return moved / (time.monotonic() - began)


def _at_rest(page: Page, path: str, mark: str) -> None:
    """Open a page and wait until it has drawn what it is about, and rests; from then on long tasks count."""
    page.goto(path)
    page.wait_for_function(f"() => marks.{mark} > 0")
    page.wait_for_timeout(WARM_UP_MS)
    page.evaluate("() => marks.scrolls()")
    page.mouse.move(640, 500)


def _long_tasks(page: Page) -> list[float]:
    tasks: list[tuple[float, float]] = page.evaluate("() => marks.longTasks")
    return [duration for _, duration in tasks]


def _smooth(what: str, rides: list[Ride]) -> Line:
    """Judge what was long while somebody scrolled."""
    slow = [sum(task > TASK_MOST_MS for task in ride.tasks) for ride in rides]
    longest = max((task for ride in rides for task in ride.tasks), default=0)
    speed = median(ride.speed for ride in rides)
    return Line(
        f"{what}, {len(rides)} times: tasks over {TASK_MOST_MS} ms, the longest",
        f"{', '.join(map(str, slow))}; {f'{longest:.0f} ms' if longest else 'none'} (at {speed:,.0f} px/s)",
        f"none, {TASK_MOST_MS} ms",
        not any(slow),
    )


def _sources(folder: Path, logo_base: str, channels: int) -> Path:
    write_playlist(folder / "list.m3u", channels, logo_base)
    sources = folder / "sources.yaml"
    sources.write_text(f"- {{kind: m3u, name: long, url: '{folder}/list.m3u', allow_private: true}}\n")
    return sources


def _firsts(chromium: Browser, stack: Stack, path: str, mark: str) -> tuple[float, float]:
    """Return when the script's page was drawn (index.html's first line is before), and what it is about."""
    with opened(chromium, stack) as page:
        page.goto(path)
        page.wait_for_function(f"() => marks.{mark} > 0")
        painted, there = page.evaluate(f"() => [marks.painted, marks.{mark}]")
        return painted, there


def _typed(page: Page) -> list[float]:
    page.goto("/")
    page.wait_for_function("() => marks.tiles > 0")
    page.wait_for_timeout(WARM_UP_MS)
    for word in WORDS:
        page.get_by_role("searchbox").fill("")
        for letter in word:
            page.keyboard.type(letter)
            page.wait_for_timeout(LETTER_EVERY_MS)
    took_ms: list[float] = page.evaluate("() => marks.typed")
    return took_ms


def _scrolled(page: Page) -> Ride:
    """Turn the wheel for some seconds, leap to the end and back."""
    _at_rest(page, "/", "tiles")
    speed = _turned(page, 0, SCROLL_PX, SCROLLS)
    for share in (1, 0.5, 0):
        page.evaluate("share => scrollTo(0, document.documentElement.scrollHeight * share)", share)
        page.wait_for_timeout(500)
    return Ride(speed, _long_tasks(page))


class Logos(BaseHTTPRequestHandler):
    """The same picture under every name."""

    def do_GET(self) -> None:
        """Answer with it."""
        body = LOGO.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class calls it so)
        """Say nothing."""


@contextmanager
def logos() -> Iterator[str]:
    """Serve logos, and return where."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Logos) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def p95(values: list[float]) -> float:
    """Return the 95th percentile."""
    return quantiles(values, n=20, method="inclusive")[-1]


def _timed(what: str, took_ms: Any, most_ms: float, figure: Callable[[list[float]], float] = median) -> Line:
    values = list(took_ms)
    said = f"{figure(values):.0f} ms ({min(values):.0f} to {max(values):.0f})"
    return Line(what, said, f"{most_ms:.0f} ms", figure(values) <= most_ms)


PARTS: dict[str, Callable[[Browser, Paging], list[Line]]] = {
    "click": clicks,
    "list": long_list,
    "guide": long_guide,
}


def waited(options: Paging) -> bool:
    """Measure what was asked for; tell, and write down. Return whether all was as it should be."""
    began = time.monotonic()
    lines: list[Line] = []
    with browser() as chromium:
        for name, part in PARTS.items():
            if not options.only or name in options.only:
                lines += part(chromium, options)
    for line in lines:
        say(f"{'ok    ' if line.is_well else 'NOT OK'} {line.what}: {line.figure}")
    say(f"took {time.monotonic() - began:.0f} s")
    if options.write:
        write(DOCUMENT, {"page": _markdown(lines)})
    return all(line.is_well for line in lines)


def _markdown(lines: list[Line]) -> str:
    rows = [f"| {line.what} | {line.figure} | {line.asked} |" for line in lines]
    head = [f"Chromium without a graphics card; {today()}.", "", "| what | figure | at most |"]
    return "\n".join([*head, "| --- | --- | --- |", *rows])
