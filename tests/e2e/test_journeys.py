"""What a viewer does ninety-nine times in a hundred, in a real browser on the real stack.

A picture counts only if its time goes on. `make screenshots` keeps what each of them sees.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import socketio
from demo.channels import CHANNELS, Channel, Kind
from playwright.sync_api import Browser, Page, ViewportSize, expect
from support import screenshots
from support.stack import Stack, until
from support.watching import assert_plays, source, wait_for_change

pytestmark = pytest.mark.e2e

PHONE: ViewportSize = {"width": 390, "height": 844}
AN_EVENT_STARTS_MS = 150_000


@pytest.fixture
def phone(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A page on a phone: narrow, and touched rather than clicked."""
    context = browser.new_context(
        base_url=stack.base, viewport=PHONE, has_touch=True, is_mobile=True, color_scheme="dark"
    )
    yield context.new_page()
    context.close()


def test_a_channel_is_found_by_typing_and_watched(stack: Stack, page: Page) -> None:
    """From the start page, by a part of its name."""
    stack.channel("plain")
    page.emulate_media(color_scheme="dark")
    page.goto("/")
    page.get_by_role("searchbox").fill("auror")
    found = page.get_by_role("link", name=re.compile("Aurora One")).first
    expect(found).to_be_visible()
    screenshots.keep(page, "found")
    found.click()
    expect(page).to_have_url(re.compile("/watch/aurora-one"))
    assert_plays(page)
    screenshots.keep(page, "watched")


@pytest.mark.timeout(600)
def test_every_kind_of_stream_plays_one_after_the_other(stack: Stack, page: Page) -> None:
    """One video element for all: what played before lets go of it first."""
    for channel in CHANNELS:
        stack.wait_until_playable(named(stack, channel))
    page.goto(f"/watch/{named(stack, CHANNELS[0])}")
    seen: list[bytes] = []
    for index, channel in enumerate(CHANNELS):
        if index:
            before = source(page)
            page.keyboard.press("n")
            wait_for_change(page, before)
        expect(page.get_by_role("heading", level=1)).to_contain_text(channel.name)
        assert_plays(page, 1.0, picture=channel.kind is not Kind.AUDIO_ONLY)
        seen.append(page.get_by_test_id("player").screenshot())
    screenshots.keep_sheet(seen, "kinds", columns=4)


@pytest.mark.timeout(180)
def test_a_channel_fails_over_while_it_is_watched(stack: Stack, page: Page) -> None:
    """Its stream dies, another one takes its place, and whoever watches sees neither a card nor a pause."""
    stack.wait_until_playable("second-wind")
    page.goto("/watch/second-wind")
    assert_plays(page)
    fault = {"path_prefix": "/live/second-wind/index.m3u8", "seconds": 60, "status": 503}
    httpx.post(f"{stack.demo}/_demo/fault", json=fault).raise_for_status()
    try:
        until(lambda: "#EXT-X-DISCONTINUITY" in httpx.get(f"{stack.base}/stream/second-wind.m3u8").text)
        joint_s = page.evaluate("() => document.querySelector('video').buffered.end(0)")
        page.wait_for_function(
            "([joint]) => document.querySelector('video').currentTime > joint + 2",
            arg=[joint_s],
            timeout=60_000,
        )
        assert page.get_by_test_id("player-notice").count() == 0
        screenshots.keep(page, "failed-over")
    finally:
        httpx.delete(f"{stack.demo}/_demo/fault")


@pytest.mark.timeout(240)
def test_an_event_starts_and_a_toast_leads_to_it(stack: Stack, page: Page) -> None:
    """Within two seconds, by the socket's own clock; the demo's schedule has one every two minutes."""
    stack.wait_until_playable("velocity-live")
    heard: list[float] = []
    with socketio.SimpleClient() as client:
        client.connect(stack.base, socketio_path="/_event", transports=["websocket"])
        client.client.on("live_event", lambda change: heard.append(late_s(change)))
        page.goto("/schedule")
        toast = page.get_by_label("Notices").filter(has_text="has started")
        expect(toast).to_be_visible(timeout=AN_EVENT_STARTS_MS)
        screenshots.keep(page, "event-started")
        toast.get_by_role("link", name="Watch").last.click()
    expect(page).to_have_url(re.compile("/watch/"))
    assert_plays(page)
    assert 0 <= min(heard) <= 2


def test_favourites_survive_a_reload(page: Page) -> None:
    """They come first, in the order in which they were starred."""
    page.goto("/")
    for name in ("Ribbon Music", "Pebble Kids"):
        tile = page.get_by_test_id("channel").filter(has_text=name).last
        tile.hover()
        tile.get_by_role("button", name=f"Favourite: {name}").click()
    page.reload()
    expect(page.get_by_role("heading", name=re.compile("Favourites 2"))).to_be_visible()
    first = page.get_by_test_id("channel")
    expect(first.nth(0)).to_contain_text("Ribbon Music")
    expect(first.nth(1)).to_contain_text("Pebble Kids")
    screenshots.keep(page, "favourites")


@pytest.mark.timeout(240)
def test_offline_and_back(stack: Stack, page: Page) -> None:
    """The page says what is the matter, and goes on by itself as soon as it can."""
    page.emulate_media(color_scheme="dark")
    page.goto(f"/watch/{stack.channel('plain')}")
    assert_plays(page)
    page.context.set_offline(True)
    banner = page.get_by_text("This device is offline.")
    notice = page.get_by_test_id("player-notice")
    expect(banner).to_be_visible(timeout=20_000)
    expect(notice).to_be_visible(timeout=90_000)
    screenshots.keep(page, "offline")
    page.context.set_offline(False)
    expect(banner).to_be_hidden(timeout=40_000)
    expect(notice).to_be_hidden(timeout=60_000)
    assert_plays(page)


def test_everything_by_keyboard(stack: Stack, page: Page) -> None:
    """Or by a remote control's: search, arrows, Enter, then the player's own keys."""
    stack.channel("aes-128")
    page.goto("/")
    expect(page.get_by_test_id("channel").first).to_be_visible()
    expect(page.get_by_test_id("first-visit")).to_be_visible()  # It is in no arrow's way.
    page.keyboard.press("/")
    page.keyboard.type("cobalt")
    expect(page.get_by_test_id("channel")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    if not page.evaluate("() => document.activeElement.matches('[data-tile]')"):
        page.keyboard.press("ArrowDown")  # The groups to choose from lie between.
    assert page.evaluate("() => document.activeElement.matches('[data-tile]')")
    screenshots.keep(page, "keyboard")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/watch/cobalt-cinema"))
    assert_plays(page)
    video = page.locator("video")
    page.keyboard.press("m")
    expect(video).to_have_js_property("muted", True)
    page.keyboard.press(" ")
    expect(video).to_have_js_property("paused", True)
    page.keyboard.press(" ")
    assert_plays(page, 1.0)
    page.keyboard.type("1")
    expect(page).to_have_url(re.compile("/watch/aurora-one"))


def test_by_thumb_on_a_phone(stack: Stack, phone: Page) -> None:
    """The places are below, the picture stays while one looks for something else."""
    stack.channel("plain")
    phone.goto("/")
    phone.get_by_role("link", name=re.compile("Aurora One")).first.tap()
    assert_plays(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    screenshots.keep(phone, "phone-watched")
    phone.get_by_role("navigation").get_by_role("link", name="Channels").tap()
    mini = phone.get_by_test_id("mini-player")
    expect(mini).to_be_visible()
    assert_plays(phone, 1.0)
    screenshots.keep(phone, "phone-mini")
    mini.get_by_role("button", name="Stop watching").tap()
    expect(phone.locator("video")).to_have_count(0)


def named(stack: Stack, channel: Channel) -> str:
    """Return the id that the gateway has given to one of the demo's channels."""
    listed: list[dict[str, Any]] = stack.get("/api/channels")["channels"]
    return next(str(each["id"]) for each in listed if each["name"] == channel.name)


def late_s(change: dict[str, Any]) -> float:
    """Return how long after its start an event is announced."""
    return (datetime.now(UTC) - datetime.fromisoformat(change["event"]["starts_at"])).total_seconds()
