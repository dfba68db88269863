"""Whether this machine had time for what it was to play.

One that was put to sleep, or is busy with something else, plays nothing well. What was seen meanwhile says
nothing of the gateway.
"""

import asyncio
import time

BEAT_S = 0.25
LATE_MOST_S = 1.5


class Pulse:
    """Beats for as long as it is run, and remembers when it last missed one."""

    def __init__(self) -> None:
        self._missed_at = float("-inf")

    async def beat(self) -> None:
        """Beat for ever."""
        while True:
            began = time.monotonic()
            await asyncio.sleep(BEAT_S)
            if time.monotonic() - began > BEAT_S + LATE_MOST_S:
                self._missed_at = time.monotonic()

    def missed_since(self, moment: float) -> bool:
        """Whether a beat was missed since a moment."""
        return self._missed_at > moment
