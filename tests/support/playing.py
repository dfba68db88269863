"""Players that play in real time, and what they noticed: hls.js in Chromium, and ffmpeg.

ffmpeg takes what it gets as fast as it comes, and what it decoded goes into a buffer that is played in real
time: so it is a player with the segments that it began with in hand. hls.js is its own player.
"""

import contextlib
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import imageio_ffmpeg
from playwright.sync_api import Browser, Page, sync_playwright
from support.servers import repository

FRAMES_A_SECOND = 25
STOP_S = 10.0
HLS_JS = repository() / "services" / "frontend" / "node_modules" / "hls.js" / "dist" / "hls.min.js"
CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
SAMPLE_MS = 50
PAUSE_LEAST_S = 0.3
"""A clock that stands still for less is the machine's, not the player's."""

SETTLES_S = 1.0
"""How long a player is beginning: its first picture is shown before it plays."""

PLAYER = """
({address, lowLatency}) => {
  document.body.innerHTML = '<video muted playsinline width=320></video>';
  const video = document.querySelector('video');
  const seen = window.seen = {samples: [], events: [], errors: []};
  const at = () => performance.now() / 1000;
  for (const name of ['waiting', 'stalled', 'playing', 'seeking', 'ended', 'error'])
    video.addEventListener(name, () => seen.events.push([at(), name, video.currentTime]));
  const fastest = lowLatency ? 1.5 : 1;
  const hls = window.hls = new Hls({lowLatencyMode: lowLatency, maxLiveSyncPlaybackRate: fastest});
  hls.on(Hls.Events.ERROR, (_, data) =>
    seen.errors.push([at(), `${data.details}: ${data.reason ?? data.error?.message ?? ''}`, data.fatal]));
  hls.loadSource(address);
  hls.attachMedia(video);
  video.play().catch(() => {});
  setInterval(() => {
    const ranges = video.buffered;
    const ahead = ranges.length ? ranges.end(ranges.length - 1) - video.currentTime : 0;
    const behind = hls.playingDate ? (Date.now() - hls.playingDate.getTime()) / 1000 : null;
    seen.samples.push([at(), video.currentTime, ahead, behind, hls.latency]);
  }, SAMPLE);
}
""".replace("SAMPLE", str(SAMPLE_MS))


@dataclass(frozen=True)
class Seen:
    """What hls.js noticed.

    Samples are: when, current time, seconds in hand, seconds behind live, and how many it says itself.
    """

    samples: list[tuple[float, float, float, float | None, float | None]]
    events: list[tuple[float, str, float]]
    errors: list[tuple[float, str, bool]]

    @property
    def moved(self) -> list[tuple[float, float]]:
        """When and where it was, from the first picture on."""
        began = next((at for at, sample in enumerate(self.samples) if sample[1] > 0), len(self.samples))
        return [(sample[0], sample[1]) for sample in self.samples[began:]]

    @property
    def played_s(self) -> float:
        """How much of it was played."""
        return self.moved[-1][1] - self.moved[0][1] if self.moved else 0.0

    @property
    def watched_s(self) -> float:
        """How long it was looked at from the first picture on."""
        return self.moved[-1][0] - self.moved[0][0] if self.moved else 0.0

    @property
    def pauses_s(self) -> list[float]:
        """How long its clock stood still, each time that it did."""
        return [pause_s for _, pause_s in self.pauses]

    @property
    def pauses(self) -> list[tuple[float, float]]:
        """When after the first picture its clock stood still, and for how long."""
        began = self.moved[0][0] if self.moved else 0.0
        pauses: list[tuple[float, float]] = []
        still_since: float | None = None
        for (at, where), (later, there) in pairwise(self.moved):
            if there > where:
                if still_since is not None:
                    pauses.append((still_since - began, later - still_since))
                still_since = None
            elif still_since is None:
                still_since = at
        if still_since is not None:
            pauses.append((still_since - began, self.moved[-1][0] - still_since))
        return [(at, pause_s) for at, pause_s in pauses if pause_s > PAUSE_LEAST_S and at > SETTLES_S]

    @property
    def backwards(self) -> int:
        """How often its clock ran backwards."""
        return sum(there < where for (_, where), (_, there) in pairwise(self.moved))

    @property
    def waits(self) -> int:
        """How often it said that it waits, once it had begun."""
        began = self.moved[0][0] if self.moved else float("inf")
        return sum(name in ("waiting", "stalled") and at > began for at, name, _ in self.events)

    @property
    def least_ahead_s(self) -> float:
        """How little it had in hand once it had begun."""
        began = self.moved[0][0] if self.moved else 0.0
        return min((sample[2] for sample in self.samples if sample[0] > began + SETTLES_S), default=0.0)


class HlsJs:
    """hls.js on a page of its own."""

    def __init__(self, page: Page) -> None:
        self._page = page
        page.add_script_tag(path=HLS_JS)

    def play(self, address: str, *, low_latency: bool = False) -> None:
        """Begin."""
        self._page.evaluate(PLAYER, {"address": address, "lowLatency": low_latency})

    def seen(self) -> Seen:
        """Return what it noticed until now."""
        said: dict[str, Any] = self._page.evaluate("() => window.seen")
        return Seen(**{name: [tuple(one) for one in many] for name, many in said.items()})

    def wait(self, seconds: float) -> None:
        """Let time pass: the page's events are only heard while it does."""
        self._page.wait_for_timeout(seconds * 1000)


def chromium() -> str | None:
    """Return the path of Chromium, if it is installed."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name, path="/usr/bin"))), None)


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """Run a browser for as long as the context is open."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=list(CHROMIUM_ARGS))
        yield launched
        launched.close()


@dataclass
class FfmpegPlayer:
    """ffmpeg, taking a stream as it comes. `frames` is when there were how many; `errors` what it says."""

    address: str
    options: tuple[str, ...] = ()
    frames: list[tuple[float, int]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _process: subprocess.Popen[str] | None = None
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin to play."""
        program = shutil.which("ffmpeg") or imageio_ffmpeg.get_ffmpeg_exe()
        command = [program, "-nostdin", "-v", "error", *self.options, "-i", self.address, "-f", "null"]
        self._process = subprocess.Popen(
            [*command, "-stats_period", "0.1", "-progress", "pipe:1", "-"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for read in (self._count, self._complain):
            self._threads.append(threading.Thread(target=read, daemon=True))
            self._threads[-1].start()

    def _count(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if said := re.match(r"frame=\s*(\d+)", line):
                self.frames.append((time.monotonic(), int(said[1])))

    def _complain(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        self.errors.extend(line.strip() for line in self._process.stderr)

    def stop(self) -> None:
        """End it."""
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for thread in self._threads:
            thread.join(STOP_S)

    @property
    def ended(self) -> bool:
        """Whether it gave up."""
        return self._process is not None and self._process.poll() is not None

    def pauses_s(self) -> list[float]:
        """Return how long nothing came, each time that it was longer than a blink."""
        grown = [self.frames[0], *(new for old, new in pairwise(self.frames) if new[1] > old[1])]
        gaps = [later - at for (at, _), (later, _) in pairwise(grown)]
        return [gap for gap in gaps if gap > PAUSE_LEAST_S]
