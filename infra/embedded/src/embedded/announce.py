"""Says where to look, once there is something to see: the first channel plays through the front door.

It looks as a player does, by the playlist: the API counts requests, and we would use up our own machine's.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from itertools import islice, pairwise
from pathlib import Path
from urllib.parse import urlsplit

import httpx

PATIENCE_S = 600.0
POLL_S = 0.25
SELDOM = 40
"""After as many seconds it looks once a second, after twice as many every two."""
TRIED = 3
"""So many channels are tried in a round."""


def announce_when_ready(base: str, public: str, doors: Sequence[Path], headers: Mapping[str, str]) -> None:
    """Wait until the first channel plays at `base`, then print `public`.

    `doors` are the inner sockets; `headers` have a token, where one is needed.
    """
    started = time.monotonic()
    while not all(door.exists() for door in doors):
        time.sleep(POLL_S)
    playlist = f"{public}/playlist.m3u8{'?token=…' if headers else ''}"
    with httpx.Client(base_url=base, headers=headers, timeout=10) as client:
        while time.monotonic() - started < PATIENCE_S:
            found = _first_that_plays(client)
            took_s = time.monotonic() - started
            if found:
                _say(public, playlist, found, took_s)
                return
            time.sleep(max(POLL_S, took_s / SELDOM))


def _first_that_plays(client: httpx.Client) -> str | None:
    try:
        with client.stream("GET", "/playlist.m3u8") as answer:
            if answer.status_code == httpx.codes.UNAUTHORIZED:
                return "a token is needed"
            lines = answer.raise_for_status().iter_lines()
            channels = ((said, where) for said, where in pairwise(lines) if said.startswith("#EXTINF"))
            tried = list(islice(channels, TRIED))
        for said, where in tried:
            if client.head(urlsplit(where).path).is_success:
                return f"{said.rpartition(',')[2]} plays"
    except (httpx.HTTPError, ValueError):
        return None
    return None


def _say(public: str, playlist: str, found: str, took_s: float) -> None:
    line = "─" * 60
    sys.stdout.write(f"\n{line}\n  StepDaddyLiveHD is ready after {took_s:.0f} s: {found}\n\n")
    sys.stdout.write(f"  Watch      {public}\n  Playlist   {playlist}\n  Stop       Ctrl-C\n{line}\n\n")
    sys.stdout.flush()
