"""Which of a channel's streams a playlist is read from: its own, and while that one fails, the next.

The player sees one playlist (`playlist.continuity`): numbers go on, and a discontinuity marks the change. A
stream fails when its playlist can't be had twice in a row, when it stands still while time goes on, or when
its segments can't be had. The way back is looked for now and then, ever less often where it did not last.

The trap: a player has only a few segments in hand. So a stream that has a substitute gets less time to answer
than one that has none. One that is perhaps back is asked beside the reading: while it hangs, nobody waits.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from chassis import tasks

from streamer.errors import NoCapacity, StreamerError, UpstreamBroken, UpstreamError, UpstreamTimeout
from streamer.shelf import Copy, Place

PATIENCE_TARGETS = 0.4
PATIENCE_LEAST_S = 0.8
"""How long a stream that has a substitute may take to answer, once there is a list to go on with."""
AGAIN = 0.375
"""How much of that it gets when it is asked a second time. Both together, and the waits for two reloads, have
to end before a player has played the three segments that it began with."""
FRESH = 1.25
"""How much of that a stream gets that was not read before: it has to connect."""
STANDS_STILL_TARGETS = 2.5
"""For how many target durations a live list may stay the same."""
BACK_FIRST_S = 10.0
BACK_MOST_S = 300.0
LASTED_S = 60.0
"""A stream that came back and stayed for so long is trusted anew."""
DOUBTS_MOST = 3
DOUBTS_AGE_S = 10.0
"""How many bodies in how short a time may fail before their stream is left for another."""

ReadFrom = Callable[[int, Copy | None, str], Awaitable[Copy]]
"""Reads the playlist from one of the streams: its index, what there was before, and a query to add."""
Answers = Callable[[int], Awaitable[None]]
"""Raises if one of the streams has no playlist."""
Failed = Callable[[int, UpstreamError], None]
"""Told of each stream that failed."""


class Route:
    """The way to one playlist. `streams` gives the indices of those that may stand in for its own."""

    def __init__(
        self,
        place: Place,
        read_from: ReadFrom,
        streams: Callable[[], Awaitable[list[int]]],
        failed: Failed,
        answers: Answers,
    ) -> None:
        self._place = place
        self._read_from = read_from
        self._streams = streams
        self._failed = failed
        self._answers = answers
        self._look: asyncio.Task[bool] | None = None
        """Looks whether the place's own stream is back."""
        self._back_s = BACK_FIRST_S
        self._back_at = 0.0
        self._came_back_at = float("-inf")
        self.doubts = 0
        """How many segments of the current stream could not be had of late."""

    def close(self) -> None:
        """Look no more."""
        if self._look is not None:
            self._look.cancel()
            self._look = None

    @property
    def is_doubted(self) -> bool:
        """Whether the current stream is to be left, if there is another."""
        return self.doubts >= DOUBTS_MOST

    async def read(self, old: Copy | None, question: str) -> Copy:
        """Return the playlist from the stream it came from last, or from the first other one that has it.

        Raises
        ------
        UpstreamError, NoCapacity
            The first one's, if none has it.
        """
        others = await self._streams()
        via = self._place.stream if old is None or old.via not in others else old.via
        if via != self._place.stream and old is not None and self._is_back(old.target_s):
            if (back := await self._from(self._place.stream, old, "", hurried=True)) is not None:
                return self._came_back(back)
            self._wait_longer()
        return await self._from_first_good(via, others, old, question)

    def _is_back(self, target_s: float) -> bool:
        """Whether the place's own stream answers again, as far as is known."""
        if self._look is None:
            if time.monotonic() >= self._back_at:
                self._look = tasks.spawn(self._looks_well(target_s), "look back")
            return False
        if not self._look.done():
            return False
        look, self._look = self._look, None
        if not look.result():
            self._wait_longer()
        return look.result()

    async def _looks_well(self, deadline_s: float) -> bool:
        try:
            async with asyncio.timeout(deadline_s):
                await self._answers(self._place.stream)
        except TimeoutError:
            self._report(self._place.stream, UpstreamTimeout("the source"))
        except StreamerError as error:
            self._report(self._place.stream, error)
        else:
            return True
        return False

    async def _from_first_good(self, via: int, others: list[int], old: Copy | None, question: str) -> Copy:
        rest = [other for other in others if other != via]
        error: UpstreamError | NoCapacity
        try:
            copy = await self._patiently(via, old, question, has_substitute=bool(rest))
        except (UpstreamError, NoCapacity) as failure:
            error = failure
        else:
            if not rest or not self._is_ill(copy, via, old):
                return copy
            error = UpstreamBroken("the source", "its list stands still, or its segments can't be had")
        self._report(via, error)
        for other in rest:
            if (found := await self._from(other, old, "", hurried=old is not None)) is not None:
                return self._left(via, found)
        raise error

    async def _patiently(self, via: int, old: Copy | None, question: str, *, has_substitute: bool) -> Copy:
        """Read from a stream; ask a second time before it is given up for another."""
        if not has_substitute:
            return await self._read_from(via, old, question)
        try:
            return await self._hurried(via, old, question)
        except (UpstreamError, NoCapacity):
            if old is None:
                raise
            return await self._hurried(via, old, "", share=AGAIN)

    async def _hurried(self, via: int, old: Copy | None, question: str, share: float = 1.0) -> Copy:
        if old is None or question:
            return await self._read_from(via, old, question)
        try:
            async with asyncio.timeout(share * max(PATIENCE_LEAST_S, old.target_s * PATIENCE_TARGETS)):
                return await self._read_from(via, old, question)
        except TimeoutError as error:
            raise UpstreamTimeout("the source") from error

    async def _from(self, via: int, old: Copy | None, question: str, *, hurried: bool) -> Copy | None:
        """Read from a stream that is not the current one; None if it is no better."""
        try:
            if hurried:
                return await self._hurried(via, old, question, share=FRESH)
            return await self._read_from(via, old, question)
        except (UpstreamError, NoCapacity) as error:
            self._report(via, error)
            return None

    def _is_ill(self, copy: Copy, via: int, old: Copy | None) -> bool:
        if self.is_doubted and old is not None and old.via == via:
            return True
        return not copy.steady and copy.unchanged_s > STANDS_STILL_TARGETS * copy.target_s

    def _left(self, via: int, found: Copy) -> Copy:
        self.doubts = 0
        self.close()
        if via == self._place.stream:
            if time.monotonic() - self._came_back_at > LASTED_S:
                self._back_s = BACK_FIRST_S
            self._back_at = time.monotonic() + self._back_s
        return found

    def _came_back(self, back: Copy) -> Copy:
        self.doubts = 0
        self._came_back_at = time.monotonic()
        self._wait_longer()
        return back

    def _wait_longer(self) -> None:
        self._back_at = time.monotonic() + self._back_s
        self._back_s = min(BACK_MOST_S, self._back_s * 2)

    def _report(self, via: int, error: StreamerError) -> None:
        if isinstance(error, UpstreamError):
            self._failed(via, error)
