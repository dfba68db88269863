"""A channel goes from stream to stream, and its viewers see one playlist."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from support.gateway import Gateway
from support.origin import FakeOrigin, media_playlist, status
from support.servers import serving

TARGET_S = 1


class Live:
    """A live list that moves on with time: `first` is the number it began with."""

    def __init__(self, first: int, name: str, head: str = "") -> None:
        self._first, self._name, self._head = first, name, head
        self._began = time.monotonic()
        self.stands = False
        self.is_dead = False
        self._stood_at = 0

    def __call__(self, _: Request) -> Response:
        if self.is_dead:
            return status(503)(_)
        if not self.stands:
            self._stood_at = self._first + int((time.monotonic() - self._began) / TARGET_S)
        text = media_playlist(self._stood_at, target=TARGET_S, head=self._head).decode()
        return Response(text.replace("seg-", f"{self._name}-"))


class Watched:
    """What a player saw of a channel that it reloads, from any node in turn."""

    def __init__(self, nodes: list[httpx.Client], channel: str) -> None:
        self._nodes = cycle(nodes)
        self._channel = channel
        self.sequences: list[int] = []
        self.segments: dict[int, str] = {}
        self.last = ""

    def reload(self) -> str:
        answer = next(self._nodes).get(f"/stream/{self._channel}.m3u8")
        assert answer.status_code == 200, answer.text
        self.last = answer.text
        first = int(re.findall(r"#EXT-X-MEDIA-SEQUENCE:(\d+)", answer.text)[0])
        self.sequences.append(first)
        for at, address in enumerate(re.findall(r"^/.*$", answer.text, re.MULTILINE)):
            known = self.segments.setdefault(first + at, address)
            assert known == address, "a number that was another segment's"
        return answer.text

    def changed_at(self) -> int:
        """Return the number of the segment behind the last discontinuity; -1 if there is none."""
        before, mark, _ = self.last.rpartition("#EXT-X-DISCONTINUITY\n")
        return self.sequences[-1] + len(re.findall(r"^/", before, re.MULTILINE)) if mark else -1

    def fetch(self, number: int) -> None:
        """Fetch a segment, from whichever node is next."""
        next(self._nodes).get(self.segments[number])

    def until(self, condition: Callable[[str], object], within_s: float = 30) -> None:
        ends_at = time.monotonic() + within_s
        while not condition(self.reload()):
            assert time.monotonic() < ends_at, f"it did not come about; last: {self.last}"
            time.sleep(0.05)


@pytest.fixture
def origin() -> FakeOrigin:
    return FakeOrigin()


@pytest.fixture
def gateway(redis_url: str, nats_url: str) -> Iterator[Gateway]:
    with ExitStack() as stack:
        yield Gateway(stack, redis_url, nats_url)


@contextmanager
def watched(gateway: Gateway, origin: FakeOrigin, first: Live, second: Live) -> Iterator[Watched]:
    origin.bodies |= {"/one.m3u8": first, "/two.m3u8": second}
    with serving(origin.app()) as source:
        gateway.add("a", f"{source.base}/one.m3u8", f"{source.base}/two.m3u8")
        nodes = [gateway.node(node_name=name, first_byte_s=2.0) for name in ("first", "second")]
        yield Watched(nodes, "a")


def test_a_dead_stream_gives_way_and_comes_back(gateway: Gateway, origin: FakeOrigin) -> None:
    """Numbers go on, discontinuities mark both changes, whichever node is asked."""
    first, second = Live(100, "one"), Live(7, "two")
    with watched(gateway, origin, first, second) as seen:
        seen.until(lambda text: "#EXT-X-MEDIA-SEQUENCE:101" in text)
        assert "#EXT-X-DISCONTINUITY\n" not in seen.last
        first.is_dead = True
        seen.until(lambda text: "#EXT-X-DISCONTINUITY\n" in text)
        before = seen.sequences[-1]
        seen.until(lambda _: seen.sequences[-1] > before + 2)
        first.is_dead = False
        asked = origin.fetches("/two.m3u8")
        seen.until(lambda text: "#EXT-X-DISCONTINUITY\n" in text and origin.fetches("/two.m3u8") > asked)
        assert seen.sequences == sorted(seen.sequences)
        assert sorted(seen.segments) == list(range(min(seen.segments), max(seen.segments) + 1))


def test_a_stream_that_counts_alike_goes_on_with_the_segment_that_is_due(
    gateway: Gateway, origin: FakeOrigin
) -> None:
    """Both ways: nothing is shown twice, and nothing is left out."""
    first, second = Live(100, "one"), Live(100, "two")
    with watched(gateway, origin, first, second) as seen:
        seen.until(lambda text: "#EXT-X-MEDIA-SEQUENCE:101" in text)
        first.is_dead = True
        seen.until(lambda _: seen.changed_at() > 0)
        there = seen.changed_at()
        seen.fetch(there)
        assert origin.fetches(f"/two-{there}.ts") == 1
        first.is_dead = False
        seen.until(lambda _: seen.changed_at() > there)
        seen.fetch(seen.changed_at())
        assert origin.fetches(f"/one-{seen.changed_at()}.ts") == 1


def test_a_stream_that_stands_still_gives_way(gateway: Gateway, origin: FakeOrigin) -> None:
    """A source that answers well and shows the same list for ever has died all the same."""
    first, second = Live(100, "one"), Live(7, "two")
    with watched(gateway, origin, first, second) as seen:
        seen.reload()
        first.stands = True
        seen.until(lambda text: "#EXT-X-DISCONTINUITY\n" in text)
        assert seen.sequences == sorted(seen.sequences)


def test_a_stream_whose_segments_fail_gives_way(gateway: Gateway, origin: FakeOrigin) -> None:
    """Its list may be as good as ever."""
    first, second = Live(100, "one"), Live(7, "two")
    with watched(gateway, origin, first, second) as seen:
        node = next(seen._nodes)
        for address in re.findall(r"^/.*$", seen.reload(), re.MULTILINE):
            assert node.get(address).status_code == 502
        seen.until(lambda text: "#EXT-X-DISCONTINUITY\n" in text)
        assert seen.sequences == sorted(seen.sequences)


def test_keys_keep_their_old_numbers(gateway: Gateway, origin: FakeOrigin) -> None:
    """AES-128 without an IV has the segment's own number for one: it is written out once numbers change."""
    key = '#EXT-X-KEY:METHOD=AES-128,URI="k.bin"'
    first, second = Live(100, "one"), Live(7, "two", head=key)
    with watched(gateway, origin, first, second) as seen:
        seen.until(lambda text: "#EXT-X-MEDIA-SEQUENCE:101" in text)
        first.is_dead = True
        seen.until(lambda text: "#EXT-X-DISCONTINUITY\n" in text)
        ivs = [int(iv, 16) for iv in re.findall(r"IV=0x([0-9a-f]{32})", seen.last)]
        assert ivs
        assert all(7 <= iv < 100 for iv in ivs)


def test_a_lone_stream_that_stands_still_is_kept(gateway: Gateway, origin: FakeOrigin) -> None:
    """There is nothing better: its players wait."""
    lone = Live(100, "one")
    origin.bodies["/one.m3u8"] = lone
    with serving(origin.app()) as source:
        gateway.add("a", f"{source.base}/one.m3u8")
        seen = Watched([gateway.node()], "a")
        lone.stands = True
        seen.reload()
        asked = origin.fetches("/one.m3u8")
        seen.until(lambda _: origin.fetches("/one.m3u8") > asked + 8)
        assert "#EXT-X-DISCONTINUITY\n" not in seen.last
