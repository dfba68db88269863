"""How much one client may say.

A bucket holds what comes in `BURST_S`, and is filled again at the rate that the settings name: a page that
starts, or somebody who types, never notices. What comes when it is empty is refused, and the client told so.
One that goes on all the same is cut: it doesn't listen.
"""

import time

BURST_S = 4
"""A full bucket holds what comes in so many seconds."""

REFUSALS_MOST = 100
"""Refused so often without a pause, a client is cut."""


class Meter:
    """One client's bucket."""

    __slots__ = ("_at", "_left", "_rate", "_refused")

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._left = rate * BURST_S
        self._at = time.monotonic()
        self._refused = 0

    def take(self) -> bool:
        """Take a packet out, or return False: then there is none."""
        now = time.monotonic()
        self._left = min(self._rate * BURST_S, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            self._refused += 1
            return False
        if self._left > self._rate:
            self._refused = 0
        self._left -= 1
        return True

    @property
    def is_deaf(self) -> bool:
        """Whether it goes on although it was told."""
        return self._refused > REFUSALS_MOST
