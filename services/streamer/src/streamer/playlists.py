"""A channel's playlists, as players get them: found, read, sealed, shared.

Each playlist that somebody watches is a `Rendition` with a reader of its own; a request only looks at it. A
channel's streams are tried in order, the one that works first.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from chassis import tasks
from contracts import channel as records
from contracts.channel import Channel, Stream, StreamKind

from streamer import resolve
from streamer.errors import (
    ChannelNotFound,
    NoCapacity,
    StreamerError,
    TicketInvalid,
    UpstreamError,
    WrongKind,
)
from streamer.playlist.directives import NOTHING, Directives
from streamer.reader import MANIFEST, Reader
from streamer.rendition import FAILED_S, Rendition
from streamer.resolve import Directory, Located, Locator
from streamer.route import Route
from streamer.shelf import Copy, Place, Shelf
from streamer.slots import Slots
from streamer.tickets import Ticket, Tickets
from streamer.upstream import Upstream

T = TypeVar("T")

EXTENSIONS = {StreamKind.HLS: "m3u8", StreamKind.DASH: "mpd", StreamKind.TS: "ts"}
"""What each kind is asked for by."""
RENDITIONS_MOST = 4096
"""How many playlists one node keeps at a time."""

Failed = Callable[[str, str, UpstreamError], None]
"""Told of each stream that failed: channel, source, error."""


class Playlists:
    """All playlists of this process."""

    def __init__(
        self,
        *,
        directory: Directory,
        locator: Locator,
        upstream: Upstream,
        tickets: Tickets,
        shelf: Shelf,
        proxy_content: bool,
        failed: Failed,
        slots: Slots,
    ) -> None:
        self._directory = directory
        self._locator = locator
        self._shelf = shelf
        self._failed = failed
        self._slots = slots
        self._reader = Reader(
            upstream, tickets, self._located_place, self._located_again, proxy_content=proxy_content
        )
        self._renditions: dict[Place, Rendition] = {}
        self._keeping: set[asyncio.Task[None]] = set()
        self._failures: dict[Place, tuple[float, StreamerError]] = {}
        self._preferred: dict[str, int] = {}
        self._entries: dict[str, int] = {}
        self._sources: dict[tuple[str, int], str] = {}

    async def close(self) -> None:
        """End all reading."""
        for keeping in self._keeping:
            keeping.cancel()
        if self._keeping:
            await asyncio.wait(self._keeping)

    def __len__(self) -> int:
        """Return how many playlists are kept."""
        return len(self._renditions)

    def late(self) -> int:
        """Return how many playlists had nothing new for so long that players run dry."""
        return sum(kept.is_late for kept in self._renditions.values())

    async def entry(
        self, channel_id: str, kind: StreamKind = StreamKind.HLS, directives: Directives = NOTHING
    ) -> Copy:
        """Return what a player that tunes in gets: from the channel's first stream that works.

        Raises
        ------
        ChannelNotFound, WrongKind
            If there is no such channel, or none of that kind.
        UpstreamError
            The last stream's, if none works.
        """
        channel = await self._directory.channel(channel_id)
        index = next(resolve.in_order(channel, 0, kind), None)
        if index is None:
            raise _none_of_that(channel)
        if kind is StreamKind.HLS:
            self._entries[channel_id] = index
        place = Place(channel_id, index, MANIFEST if kind is StreamKind.DASH else "")
        return await self._at(place, "").current(directives)

    async def stream(self, channel_id: str, index: int) -> Copy:
        """Return what one of a channel's streams gives to a player that tunes in.

        Raises
        ------
        StreamerError
            As `entry`.
        """
        return await self._at(Place(channel_id, index), "").current()

    async def first_that_works(
        self, channel_id: str, kind: StreamKind, use: Callable[[int, Stream], Awaitable[T]]
    ) -> T:
        """Return what `use` makes of the channel's first stream, of one kind, with which it succeeds.

        Raises
        ------
        ChannelNotFound, WrongKind, UpstreamError
            As `entry`.
        """
        channel = await self._directory.channel(channel_id)
        last: StreamerError | None = None
        for index in resolve.in_order(channel, self._preferred.get(channel_id, 0), kind):
            try:
                result = await use(index, channel.streams[index])
            except UpstreamError as error:
                self._failed(channel_id, channel.streams[index].source, error)
                last = error
            except NoCapacity as error:
                last = error
            else:
                self._preferred[channel_id] = index
                return result
        if last is None:
            raise _none_of_that(channel)
        raise last

    async def check_spare(self, channel_id: str) -> None:
        """Make sure that a mere look at a channel does not take its source's last connection.

        Raises
        ------
        ChannelNotFound
            If there is no such channel.
        NoCapacity
            If it would.
        """
        if any(place.channel == channel_id for place in self._renditions):
            return
        for stream in (await self._directory.channel(channel_id)).streams[:1]:
            most = stream.max_connections
            if most is not None and await self._slots.in_use(stream.source) + 1 >= most:
                raise NoCapacity(f"{stream.source} has no connection to spare for a look")

    async def kind(self, channel_id: str) -> StreamKind:
        """Return what a channel's streams are.

        Raises
        ------
        ChannelNotFound
            If it has none.
        """
        kinds = await self._kinds(channel_id)
        return StreamKind.HLS if StreamKind.HLS in kinds else kinds[0]

    async def is_cut(self, channel_id: str) -> bool:
        """Whether a channel's HLS is to be cut here: it has none of its own, but endless MPEG-TS.

        Raises
        ------
        ChannelNotFound
            As `kind`.
        """
        kinds = await self._kinds(channel_id)
        return StreamKind.HLS not in kinds and StreamKind.TS in kinds

    async def _kinds(self, channel_id: str) -> list[StreamKind]:
        channel = await self._directory.channel(channel_id)
        if not channel.streams:
            raise ChannelNotFound(channel_id)
        return [stream.kind for stream in channel.streams]

    async def rendition(self, ticket: Ticket, directives: Directives = NOTHING) -> Copy:
        """Return the playlist that a ticket names, wherever it is by now.

        Raises
        ------
        TicketInvalid
            If the list has changed and there is no such stream any more.
        UpstreamError
            If the source fails.
        """
        await self.located(ticket.channel, ticket.stream)
        return await self._at(_place(ticket), ticket.address).current(directives)

    def known(self, ticket: Ticket) -> Copy | None:
        """Return the playlist that a ticket names, if it is here and good."""
        kept = self._renditions.get(_place(ticket))
        return None if kept is None else kept.known()

    def known_entry(self, channel_id: str) -> Copy | None:
        """Return a channel's HLS entry, if it is here and good."""
        kept = self._renditions.get(Place(channel_id, self._entries.get(channel_id, -1)))
        return None if kept is None else kept.known()

    async def lists(self, ticket: Ticket, sealed: str) -> bool:
        """Whether a playlist still has an address: one that is kept here, else the one that nodes share."""
        here = [
            kept.copy.content
            for place, kept in self._renditions.items()
            if place.channel == ticket.channel and kept.copy is not None
        ]
        if any(sealed.encode() in content for content in here):
            return True
        shared = await self._shelf.content(_place(ticket))
        return sealed.encode() in shared

    async def group(self, channel_id: str) -> str:
        """Return a channel's group.

        Raises
        ------
        ChannelNotFound, NoCapacity
            If there is no such channel, or nobody can say.
        """
        return (await self._directory.channel(channel_id)).group

    def target_s(self, ticket: Ticket) -> float | None:
        """Return the target duration of the playlist that named a ticket, where this node has it."""
        kept = self._renditions.get(_place(ticket))
        return None if kept is None or kept.copy is None else kept.copy.target_s

    async def located(self, channel_id: str, index: int) -> Located:
        """Return where a channel's stream is, and its headers."""
        channel = await self._directory.channel(channel_id)
        if index >= len(channel.streams):
            raise TicketInvalid
        return await self._locator.locate(channel.streams[index])

    async def is_bound(self, channel_id: str, index: int) -> bool:
        """Whether a stream's addresses may hold for nobody but who read them off their page."""
        channel = await self._directory.channel(channel_id)
        return index < len(channel.streams) and channel.streams[index].locator is not records.Locator.DIRECT

    def told(self, place: Place, copy: Copy) -> None:
        """Take what another node read, if anybody here watches it."""
        if (kept := self._renditions.get(place)) is not None:
            kept.told(copy)

    async def _located_place(self, place: Place) -> Located:
        return await self.located(place.channel, place.stream)

    async def _located_again(self, place: Place) -> Located:
        channel = await self._directory.channel(place.channel)
        if place.stream >= len(channel.streams):
            raise TicketInvalid
        self._locator.forget(channel.streams[place.stream])
        return await self.located(place.channel, place.stream)

    def _at(self, place: Place, hint: str) -> Rendition:
        """Return a place's playlist, its reader running."""
        if (kept := self._renditions.get(place)) is not None:
            return kept
        at, error = self._failures.get(place, (float("-inf"), None))
        if error is not None and time.monotonic() - at < FAILED_S:
            raise error
        if len(self._renditions) >= RENDITIONS_MOST:
            raise NoCapacity("playlists")

        made = self._renditions[place] = Rendition(place, self._route(place, hint), self._shelf)
        keeping = tasks.spawn(self._keep(place, made), "rendition")
        self._keeping.add(keeping)
        keeping.add_done_callback(self._keeping.discard)
        return made

    def _route(self, place: Place, hint: str) -> Route:
        async def read_from(via: int, old: Copy | None, question: str) -> Copy:
            return await self._reader.read(place, via, hint, old, question)

        async def streams() -> list[int]:
            """Failover stays within a kind."""
            channel = await self._directory.channel(place.channel)
            if place.stream >= len(channel.streams):
                raise TicketInvalid
            for index, stream in enumerate(channel.streams):
                self._sources[channel.id, index] = stream.source
            return list(resolve.in_order(channel, place.stream, channel.streams[place.stream].kind))

        def failed(via: int, error: UpstreamError) -> None:
            self._failed(place.channel, self._sources.get((place.channel, via), ""), error)

        async def answers(via: int) -> None:
            await self._reader.look(replace(place, stream=via))

        return Route(place, read_from, streams, failed, answers)

    async def has_substitute(self, ticket: Ticket) -> bool:
        """Whether another of the channel's streams could be played instead."""
        channel = await self._directory.channel(ticket.channel)
        if ticket.stream >= len(channel.streams):
            raise TicketInvalid
        own = channel.streams[ticket.stream].kind
        return any(index != ticket.stream for index in resolve.in_order(channel, ticket.stream, own))

    def doubt(self, ticket: Ticket) -> None:
        """Note that a body could not be had: perhaps another of the channel's streams is better."""
        for place, kept in self._renditions.items():
            if place.channel == ticket.channel:
                kept.doubt(ticket.stream)
        tasks.spawn(self._shelf.doubt(ticket.channel, ticket.stream), "doubt")

    async def _keep(self, place: Place, made: Rendition) -> None:
        try:
            await made.keep()
        finally:
            del self._renditions[place]
            self._reader.forget(place)
            self._failures.pop(place, None)
            if made.error is not None:
                self._failures = {
                    other: failure
                    for other, failure in self._failures.items()
                    if time.monotonic() - failure[0] < FAILED_S
                }
                self._failures[place] = time.monotonic(), made.error


def _place(ticket: Ticket) -> Place:
    return Place(ticket.channel, ticket.stream, ticket.rendition)


def _none_of_that(channel: Channel) -> Exception:
    if not channel.streams:
        return ChannelNotFound(channel.id)
    return WrongKind(channel.id, EXTENSIONS[channel.streams[0].kind])
