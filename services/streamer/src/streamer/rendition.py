"""One playlist that somebody watches, kept as its source has it for as long as anybody asks.

A task of its own reads it at the cadence of one client (RFC 8216bis, 6.3.4): a target duration after a
change, half of one after none. In the cluster one node does so, the one with the lease (`shelf`); the others
take what it puts there. Where players wait for what comes next (6.2.5.2), the reader waits with them at the
source: once, for all.

While the source fails, the last good copy goes on for a while; a list that is older than the last one is not
believed at once. A playlist that can't be had at all fails those who wait for it, and is forgotten.
"""

import asyncio
import contextlib
import time
from dataclasses import replace

from chassis import requests, tasks

from streamer.errors import StreamerError, UnexpectedError, UpstreamTimeout
from streamer.playlist.directives import NOTHING, Directives
from streamer.route import DOUBTS_AGE_S, Route
from streamer.shelf import STEADY_S, Copy, Place, Shelf

LEASE_MOST_S = 1.0
LEASE_LEAST_S = 0.3
FIRST_S = 20.0
"""How long the first copy may take: pages on the way to it included."""
LAST_GOOD_TARGETS = 5
"""For how many target durations a failing source's last good playlist is served."""
LATE_TARGETS = 3
"""For how many target durations a player has segments: it begins three before the end."""
BACKWARDS_TARGETS = 3
"""For how many a source may show an older list before it is taken for a fresh start."""
UNASKED_TARGETS = 4
UNASKED_LEAST_S = 12.0
"""For how long nobody may ask before the reading ends."""
BLOCKED_TARGETS = 3
"""6.2.5.2: nobody is held longer than that."""
AHEAD_MOST = 2
"""6.2.5.2: who asks for a segment further ahead than that is mistaken."""
FAILED_S = 1.0
"""How long a failure is the answer without asking the source again."""


class Rendition:
    """A playlist and its reader. Owned by `Playlists`, which runs `keep` and forgets it when that ends."""

    def __init__(self, place: Place, route: Route, shelf: Shelf) -> None:
        self._place = place
        self._route = route
        self._shelf = shelf
        self._copy: Copy | None = None
        self._error: StreamerError | None = None
        self._waiting: list[asyncio.Future[None]] = []
        self._due_at = 0.0
        self._asked_at = self._now()
        self._blocked_at = float("-inf")
        self._blocked_somewhere = False
        self._doubted_at = float("-inf")
        self._hurry = asyncio.Event()
        self._is_over = False
        """Whether nobody reads any more: it may still be asked, until it has given its lease back."""
        self._is_left_over = False
        """Whether the copy is of a time when somebody watched: to go on from, but no answer yet."""

    @property
    def copy(self) -> Copy | None:
        """What there is."""
        return self._copy

    @property
    def error(self) -> StreamerError | None:
        """Why there is none, or none that is good."""
        return self._error

    @property
    def is_late(self) -> bool:
        """Whether a live playlist had nothing new for so long that its players run dry."""
        copy = self._copy
        if copy is None or copy.ended or copy.multivariant or copy.steady:
            return False
        return copy.unchanged_s + copy.age_s() > LATE_TARGETS * copy.target_s

    # what players ask

    def known(self) -> Copy | None:
        """Return the playlist if it is here and good, and note that it was asked for."""
        copy, self._asked_at = self._copy, self._now()
        if copy is None or self._is_left_over:
            return None
        return copy if self._asked_at - copy.read_at <= self._good_s(copy) else None

    async def current(self, directives: Directives = NOTHING) -> Copy:
        """Return the playlist, once what `directives` ask for is in it.

        Raises
        ------
        StreamerError
            If it can't be had, or is too old by now.
        """
        self._asked_at = now = self._now()
        copy = self._copy
        if copy is None or self._is_left_over or now - copy.read_at > self._good_s(copy):
            copy = await self._next()
        if directives.sequence < 0 or not copy.blocking or satisfied(copy, directives):
            return copy
        if directives.sequence - copy.next_sequence > AHEAD_MOST:
            return copy
        return await self._blocked(copy, directives)

    async def _next(self) -> Copy:
        if self._is_over or (self._error is not None and self._copy is not None):
            raise self._error or UpstreamTimeout("the source")
        try:
            async with asyncio.timeout(FIRST_S):
                await self._news()
        except TimeoutError as error:
            raise UpstreamTimeout("the source") from error
        if self._error is not None or self._copy is None:
            raise self._error or UpstreamTimeout("the source")
        return self._copy

    async def _blocked(self, copy: Copy, directives: Directives) -> Copy:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(copy.target_s * BLOCKED_TARGETS):
                while not satisfied(copy, directives) and self._error is None:
                    self._block()
                    await self._news()
                    copy = self._copy or copy
        return copy

    def _block(self) -> None:
        """Let the reader know that somebody waits, unless it does: it may be another node's."""
        is_known, now = self._blocks_s() > 0, self._now()
        self._blocked_at = self._asked_at = now
        if not is_known or self._due_at > now:
            self._due_at = now
            self._hurry.set()

    async def _news(self) -> None:
        news: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(news)
        await news

    def doubt(self, via: int) -> None:
        """Note that a segment of a stream could not be had: perhaps another stream is better."""
        if self._copy is not None and self._copy.via == via:
            self._take_doubts(self._route.doubts + 1)

    def _take_doubts(self, doubts: int) -> None:
        """Note how many segments failed of late; what is long ago is forgotten."""
        if self._now() - self._doubted_at > DOUBTS_AGE_S:
            self._route.doubts = min(self._route.doubts, doubts)
        if doubts > self._route.doubts:
            self._route.doubts, self._doubted_at = doubts, self._now()
            if self._route.is_doubted:
                self._due_at = self._now()
                self._hurry.set()

    # what keeps it

    async def keep(self) -> None:
        """Read, publish, wait; until nobody asks, or the first reading failed."""
        leads = False
        try:
            while self._wanted():
                leads = await self._turn()
                if leads and self._now() >= self._due_at:
                    await self._renew()
                if self._copy is None and self._error is not None:
                    return
                requests.forget()  # from here on it is read for all who watch
                await self._rest(self._pause_s(leads=leads))
        except Exception:
            self._error = UnexpectedError()
            raise
        finally:
            self._is_over = True
            self._wake()
            self._route.close()
            if leads:
                await self._shelf.leave(self._place)

    async def _rest(self, pause_s: float) -> None:
        self._hurry.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._hurry.wait()

    def told(self, copy: Copy) -> None:
        """Take what another node put on the shelf.

        Both may have read for themselves while Redis was away, and this one be ahead: then its players stay
        where they are until the other has caught up.
        """
        if self._copy is not None and _runs_backwards(copy, self._copy):
            return
        self._take(copy)
        self._due_at = self._next_due(copy, copy.read_at)

    async def _turn(self) -> bool:
        turn = await self._shelf.turn(self._place, self._copy, self._lease_s(), self._blocks_s())
        if turn.blocks and not self._someone_blocks():
            self._due_at = min(self._due_at, self._now())
        self._blocked_somewhere = turn.blocks
        if turn.copy is not None and (self._copy is None or turn.copy.age_s() < self._copy.age_s()):
            self._adopt(turn.copy, leads=turn.leads)
        self._take_doubts(turn.doubts)
        if turn.copy is None and turn.known_age_s is not None and self._copy is not None:
            read_at = max(self._copy.read_at, self._now() - turn.known_age_s)
            self._copy = replace(self._copy, read_at=read_at)
        return turn.leads

    def _adopt(self, copy: Copy, *, leads: bool) -> None:
        """Take what lies on the shelf.

        Where the last viewer has left it may lie there for a minute. A player that began with it would reach
        its end, and then find a list that has gone on by more than it holds.
        """
        if self._copy is None and leads and copy.age_s() > self._due_s(copy):
            self._copy, self._is_left_over = copy, True
        else:
            self.told(copy)

    async def _renew(self) -> None:
        """Read from the source, tell everybody, then take it."""
        began, old = self._now(), self._copy
        try:
            copy = await self._read(old)
        except StreamerError as error:
            self._failed(error)
            return
        if copy is None:
            return
        if old is not None and _runs_backwards(copy, old):
            copy = replace(old, read_at=self._now(), unchanged_s=old.unchanged_s + self._now() - old.read_at)
        if await self._shelf.put(self._place, copy):
            self._take(copy)
            self._due_at = self._next_due(copy, began)

    async def _read(self, old: Copy | None) -> Copy | None:
        """Read from the source; None if another node took the lease meanwhile.

        It is renewed for as long as the source takes, which may be long: it fails, or holds the answer until
        there is news. Otherwise one node after the other would ask as well, and what they get may differ.
        """
        reading: asyncio.Task[Copy | StreamerError] = tasks.spawn(self._attempt(old), "read")
        try:
            while not (await asyncio.wait({reading}, timeout=self._lease_s() / 2))[0]:
                if not await self._turn():
                    return None
        finally:
            reading.cancel()
        if isinstance(result := reading.result(), StreamerError):
            raise result
        return result

    async def _attempt(self, old: Copy | None) -> Copy | StreamerError:
        try:
            return await self._route.read(old, self._question())
        except StreamerError as error:
            return error

    def _question(self) -> str:
        """Return what to ask the source to wait for: nothing, unless players wait for it here."""
        copy = self._copy
        if copy is None or not copy.blocking or not self._someone_blocks():
            return ""
        part = f"&_HLS_part={copy.next_part}" if copy.parts else ""
        return f"_HLS_msn={copy.next_sequence - copy.offset}{part}"

    def _someone_blocks(self) -> bool:
        """Whether players wait here, or at another node."""
        return self._blocks_s() > 0 or self._blocked_somewhere

    def _blocks_s(self) -> float:
        """Return for how long players may still wait here."""
        if self._copy is None or not self._copy.blocking:
            return 0.0
        return max(0.0, self._blocked_at + self._copy.target_s * BLOCKED_TARGETS - self._now())

    def _take(self, copy: Copy) -> None:
        self._copy, self._error, self._is_left_over = copy, None, False
        self._wake()

    def _failed(self, error: StreamerError) -> None:
        self._error = error if self._copy is None or self._too_old(self._copy) else None
        self._due_at = self._now() + (self._copy.target_s / 2 if self._copy else FAILED_S)
        if self._error is not None or self._is_left_over:
            self._is_left_over = False
            self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for news in waiting:
            if not news.done():
                news.set_result(None)

    def _next_due(self, copy: Copy, began: float) -> float:
        if copy.steady:
            return began + STEADY_S
        if copy.blocking and self._someone_blocks() and not copy.unchanged_s:
            return began  # what came back the same at once would be asked for without a pause
        return began + (copy.target_s / 2 if copy.unchanged_s else copy.target_s)

    def _wanted(self) -> bool:
        target_s = self._copy.target_s if self._copy else 0.0
        return self._now() - self._asked_at < max(UNASKED_LEAST_S, UNASKED_TARGETS * target_s)

    def _good_s(self, copy: Copy) -> float:
        return STEADY_S * 2 if copy.steady else copy.target_s * LAST_GOOD_TARGETS

    def _due_s(self, copy: Copy) -> float:
        return self._good_s(copy) if copy.steady else copy.target_s

    def _too_old(self, copy: Copy) -> bool:
        return copy.age_s() > self._good_s(copy)

    def _lease_s(self) -> float:
        if self._copy is None:
            return LEASE_MOST_S
        return min(LEASE_MOST_S, max(LEASE_LEAST_S, self._copy.target_s / 4))

    def _pause_s(self, *, leads: bool) -> float:
        tick_s = self._lease_s() / 2
        return max(0.0, min(tick_s, self._due_at - self._now())) if leads else tick_s

    @staticmethod
    def _now() -> float:
        return time.monotonic()


def satisfied(copy: Copy, directives: Directives) -> bool:
    """Whether a playlist has what a player waits for (6.2.5.2)."""
    if copy.ended or copy.next_sequence > directives.sequence:
        return True
    return copy.next_sequence == directives.sequence and -1 < directives.part < copy.next_part


def _runs_backwards(copy: Copy, old: Copy) -> bool:
    older = copy.sequence < old.sequence and not copy.multivariant
    return older and old.unchanged_s + old.age_s() < BACKWARDS_TARGETS * old.target_s
