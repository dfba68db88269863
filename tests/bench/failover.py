"""`make bench-failover`: a channel whose first stream dies and comes back, played in real time.

hls.js in Chromium and ffmpeg play it through a balancer that asks one node after the other; a third player
looks at the segments' clocks. The source signs its segments' addresses anew with each reload. The second
stream is the first one's twin, or (`STRANGER=1`) another encoder's.
"""

import re
import time
from contextlib import ExitStack

import httpx
from bench.cluster import Nodes
from bench.demo import Demo
from bench.options import Failing
from bench.player import Buffer, Listed, Place
from bench.report import say
from demo.transport import CLOCK_HZ, chunks
from support.playing import FRAMES_A_SECOND, FfmpegPlayer, HlsJs, Seen, browser

FIRST, SECOND = "51", "55"
BEFORE_S = 15.0
LOOK_S = 0.5
STEP_LEAST_S = 0.05
PAUSE_MOST_S = 1.0
"""A player that has twelve seconds in hand pauses for less where the machine is busy."""
BEGINS_WITH = 8 * FRAMES_A_SECOND
"""A player begins once it has three segments; ffmpeg holds back the last pictures of what it has."""


class Looked:
    """Playlists and segments, as one player after the other gets them."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.place = Place()
        self.discontinuities = 0
        self.failed = 0
        self.shortest = 1000
        self.steps_s: list[float] = []
        """By how much each segment does not begin where the one before it ended."""
        self._due_s: float | None = None

    def look(self) -> None:
        """Reload once."""
        answer = httpx.get(self._address, timeout=20)
        if answer.status_code != 200:
            self.failed += 1
            return
        listed = Listed.read(answer.text)
        _, new = self.place.follow(listed)
        self.shortest = min(self.shortest, len(listed.addresses))
        lines = answer.text.splitlines()
        for _, address in new:
            at = lines.index(address)
            self.discontinuities += lines[at - 2] == "#EXT-X-DISCONTINUITY"
            said = re.match(r"#EXTINF:([\d.]+)", lines[at - 1])
            self._follow(address, float(said[1]) if said else 0.0)

    def _follow(self, address: str, duration_s: float) -> None:
        answer = httpx.get(httpx.URL(self._address).join(address), timeout=20)
        if answer.status_code != 200:
            self.failed += 1
            self._due_s = None
            return
        stamps = chunks(answer.content)[0].stamps
        at_s = next(stamp.value for stamp in stamps if not stamp.is_pcr) / CLOCK_HZ
        if self._due_s is not None and abs(at_s - self._due_s) > STEP_LEAST_S:
            self.steps_s.append(at_s - self._due_s)
        self._due_s = at_s + duration_s


def failed_over(options: Failing) -> bool:
    """Let a stream die; tell what its viewers saw, and return whether it was nothing."""
    with ExitStack() as stack:
        demo = Demo(stack, FIRST, SECOND, stranger=f"/live/{SECOND}/" if options.stranger else "")
        told = {"a": demo.channel("a", 1, *(f"{name}/index.m3u8" for name in (FIRST, SECOND)))}
        front = Nodes(stack, told, nodes=options.nodes).round_robin()
        address = f"http://127.0.0.1:{front.port}/stream/a.m3u8"
        page = stack.enter_context(browser()).new_page()
        ffmpegs = {"ffmpeg": FfmpegPlayer(address), "ffmpeg -re": FfmpegPlayer(address, ("-re",))}
        player, looked = HlsJs(page), Looked(address)
        for one in ffmpegs.values():
            stack.callback(one.stop)
            one.start()
        player.play(address)
        _watch(player, looked, BEFORE_S)
        say(f"the first stream {options.death} for {options.down_s} s")
        demo.fails(f"/live/{FIRST}/", options.down_s, options.death)
        _watch(player, looked, options.down_s + options.after_s)
        ended = [name for name, one in ffmpegs.items() if one.ended]
        is_smooth = _tell_steps(looked, ffmpegs, stranger=options.stranger)
        return _tell(player.seen(), ffmpegs, looked, demo.served(), ended) and is_smooth


def _watch(player: HlsJs, looked: Looked, seconds: float) -> None:
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        looked.look()
        player.wait(LOOK_S)


def buffered(player: FfmpegPlayer) -> Buffer:
    """Return the buffer of a player that shows what ffmpeg decoded, once it has its first three segments."""
    grown = [(at, frames) for at, frames in player.frames if frames >= BEGINS_WITH]
    buffer, before = Buffer(player.frames[0][0]), 0
    for at, frames in grown:
        if frames > before:
            buffer.add(at, (frames - before) / FRAMES_A_SECOND)
            before = frames
    return buffer


def _tell_steps(looked: Looked, ffmpegs: dict[str, FfmpegPlayer], *, stranger: bool) -> bool:
    """Judge what twins have in common: one clock, that never steps."""
    paused = [gap for gap in ffmpegs["ffmpeg -re"].pauses_s() if gap > PAUSE_MOST_S]
    complaints = sum(len(one.errors) for one in ffmpegs.values())
    verdicts = [
        (f"ffmpeg -re stood still: {[f'{gap:.1f}' for gap in paused]} s", not paused),
        (f"ffmpeg complained: {complaints}", not complaints),
    ]
    steps = f"clock stepped: {[f'{step:+.1f}' for step in looked.steps_s]} s"
    verdicts.append((steps, stranger or not looked.steps_s))
    return _judged(verdicts)


def _tell(
    seen: Seen, ffmpegs: dict[str, FfmpegPlayer], looked: Looked, served: dict[str, int], ended: list[str]
) -> bool:
    segments = {path: count for path, count in served.items() if "/main/" in path}
    twice = {path: count for path, count in segments.items() if count > 1}
    say(
        f"hls.js: played {seen.played_s:.1f} of {seen.watched_s:.1f} s, "
        f"had {seen.least_ahead_s:.1f} s in hand"
    )
    say(f"  its own errors: {[f'{at:.0f} s {what}' for at, what, _ in seen.errors]}")
    for name, one in ffmpegs.items():
        say(f"{name}: {one.frames[-1][1]} frames; pauses {[f'{gap:.1f}' for gap in one.pauses_s()]} s")
        say(f"  its own errors: {one.errors}")
    say(f"source: {len(segments)} segments, {sum(segments.values())} fetches; more than once {twice}")
    say(f"shortest list: {looked.shortest} segments")
    buffer = buffered(ffmpegs["ffmpeg"])
    verdicts = [
        (
            f"hls.js stood still: {[f'{pause_s:.1f} at {at:.0f}' for at, pause_s in seen.pauses]} s",
            not seen.pauses,
        ),
        (f"hls.js ran backwards: {seen.backwards}", not seen.backwards),
        (f"hls.js waited: {seen.waits}", not seen.waits),
        (
            f"hls.js' fatal errors: {sum(fatal for *_, fatal in seen.errors)}",
            not any(f for *_, f in seen.errors),
        ),
        (f"ffmpeg stalled: {buffer.stalls}, {buffer.stalled_s:.1f} s", not buffer.stalls),
        (f"ffmpeg ended: {ended}", not ended),
        (f"media sequence ran backwards: {looked.place.backwards}", not looked.place.backwards),
        (f"segments skipped: {looked.place.skipped}", not looked.place.skipped),
        (f"playlists failed: {looked.failed}", not looked.failed),
        (f"changes of stream: {looked.discontinuities}", looked.discontinuities == 2),
        (f"segments fetched more than once: {len(twice)}", not twice),
    ]
    return _judged(verdicts)


def _judged(verdicts: list[tuple[str, bool]]) -> bool:
    for said, well in verdicts:
        say(f"{'ok    ' if well else 'NOT OK'} {said}")
    return all(well for _, well in verdicts)
