"""How the page comes: little is fetched, nothing twice, and nothing that is there moves."""

import re

import httpx
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from support.stack import Stack

pytestmark = pytest.mark.e2e

FIRST_LOAD_MOST = 120_000
"""Bytes of JavaScript, as they are sent."""
SCRIPTS = re.compile(r'(?:src|href)="(/[^"]+\.js)"')
SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1350, "height": 940},
    "phone": {"width": 412, "height": 823},
}
SHIFTS = """() => {
    window.shifts = [];
    new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map(({value}) => value)))
        .observe({type: 'layout-shift', buffered: true});
}"""
ATTEMPTS = 3
PATHS = ("/", "/watch/aurora-one", "/guide", "/schedule", "/playlist", "/status", "/several", "/welcome")
SLOW = {"offline": False, "latency": 100, "downloadThroughput": 400_000, "uploadThroughput": 100_000}
SHIFT_MOST = 0.05
"""Half of what counts as good: https://web.dev/articles/cls."""


def test_the_first_load_is_small(stack: Stack) -> None:
    """All scripts that the page names: what else there is comes when it is wanted."""
    with httpx.Client(base_url=stack.base, headers={"Accept-Encoding": "br"}) as client:
        scripts = SCRIPTS.findall(client.get("/").text)
        sizes = [int(client.head(script).headers["content-length"]) for script in scripts]
    assert len(scripts) >= 3
    assert sum(sizes) <= FIRST_LOAD_MOST


def test_the_list_is_asked_for_before_the_script_is_there_and_once(page: Page) -> None:
    """index.html names the very address."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/channels" in request.url else None)
    page.route("**/assets/*.js", lambda route: route.abort())
    page.goto("/")
    assert len(asked) == 1
    page.unroute("**/assets/*.js")
    page.goto("/")
    expect(page.get_by_test_id("channel").first).to_be_visible()
    assert len(asked) == 2


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("size", SIZES)
def test_nothing_moves_by_itself(browser: Browser, stack: Stack, size: str, path: str) -> None:
    """What comes later has its place, or waits until what lies above it is there.

    But not for ever: where a machine is busy an answer may be later, so it is looked at three times.
    """
    stack.channel("plain")
    seen: list[float] = []
    while len(seen) < ATTEMPTS and min(seen, default=1) > SHIFT_MOST:
        seen.append(shifted(browser, stack, size, path))
    assert min(seen) <= SHIFT_MOST, seen


def shifted(browser: Browser, stack: Stack, size: str, path: str) -> float:
    """Open a page where nobody was; return how much of it moved by itself, as browsers reckon that."""
    context = browser.new_context(base_url=stack.base, viewport=SIZES[size], is_mobile=size == "phone")
    page = context.new_page()
    page.add_init_script(f"({SHIFTS})()")
    if size == "phone":
        context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    page.wait_for_timeout(3_000)
    total: float = page.evaluate("window.shifts.reduce((sum, value) => sum + value, 0)")
    context.close()
    return total
