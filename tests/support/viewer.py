"""A viewer who plays on and notes everything that went wrong: for changes under a running stack."""

import re
import threading
import time
from types import TracebackType
from typing import Self

import httpx

POLL_S = 0.2


class HlsViewer:
    """Plays a channel in a thread for as long as the context is open, each segment once and whole."""

    def __init__(self, base: str, channel: str) -> None:
        self._base = base
        self._channel = channel
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._play, daemon=True)
        self.requests = 0
        self.segments = 0
        self.faults: list[str] = []

    def __enter__(self) -> Self:
        """Begin to play."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self._leaving.set()
        self._thread.join(30)

    def play_on(self, segments: int, within_s: float = 60) -> None:
        """Return after so many more segments."""
        wanted, ends_at = self.segments + segments, time.monotonic() + within_s
        while self.segments < wanted:
            assert time.monotonic() < ends_at, f"no {segments} segments in {within_s} s; {self.faults}"
            time.sleep(POLL_S)

    def _play(self) -> None:
        seen: set[str] = set()
        with httpx.Client(base_url=self._base, timeout=20) as client:
            playlist = media_playlist(client, f"/stream/{self._channel}.m3u8")
            while not self._leaving.wait(POLL_S):
                listed = self._get(client, playlist)
                addresses = segments_of(listed.text) if listed else []
                for address in addresses:
                    if address not in seen and self._get(client, address):
                        seen.add(address)
                        self.segments += 1

    def _get(self, client: httpx.Client, address: str) -> httpx.Response | None:
        self.requests += 1
        try:
            answer = client.get(address)
        except httpx.HTTPError as error:
            self.faults.append(f"{address[:60]}: {error!r}")
            return None
        if answer.is_success:
            return answer
        self.faults.append(f"{address[:60]}: {answer.status_code} {answer.text[:200]}")
        return None


def media_playlist(client: httpx.Client, address: str) -> str:
    """Return the address of a media playlist: `address`, or the first variant it lists."""
    listed = client.get(address).raise_for_status().text
    return segments_of(listed)[0] if "#EXT-X-STREAM-INF" in listed else address


def segments_of(playlist: str) -> list[str]:
    """Return the addresses that a playlist lists."""
    return re.findall(r"^[^#\s].*$", playlist, re.MULTILINE)
