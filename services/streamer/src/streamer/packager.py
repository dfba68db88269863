"""Channels that come as endless MPEG-TS, given out as HLS.

One node of the cluster, the one with the playlist's lease (`shelf`), reads the channel and cuts it
(`segmenter`); it keeps segments where all nodes find them and then puts the playlist on the shelf, so that no
playlist names a segment that is not there. The others pass both on. When that node dies, the next to be asked
takes over where the playlist ended: numbers go on, and a discontinuity is marked. Work ends some time after
the last viewer.

Segments stay with the node that cuts until somebody asks for them. Where other nodes have viewers it gives
them at once, and when it leaves it gives what is listed: so a playlist outlives its node. Whoever takes over
lists only what is still to be had.

The trap: two nodes may cut the same channel for a moment, at other places. A segment's address therefore
names the run that made it, so that one number of two runs is two segments.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from chassis import tasks
from chassis.logging import get_logger

from streamer.errors import StreamerError, UpstreamError, UpstreamTimeout
from streamer.relay import Relay
from streamer.segmenter import Entry, Segment, Segmenter, Window
from streamer.shelf import Copy, Place, Shelf
from streamer.tickets import Thing, Ticket, Tickets

log = get_logger("packager")

RENDITION = "hls"
LEASE_S = 2.5
"""A player that starts has three segments: a node that died is replaced before they are played."""
RENEW_S = 0.8
WANTED_S = 20.0
"""Longer than any player waits between two looks at the playlist."""
KEPT_S = 60.0
"""How long a segment is kept: the shelf keeps its playlist for as long."""
START_MOST_S = 15.0
"""How long a player waits for a channel's first segment."""
PATIENCE_S = 30.0
"""How long a channel that has viewers may stay without a new segment before its work is given up."""
GONE_S = 12.0
"""A playlist that nobody has gone on with for so long is shown to no player any more."""
PAUSE_S = 1.0
POLL_S = 0.15
SHARED_AGE_S = 1.0
"""For how long another node's playlist is passed on without a look or news: then it may have died."""
LOOK_MOST_S = WANTED_S / 4
"""And with news: that this node has viewers has to be said now and then."""

Tune = Callable[[str], AbstractAsyncContextManager[AsyncIterator[bytes]]]
"""Opens a channel as endless MPEG-TS. Raises a `StreamerError` where it can't be had, or breaks."""


class Packager:
    """The channels that this process cuts, and those that others cut for it."""

    def __init__(self, *, tune: Tune, relay: Relay, shelf: Shelf, tickets: Tickets) -> None:
        self._tune = tune
        self._relay = relay
        self._shelf = shelf
        self._tickets = tickets
        self._runs: dict[str, Run] = {}
        self._shared: dict[str, Shared] = {}
        self._looking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """Each for as long as anybody has it or waits for it."""

    @property
    def under_way(self) -> int:
        """How many channels are cut here."""
        return len(self._runs)

    async def playlist(self, channel_id: str) -> Copy:
        """Return the channel's playlist.

        Raises
        ------
        StreamerError
            If no segment is to be had: the source's failure, or a timeout.
        """
        if (run := self._runs.get(channel_id)) is not None and await self._leads(run):
            return await run.playlist()
        if (shared := self._fresh(channel_id)) is not None:
            return shared
        lock = self._looking.setdefault(channel_id, asyncio.Lock())
        async with lock:
            return self._fresh(channel_id) or await self._shared_or_own(channel_id)

    async def close(self) -> None:
        """End all work, so that another node goes on at once."""
        await asyncio.gather(*(self._hand_over(run) for run in list(self._runs.values())))

    async def _hand_over(self, run: "Run") -> None:
        await self._relay.give(map(self._name, run.window.addresses))
        await run.end()

    def _fresh(self, channel_id: str) -> Copy | None:
        shared = self._shared.get(channel_id)
        return shared.copy if shared is not None and shared.is_good() else None

    async def _shared_or_own(self, channel_id: str) -> Copy:
        """Return what another node made, or begin to make it."""
        ends_at = time.monotonic() + START_MOST_S
        while time.monotonic() < ends_at:
            turn = await self._shelf.turn(place_of(channel_id), None, LEASE_S)
            if (run := self._runs.get(channel_id)) is not None and run.leads:
                return await run.playlist()
            if turn.leads:
                return await (await self._begin(channel_id, turn.copy)).playlist()
            await self._shelf.watch(place_of(channel_id), WANTED_S)
            if turn.copy is not None:
                self._share(channel_id, turn.copy)
                return turn.copy
            await asyncio.sleep(POLL_S)
        raise UpstreamTimeout("the node that reads this channel")

    async def _leads(self, run: "Run") -> bool:
        """Whether a run's playlist is the channel's: a node that was stopped for a while has to ask."""
        if time.monotonic() - run.stood_at > LEASE_S:
            await self._stand(run)
        return run.leads

    async def _stand(self, run: "Run") -> None:
        """Keep the lease; see how things stand."""
        place = place_of(run.channel_id)
        turn = await self._shelf.turn(place, run.copy, LEASE_S)
        run.stood(leads=turn.leads, is_shared=await self._shelf.is_watched(place))

    def _share(self, channel_id: str, copy: Copy) -> None:
        now = time.monotonic()
        self._shared = {key: kept for key, kept in self._shared.items() if now - kept.looked_at < KEPT_S}
        self._shared[channel_id] = Shared(copy, looked_at=now, seen_at=now)

    def told(self, place: Place, copy: Copy) -> None:
        """Take what another node put on the shelf, if anybody here watches it."""
        if place.rendition == RENDITION and (shared := self._shared.get(place.channel)) is not None:
            self._shared[place.channel] = replace(shared, copy=copy, seen_at=time.monotonic())

    async def _begin(self, channel_id: str, old: Copy | None) -> "Run":
        window = Window(_first_number()) if old is None else await self._going_on(old)
        if (running := self._runs.get(channel_id)) is not None:
            return running
        run = self._runs[channel_id] = Run(self, channel_id, window, continues=old is not None)
        run.task = tasks.spawn(self._work(channel_id, run), f"package {channel_id}")
        log.info("packaging.started", channel=channel_id, first=run.window.next_number)
        return run

    async def _going_on(self, old: Copy) -> Window:
        """Return the window to go on with after another run's playlist: what of it is still to be had."""
        window = Window.read(old.content.decode())
        names = [self._name(address) for address in window.addresses]
        if old.age_s() > GONE_S:
            window.drop(len(names))
        else:
            window.drop(_lost(await asyncio.gather(*(self._relay.recall(name, KEPT_S) for name in names))))
        return window

    def _name(self, address: str) -> str:
        return self._tickets.open(address.rpartition("/")[2].partition(".")[0]).name

    async def _work(self, channel_id: str, run: "Run") -> None:
        why = "ended"
        try:
            async with tasks.background(lambda: self._watch(run), f"lead {channel_id}"):
                why = await run.work(self._tune)
        finally:
            self._runs.pop(channel_id, None)
            if run.leads:
                await self._shelf.leave(place_of(channel_id))
            log.info("packaging.ended", channel=channel_id, why=why, next=run.window.next_number)

    async def _watch(self, run: "Run") -> None:
        """Keep the lease while anybody wants the work."""
        while run.leads and run.is_wanted:
            await asyncio.sleep(RENEW_S)
            await self._stand(run)
        run.stop()

    async def publish(self, run: "Run", segment: Segment, expected_s: float) -> None:
        """Put a segment, then the playlist with it, where everybody finds them."""
        ticket = Ticket(Thing.CUT, run.channel_id, 0, RENDITION, run.window.next_number, run.name)
        await self._relay.keep(ticket.name, segment.content, KEPT_S, give=run.is_shared)
        address = f"/content/{self._tickets.seal(ticket)}.ts"
        run.window.add(
            Entry(address, segment.duration_s, segment.is_broken, segment.is_independent), expected_s
        )
        copy = copy_of(run.window)
        if await self._shelf.put(place_of(run.channel_id), copy):
            run.show(copy)
        else:
            run.stood(leads=False, is_shared=False)
            run.stop()


@dataclass(frozen=True, slots=True)
class Shared:
    """What another node makes of a channel; when it was looked for, and when it was last seen or told."""

    copy: Copy
    looked_at: float
    seen_at: float

    def is_good(self) -> bool:
        """Whether it can be passed on without a look."""
        now = time.monotonic()
        return now - self.seen_at < SHARED_AGE_S and now - self.looked_at < LOOK_MOST_S


class Run:
    """One node's work on one channel. Owned by the `Packager`."""

    def __init__(self, packager: Packager, channel_id: str, window: Window, *, continues: bool) -> None:
        self._packager = packager
        self.channel_id = channel_id
        self.name = secrets.token_hex(6)
        self.window = window
        self._continues = continues
        self._copy = copy_of(window) if window.addresses else None
        self._shown = asyncio.Event()
        self._stopping = asyncio.Event()
        self._error: StreamerError | None = None
        self._wanted_at = time.monotonic()
        self.stood_at = time.monotonic()
        self.leads = True
        self.is_shared = False
        self.task: asyncio.Task[None] | None = None

    @property
    def copy(self) -> Copy | None:
        """The playlist as it is now."""
        return self._copy

    @property
    def is_wanted(self) -> bool:
        """Whether somebody asked this node lately, or any other."""
        return self.is_shared or time.monotonic() - self._wanted_at < WANTED_S

    async def playlist(self) -> Copy:
        """Return the playlist; wait for the first."""
        self._wanted_at = time.monotonic()
        return self._copy or await self._first()

    async def _first(self) -> Copy:
        try:
            async with asyncio.timeout(START_MOST_S):
                await self._shown.wait()
        except TimeoutError as error:
            raise UpstreamTimeout("the source") from error
        if self._copy is None:
            raise self._error or UpstreamTimeout("the source")
        return self._copy

    def show(self, copy: Copy) -> None:
        """Take a playlist for the current one."""
        self._copy = copy
        self._shown.set()

    def stood(self, *, leads: bool, is_shared: bool) -> None:
        """Note how things stood just now: who has the lease, and whether other nodes have viewers."""
        self.stood_at, self.leads, self.is_shared = time.monotonic(), leads, is_shared

    def stop(self) -> None:
        """Let the work end."""
        self._stopping.set()

    async def end(self) -> None:
        """Stop, and wait for the end."""
        self.stop()
        if self.task is not None:
            await asyncio.wait({self.task})

    async def work(self, tune: Tune) -> str:
        """Cut the channel until it is to stop or can't be had; return why it ended."""
        cutting = tasks.spawn(self._cut(tune), f"cut {self.channel_id}")
        stopping = tasks.spawn(self._stopping.wait(), f"stop {self.channel_id}")
        try:
            await asyncio.wait({cutting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return "failed" if cutting.done() else "not wanted" if self.leads else "taken over"
        finally:
            for task in (cutting, stopping):
                task.cancel()
            await asyncio.wait({cutting, stopping})
            self._shown.set()

    async def _cut(self, tune: Tune) -> None:
        """Cut the channel until it has given nothing for too long, though it may go on sending."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S) as patience:
                await self._cut_patiently(tune, patience)

    async def _cut_patiently(self, tune: Tune, patience: asyncio.Timeout) -> None:
        """Cut the channel, tuned anew where it breaks."""
        segmenter, loop = Segmenter(), asyncio.get_running_loop()
        if self._continues:
            segmenter.restart()
        while True:
            try:
                async with tune(self.channel_id) as pieces:
                    async for piece in pieces:
                        for segment in segmenter.feed(piece):
                            await self._packager.publish(self, segment, segmenter.expected_s)
                            patience.reschedule(loop.time() + PATIENCE_S)
            except StreamerError as error:
                self._error = error
                log.info("packaging.interrupted", channel=self.channel_id, code=error.code)
                if self._copy is None or not isinstance(error, UpstreamError):
                    return
            segmenter.restart()
            await asyncio.sleep(PAUSE_S)


def _first_number() -> int:
    """Return a number that the channel can't have had before, though nobody has watched it for long.

    It grows by one in two seconds, and segments are longer.
    """
    return int(time.time() / 2)


def _lost(here: Sequence[bool]) -> int:
    """Return how many segments to drop, so that none of those that stay is lost."""
    return max((at + 1 for at, is_here in enumerate(here) if not is_here), default=0)


def place_of(channel_id: str) -> Place:
    """Return where a channel's playlist lies on the shelf: it is one, whichever stream it is cut from."""
    return Place(channel_id, 0, RENDITION)


def copy_of(window: Window) -> Copy:
    """Return a window as players get it."""
    now = time.monotonic()
    return Copy(
        content=window.write().encode(),
        sequence=window.first_number,
        target_s=window.target_s,
        multivariant=False,
        ended=False,
        read_at=now,
        next_sequence=window.next_number,
    )
