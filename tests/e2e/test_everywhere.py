"""The other half of the page: guide, other screens, status, several channels, the app, the first visit."""

import re
import subprocess
from collections.abc import Iterator

import httpx
import imageio_ffmpeg
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect
from prometheus_client.parser import text_string_to_metric_families
from support.stack import Stack, running_stack

pytestmark = pytest.mark.e2e

PROGRAMME = "[data-kind=programme]"
PLAYS = "video => video.currentTime > 1 && video.readyState >= 2 && !video.paused"
FOUR = ("aurora-one", "summit-sports", "tide-timber", "ribbon-music")


@pytest.fixture
def phone(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A page of a phone's size, for fingers."""
    context = browser.new_context(
        base_url=stack.base, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    yield context.new_page()
    context.close()


def guide(page: Page) -> Locator:
    """Open the guide; return it once there are programmes in it."""
    page.goto("/guide")
    opened = page.get_by_test_id("guide")
    expect(opened.locator(PROGRAMME).first).to_be_visible(timeout=60_000)
    return opened


def test_the_guide_is_read_and_a_channel_chosen_by_keys_alone(stack: Stack, page: Page) -> None:
    """Right to what follows, down at the same time of day, Enter for what it is, Enter to watch."""
    stack.channel("plain")
    opened = guide(page)
    opened.locator("[data-cursor=true]").focus()
    focused = page.locator(":focus")
    before = int(focused.get_attribute("data-start") or 0)
    page.keyboard.press("ArrowRight")
    expect(page.locator(f":focus:not([data-start='{before}'])")).to_be_visible()
    assert int(focused.get_attribute("data-start") or 0) > before
    row = row_of(focused)
    page.keyboard.press("ArrowDown")
    expect(page.locator(f"[data-row='{row + 1}'] :focus")).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(page.locator(f"[data-row='{row}'] :focus")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(f"[data-row='{row}'] :focus")).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/watch/"))


def row_of(cell: Locator) -> int:
    return int(cell.evaluate("cell => cell.closest('[data-row]').dataset.row"))


STANDS_STILL = """grid => new Promise(tell => {
    const [left, top] = [grid.scrollLeft, grid.scrollTop];
    setTimeout(() => tell(left === grid.scrollLeft && top === grid.scrollTop), 600);
})"""


IN_REACH = """kind => [...document.querySelectorAll(kind)].map(each => {
    const { left, right, top, bottom } = each.getBoundingClientRect();
    const at = [(left + right) / 2, (top + bottom) / 2];
    return each.contains(document.elementFromPoint(...at)) && at;
}).find(Boolean)"""
"""The middle of a programme that nothing lies over: a row's head does, and some are not there yet."""


def test_the_guide_is_swiped_and_tapped(phone: Page) -> None:
    """Both ways; a tap tells what a programme is."""
    opened = guide(phone)
    start = opened.evaluate("grid => [grid.scrollLeft, grid.scrollTop]")
    swipe(phone, 320, 500, -280, 0)
    phone.wait_for_function(
        "([grid, left]) => grid.scrollLeft > left + 100", arg=[opened.element_handle(), start[0]]
    )
    swipe(phone, 200, 600, 0, -300)
    phone.wait_for_function(
        "([grid, top]) => grid.scrollTop > top + 50", arg=[opened.element_handle(), start[1]]
    )
    expect(opened.locator(PROGRAMME).first).to_be_visible()
    phone.wait_for_function(STANDS_STILL, arg=opened.element_handle())  # a tap would only stop it
    phone.touchscreen.tap(*phone.wait_for_function(IN_REACH, arg=PROGRAMME).json_value())
    expect(phone.get_by_role("dialog")).to_be_visible()
    phone.get_by_role("dialog").get_by_role("link", name=re.compile("Watch")).tap()
    expect(phone).to_have_url(re.compile("/watch/"))


def swipe(page: Page, x: int, y: int, along: int, down: int) -> None:
    """Put a finger down, draw it along, lift it."""
    session, steps = page.context.new_cdp_session(page), 12
    touch = "Input.dispatchTouchEvent"
    session.send(touch, {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, steps + 1):
        point = {"x": x + along * step / steps, "y": y + down * step / steps}
        session.send(touch, {"type": "touchMove", "touchPoints": [point]})
    session.send(touch, {"type": "touchEnd", "touchPoints": []})


def test_the_guide_leaps_to_another_day_and_back(page: Page) -> None:
    """Tomorrow is a day to the right; now brings the line of now into view."""
    opened = guide(page)
    tomorrow, now = (page.get_by_role("button", name=name, exact=True) for name in ("Tomorrow", "Now"))
    tomorrow.click()
    expect(tomorrow).to_have_attribute("aria-pressed", "true")
    left = opened.evaluate("grid => grid.scrollLeft")
    now.click()
    page.wait_for_function("([grid, left]) => grid.scrollLeft < left", arg=[opened.element_handle(), left])
    expect(now).to_have_attribute("aria-pressed", "true")


AT_THE_EDGE = """(grid) => {
    const edge = grid.querySelector('[role=rowheader]').getBoundingClientRect().right + 1;
    return [...grid.querySelectorAll('[data-row="0"] [data-start]')].find((each) => {
        const { left, right } = each.parentElement.getBoundingClientRect();
        return left <= edge && edge < right;
    })?.dataset.start;
}"""
"""When what is at the left edge began, in the first row."""


def test_the_guide_stays_where_it_is_when_the_screen_is_another(page: Page) -> None:
    """The time at its left is the same, and it ends where the window does."""
    opened = guide(page)
    opened.evaluate("grid => grid.scrollBy(2000, 0)")
    expect(opened).to_have_attribute("aria-busy", "false")
    start = opened.evaluate(AT_THE_EDGE)
    assert start
    for width, height in ((360, 740), (3840, 2160), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(f"grid => ({AT_THE_EDGE})(grid) === '{start}'", arg=opened.element_handle())
        if width > 720:  # below it are the places, on a phone
            page.wait_for_function(
                "grid => Math.round(grid.getBoundingClientRect().bottom) === innerHeight",
                arg=opened.element_handle(),
            )


UNDER_THE_CHANNEL = """(row) => {
    const channel = row.querySelector('[role=rowheader]').getBoundingClientRect();
    const line = row.querySelector(':scope > i')?.getBoundingClientRect();
    if (!line || line.left < channel.left || line.right > channel.right) return null;
    row.querySelector(':scope > i').style.pointerEvents = 'auto';
    return document.elementFromPoint(line.left + 1, channel.top + channel.height / 2).tagName;
}"""
"""What is seen where the line of now has gone under a row's channel."""
CUT = """(grid) => {
    const edge = grid.querySelector('[role=rowheader]').getBoundingClientRect().right;
    return [...grid.querySelectorAll('[data-kind=programme]')].flatMap((each) => {
        const [programme, words] = [each, each.firstElementChild].map((one) => one.getBoundingClientRect());
        const isCut = programme.left < edge && programme.right > edge + words.width + 8;
        return isCut ? [words.left - edge] : [];
    });
}"""
"""How far from the channels the words begin of what their edge cuts."""


def test_what_the_channels_lie_over_in_the_guide(page: Page) -> None:
    """The line of now goes under them; what a programme is called does not."""
    opened = guide(page)
    row = opened.locator("[data-row='1']")
    seen: list[str | None] = []
    away: list[float] = []
    for _ in range(12):
        opened.evaluate("grid => grid.scrollBy(25, 0)")
        page.wait_for_timeout(250)
        seen.append(row.evaluate(UNDER_THE_CHANNEL))
        away += opened.evaluate(CUT)
    assert any(seen), seen
    assert "I" not in seen
    assert len(away) > 10
    assert min(away) >= 0


def test_all_tiles_are_as_tall(phone: Page) -> None:
    """Whether it is known what follows, or not yet."""
    held: list[Route] = []
    known = False

    def answer(route: Route) -> None:
        if known:
            route.continue_()
        else:
            held.append(route)

    phone.route("**/api/now?*", answer)
    phone.goto("/")
    rows = phone.locator("[data-row]")
    expect(rows.nth(3)).to_be_attached()
    before = rows.evaluate_all(HEIGHTS)
    assert len(set(before)) == 1
    phone.wait_for_timeout(1500)
    known = True
    for route in held:
        route.continue_()
    assert held
    told = phone.get_by_test_id("channel").filter(has_text=re.compile(r"\d:\d\d"))
    expect(told.first).to_be_visible()
    assert set(rows.evaluate_all(HEIGHTS)) == set(before)


HEIGHTS = "rows => rows.map((row) => Math.round(row.getBoundingClientRect().height))"


def test_an_address_narrowed_to_two_groups_opens_in_a_player(stack: Stack, page: Page) -> None:
    """The address on the page is a list of those groups, and what it lists plays."""
    stack.channel("plain")
    groups = [each["name"] for each in stack.get("/api/channels")["groups"] if each["name"]][:2]
    page.goto("/playlist")
    for name in groups:
        page.get_by_role("button", name=re.compile(rf"^{re.escape(name)} [0-9]")).click()
    address = page.get_by_label("Playlist address").input_value()
    listed = httpx.get(address, timeout=20).text.splitlines()
    assert {match[1] for line in listed if (match := re.search('group-title="([^"]*)"', line))} == set(groups)
    channels = [line for line in listed if line.startswith("http") and ".m3u8" in line]
    assert any(decodes(channel) for channel in channels)


def decodes(address: str) -> bool:
    """Whether ffmpeg opens an address and finds a picture or sound in two seconds of it."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-nostdin",
        "-i",
        address,
        "-t",
        "2",
        "-f",
        "null",
        "-",
    ]
    return subprocess.run(command, timeout=60, check=False).returncode == 0


def test_a_source_that_fails_is_shown_with_its_reason(
    stack: Stack, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """It is asked to be read again, on the page; its list has been emptied; its channel stays."""
    folder = tmp_path_factory.mktemp("stale")
    listed, sources = folder / "list.m3u", folder / "sources.yaml"
    channel = f"{stack.base}/stream/{stack.channel('plain')}.m3u8"
    listed.write_text(f"#EXTM3U\n#EXTINF:-1,Borrowed One\n{channel}\n")
    sources.write_text(
        f"sources:\n  - {{kind: m3u, name: borrowed, url: {listed}, allow_private: true, refresh: 1h}}\n"
    )
    with running_stack(folder / "data", SOURCES=str(sources)) as other:
        listed.write_text("#EXTM3U\n")
        page = browser.new_page(base_url=other.base)
        page.goto("/status")
        row = page.locator("[data-source=borrowed]")
        expect(row).to_have_attribute("data-stale", "false", timeout=40_000)
        row.get_by_role("button", name="Read borrowed now").click()
        expect(row).to_have_attribute("data-stale", "true", timeout=40_000)
        expect(row).to_contain_text("Not up to date:")
        assert other.get("/api/channels")["total"] == 1
        page.close()


def test_the_status_page_says_what_the_metrics_say(stack: Stack, page: Page) -> None:
    """Figures that stand still while nobody watches are the same in both."""
    page.goto("/status")
    page.locator("[data-figure=online]").wait_for()
    told = figures(httpx.get(f"{stack.base}/metrics", timeout=20).text)
    # The page itself is one of the clients: it may have connected in between.
    for figure, metric in (("viewers", "iptv_cluster_viewers"), ("clients", "iptv_catalog_clients")):
        page.wait_for_function(
            "async ([figure, metric]) => {"
            " const text = await (await fetch('/metrics')).text();"
            " const value = text.split('\\n').find(line => line.startsWith(metric + ' '))?.split(' ')[1];"
            " const shown = document.querySelector(`[data-figure=${figure}]`).dataset.exact;"
            " return Number(shown) === Number(value); }",
            arg=[figure, metric],
            timeout=30_000,
        )
    expect(page.locator("[data-node=streamer]")).to_have_count(int(told["iptv_cluster_nodes streamer"]))
    expect(page.locator("[data-bus=true]")).to_be_visible()


def figures(text: str) -> dict[str, float]:
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {" ".join((sample.name, *sample.labels.values())): sample.value for sample in samples}


@pytest.mark.timeout(300)
def test_four_channels_play_at_once_and_one_is_heard(stack: Stack, page: Page) -> None:
    """Each in the rendition that fits its tile."""
    stack.channel("plain")
    stack.channel("multivariant")
    page.goto(f"/several?ids={','.join(FOUR)}")
    expect(page.locator("video")).to_have_count(4)
    for video in page.locator("video").element_handles():
        page.wait_for_function(PLAYS, arg=video, timeout=60_000)
    assert page.evaluate("[...document.querySelectorAll('video')].filter(video => !video.muted).length") == 1
    page.keyboard.press("3")
    expect(page.get_by_test_id("small-player").nth(2)).to_have_attribute("data-loud", "true")
    assert page.evaluate("[...document.querySelectorAll('video')].map(video => video.muted)") == [
        True,
        True,
        False,
        True,
    ]
    widths = page.evaluate("[...document.querySelectorAll('video')].map(video => video.videoWidth)")
    assert widths[1] <= 1280


def test_the_page_is_an_app_that_opens_without_a_network(stack: Stack, browser: Browser) -> None:
    """Its browser finds nothing missing for it to be installed; offline the shell comes, and says so."""
    context = browser.new_context(base_url=stack.base)
    page = context.new_page()
    page.goto("/")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    faults = context.new_cdp_session(page).send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [fault["errorId"] for fault in faults if fault["errorId"] != "in-incognito"] == []
    context.set_offline(True)
    page.goto("/guide")
    expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    expect(page.get_by_text(re.compile("offline|does not answer")).first).to_be_visible(timeout=30_000)
    context.set_offline(False)
    context.close()


def test_a_service_worker_is_never_kept_by_a_cache(stack: Stack) -> None:
    """Or a page would stay as it is for a day."""
    answer = httpx.get(f"{stack.base}/sw.js", timeout=20)
    assert "javascript" in answer.headers["Content-Type"]
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]


def test_the_first_visit_is_told_what_this_is_and_how_to_go_on(page: Page) -> None:
    """The demo says that it is one; the lines are there to copy; sent away, it stays away."""
    page.goto("/")
    card = page.get_by_test_id("first-visit")
    card.get_by_role("link", name="Add a source").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This is the demo")
    expect(page.locator("input[value^='SOURCES=\"m3u=']").first).to_be_visible()
    page.goto("/")
    card.get_by_role("button").click()
    expect(card).to_be_hidden()
    page.reload()
    expect(page.get_by_test_id("channel").first).to_be_visible()
    expect(card).to_be_hidden()


@pytest.mark.parametrize("path", ["/", "/guide", "/schedule", "/playlist", "/status", "/several", "/welcome"])
def test_a_remote_control_begins_on_every_page(page: Page, path: str) -> None:
    """With nothing in focus, its arrow down reaches what the page is about."""
    page.goto(path)
    expect(page.locator("main :is(a[href], button, input, [tabindex='0'])").first).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    assert page.evaluate("document.activeElement.id") != "main"


def test_arrows_stay_in_a_dialog(page: Page) -> None:
    """What lies behind it is out of reach."""
    page.goto("/several")
    page.get_by_role("button", name=re.compile("Add")).first.click()
    for arrow in ("ArrowDown", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowUp", "ArrowUp"):
        page.keyboard.press(arrow)
        assert page.evaluate("document.querySelector('dialog[open]').contains(document.activeElement)"), arrow


@pytest.mark.parametrize("path", ["/guide", "/playlist", "/status", "/several", "/welcome"])
def test_nothing_sticks_out_on_a_phone(phone: Page, path: str) -> None:
    """At 360 pixels nobody has to scroll sideways."""
    phone.goto(path)
    expect(phone.get_by_role("heading").first).to_be_attached()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
