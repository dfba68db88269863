"""What came before the ring, for clients that slept longer than the ring remembers.

It is read from the stream when somebody asks, one reading at a time, and kept: whoever asks next needs only
what is still missing. What is kept is coalesced, so it grows with the channels and not with the time.
"""

import asyncio
from collections.abc import Awaitable, Callable

from realtime.news import News, coalesce
from realtime.ring import Cursor, Ring

MOST = 100_000
"""How many messages are read for one cursor. A client that missed more fetches everything sooner."""

Read = Callable[[int, int], Awaitable[list[News]]]
"""Reads the announcements from one sequence to another, both included."""


class Past:
    """Announcements after `_after` and up to `_upto`, which is at least where the ring begins."""

    def __init__(self, ring: Ring, read: Read) -> None:
        self._ring = ring
        self._read = read
        self._turn = asyncio.Lock()
        self._epoch = ""
        self._after = self._upto = 0
        self._kept: list[News] = []

    async def reach(self, cursor: Cursor) -> None:
        """Read what is missing between `cursor` and the ring. Whether that was had is for `since` to say."""
        async with self._turn:
            if self._epoch != self._ring.epoch:
                self._epoch, self._kept = self._ring.epoch, []
                self._after = self._upto = self._ring.floor
            if self._ring.floor - cursor.sequence > MOST:
                return
            if cursor.sequence < self._after:
                older = await self._read(cursor.sequence + 1, self._after)
                self._kept, self._after = coalesce([*older, *self._kept]), cursor.sequence
            if self._upto < (floor := self._ring.floor):
                newer = await self._read(self._upto + 1, floor)
                self._kept, self._upto = coalesce([*self._kept, *newer]), floor

    def since(self, cursor: Cursor) -> list[News] | None:
        """Return what came after `cursor`, or None where that can't be told any more."""
        if (recent := self._ring.since(cursor)) is not None:
            return recent
        if not cursor.epoch == self._epoch == self._ring.epoch or cursor.sequence < self._after:
            return None
        recent = self._ring.since(Cursor(self._epoch, self._upto))
        older = [news for news in self._kept if news.sequence > cursor.sequence]
        return None if recent is None else [*older, *recent]
