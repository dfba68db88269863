"""Whether somebody who looks at the page sees a picture that moves."""

from playwright.sync_api import ElementHandle, Page

TUNED_IN_MS = 40_000
SHOWS = "video => video.readyState >= 3 && !video.seeking"
CHANGED = "([video, before]) => video.currentSrc !== before && video.readyState >= 2"
AHEAD = """([video, from, seconds]) =>
    video.currentTime > from.time + seconds
    && video.getVideoPlaybackQuality().totalVideoFrames >= from.frames"""
NOW = """video => ({time: video.currentTime, frames: video.getVideoPlaybackQuality().totalVideoFrames})"""
FRAMES_A_SECOND = 25
SLOW = 0.5
"""A machine that does much else shows fewer frames, but shows them."""


def assert_plays(page: Page, seconds: float = 2.0, *, picture: bool = True) -> None:
    """Wait until time has gone on for so long, with frames; the leap to where live is counts for nothing."""
    video = page.wait_for_selector("video", timeout=20_000)
    assert video is not None
    page.wait_for_function(SHOWS, arg=video, timeout=TUNED_IN_MS)
    began = page.evaluate(NOW, video)
    began["frames"] += seconds * FRAMES_A_SECOND * SLOW if picture else 0
    page.wait_for_function(AHEAD, arg=[video, began, seconds], timeout=TUNED_IN_MS)


def wait_for_change(page: Page, before: str) -> None:
    """Return once the video shows something else than it did."""
    page.wait_for_function(CHANGED, arg=[_video(page), before], timeout=TUNED_IN_MS)


def source(page: Page) -> str:
    """Return what the video plays: another name with each channel."""
    address: str = page.evaluate("video => video.currentSrc", _video(page))
    return address


def _video(page: Page) -> ElementHandle:
    video = page.wait_for_selector("video", timeout=20_000)
    assert video is not None
    return video
