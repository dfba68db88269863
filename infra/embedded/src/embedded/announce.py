"""Says where to look, once there is something to see: the first channel plays through the front door."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

PATIENCE_S = 600.0
POLL_S = 0.25


def announce_when_ready(base: str, public: str, doors: Sequence[Path]) -> None:
    """Wait until the first channel plays at `base`, then print `public`. `doors` are the inner sockets."""
    started = time.monotonic()
    while not all(door.exists() for door in doors):
        time.sleep(POLL_S)
    with httpx.Client(base_url=base, timeout=10) as client:
        while time.monotonic() - started < PATIENCE_S:
            if name := _first_that_plays(client):
                _say(public, name, time.monotonic() - started)
                return
            time.sleep(POLL_S)


def _first_that_plays(client: httpx.Client) -> str | None:
    try:
        for channel in client.get("/api/channels", params={"limit": 3}).raise_for_status().json()["channels"]:
            if client.get(f"/stream/{channel['id']}.m3u8").is_success:
                return str(channel["name"])
    except (httpx.HTTPError, ValueError):
        return None
    return None


def _say(public: str, name: str, took_s: float) -> None:
    line = "─" * 60
    sys.stdout.write(f"\n{line}\n  StepDaddyLiveHD is ready after {took_s:.0f} s: {name} plays\n\n")
    sys.stdout.write(
        f"  Watch      {public}\n  Playlist   {public}/playlist.m3u8\n  Stop       Ctrl-C\n{line}\n\n"
    )
    sys.stdout.flush()
