"""Nothing that axe knows to be wrong: on every page, dark and light, from a phone to a television.

What is shown only on the way is opened first. `make screenshots` keeps the pages' looks.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect
from support import screenshots
from support.servers import repository
from support.stack import Stack
from support.watching import assert_plays

pytestmark = pytest.mark.e2e

Theme = Literal["dark", "light"]
WIDE: ViewportSize = {"width": 1280, "height": 800}
NARROW: ViewportSize = {"width": 360, "height": 740}
TELEVISION: ViewportSize = {"width": 3840, "height": 2160}
AXE = repository() / "services/frontend/node_modules/axe-core/axe.min.js"
FOUND = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .flatMap(({id, nodes}) => nodes.map(({html, failureSummary}) => ({id, html, failureSummary})))"""
SEEN_IMAGES = """() => [...document.images].every((image) =>
    image.complete || image.loading === 'lazy')"""
"""The others are fetched when they come near."""
REFUSAL = {"type": "about:blank", "title": "No token", "status": 401, "code": "access_denied", "detail": ""}
BROKEN = {**REFUSAL, "title": "Broken", "status": 503, "code": "catalog_broken", "detail": "It is broken."}


@pytest.fixture(params=["dark", "light"])
def themed(browser: Browser, stack: Stack, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(
        base_url=stack.base, viewport=WIDE, color_scheme=request.param, reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def home(page: Page) -> None:
    page.goto("/")
    shown(page.get_by_test_id("channel").first)
    page.wait_for_function(SEEN_IMAGES)


def home_as_list(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Show as a list").click()
    shown(page.locator("[data-view=list] [data-testid=channel]").first)


def search(page: Page) -> None:
    page.goto("/?q=sport")
    shown(page.get_by_test_id("channel").first)


def nothing_found(page: Page) -> None:
    page.goto("/?q=qqqqqq")
    shown(page.get_by_text("Nothing found"))


def schedule(page: Page) -> None:
    page.goto("/schedule")
    shown(page.get_by_text("Live now"))


def playlist(page: Page) -> None:
    page.goto("/playlist")
    shown(page.get_by_role("heading", name="Jellyfin"))


def guide(page: Page) -> None:
    page.goto("/guide")
    shown(page.get_by_role("grid").locator("a").first)


def status(page: Page) -> None:
    page.goto("/status")
    shown(page.locator("[data-figure=online]"))


def several(page: Page) -> None:
    page.goto("/several")
    shown(page.get_by_role("heading", level=1))


def welcome(page: Page) -> None:
    page.goto("/welcome")
    shown(page.get_by_role("heading", level=1))


def watch(page: Page) -> None:
    page.goto("/watch/summit-sports")
    assert_plays(page, 0.5)
    page.mouse.move(300, 300)
    page.keyboard.press("s")
    page.get_by_role("button", name="Quality, sound and subtitles").click()


def unknown_channel(page: Page) -> None:
    page.goto("/watch/no-such-channel")
    shown(page.get_by_role("heading", name="not in the list"))


def nowhere(page: Page) -> None:
    page.goto("/nowhere")
    shown(page.get_by_role("heading", name="Nothing is broadcast here"))


def login(page: Page) -> None:
    page.route(re.compile("/api/"), answering(REFUSAL))
    page.goto("/")
    shown(page.get_by_role("button", name="Log in"))


def broken(page: Page) -> None:
    page.route(re.compile("/api/"), answering(BROKEN))
    page.goto("/schedule")
    shown(page.get_by_text("It is broken."), within_ms=20_000)


PAGES: tuple[Callable[[Page], None], ...] = (
    home, home_as_list, search, nothing_found, schedule, playlist, guide, status, several, welcome, watch,
    unknown_channel, nowhere, login, broken,
)  # fmt: skip
PICTURED = (home, schedule, playlist, guide, status, several, welcome, watch)


@pytest.mark.parametrize("opened", PAGES, ids=lambda opened: opened.__name__)
@pytest.mark.timeout(240)
def test_axe_finds_nothing(
    stack: Stack, themed: Page, opened: Callable[[Page], None], request: pytest.FixtureRequest
) -> None:
    """At no size."""
    theme: Theme = request.node.callspec.params["themed"]
    if opened is watch:
        stack.channel("multivariant")
    opened(themed)
    for size, name in ((WIDE, "wide"), (NARROW, "narrow"), (TELEVISION, "television")):
        themed.set_viewport_size(size)
        themed.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 300)))")
        if opened in PICTURED:
            screenshots.keep(themed, f"{opened.__name__}-{theme}-{name}")
        assert violations(themed) == []


def violations(page: Page) -> list[dict[str, str]]:
    """Return what axe has to say. It comes by the debugger's door: the page's policy lets nobody in."""
    page.evaluate(axe())
    found: list[dict[str, str]] = page.evaluate(FOUND)
    return found


@cache
def axe() -> str:
    return AXE.read_text()


def shown(what: Any, within_ms: float = 10_000) -> None:
    expect(what).to_be_visible(timeout=within_ms)


def answering(problem: dict[str, Any]) -> Callable[[Route], None]:
    """Return what answers every request with a problem."""
    body, kind = json.dumps(problem), "application/problem+json"
    return lambda route: route.fulfill(status=problem["status"], body=body, content_type=kind)
