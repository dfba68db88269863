"""What else there is on the page, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect
from support.stack import Stack

pytestmark = pytest.mark.e2e


def test_the_schedule_shows_what_is_live(page: Page) -> None:
    """Live first, with the channels to watch it on."""
    page.goto("/schedule")
    expect(page.get_by_text("Live now")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Summit Sports|Velocity Live")).first).to_be_visible()


def test_the_playlist_address_is_this_servers(stack: Stack, page: Page) -> None:
    """Ready to copy into a player."""
    page.goto("/playlist")
    expect(page.locator(f"[value='{stack.base}/playlist.m3u8']").first).to_be_visible()


def test_an_unknown_channel_is_said_so(page: Page) -> None:
    """In words, with a way back."""
    page.goto("/watch/no-such-channel")
    expect(page.get_by_role("link", name=re.compile("channels", re.IGNORECASE)).first).to_be_visible()
    assert page.locator("video").count() == 0


@pytest.mark.parametrize("path", ["/", "/schedule", "/playlist", "/watch/aurora-one"])
def test_nothing_sticks_out_on_a_phone(page: Page, path: str) -> None:
    """At 360 pixels nobody has to scroll sideways."""
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(path)
    expect(page.get_by_role("heading").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
