"""A channel's playlists, as players get them: read from the source, sealed, shared.

A request is answered from this process's copy while it is fresh (half a target duration), else from
the copy that another node just put on the shelf, else from the source. While the source fails, the last
good copy goes on for a while; a source that answers with something older than before is not believed at once.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from contracts.channel import Channel, Stream, StreamKind

from streamer import manifest, resolve
from streamer.errors import (
    ChannelNotFound,
    TicketInvalid,
    UpstreamError,
    UpstreamNotPlaylist,
    UpstreamRefused,
    WrongKind,
)
from streamer.playlist.directives import NOTHING, Directives
from streamer.playlist.grammar import Playlist, is_playlist, parse, write
from streamer.playlist.rewrite import Reference, rewrite
from streamer.resolve import Directory, Located, Locator
from streamer.seal import Sealer, addresses_in
from streamer.shelf import Copy, Place, Shelf
from streamer.tickets import Thing, Ticket, Tickets
from streamer.upstream import Upstream

T = TypeVar("T")

EXTENSIONS = {StreamKind.HLS: "m3u8", StreamKind.DASH: "mpd", StreamKind.TS: "ts"}
"""What each kind is asked for by."""
MANIFEST = "mpd"
"""The rendition of a DASH stream: its manifest is one for all."""
STATIC_MANIFEST_S = 30.0

AHEAD_MOST = 2
"""6.2.5.2: who asks for a segment further ahead than that is mistaken."""

COPIES_MOST = 4096
POLL_S = 0.04
LEASE_S = 1.0
LAST_GOOD_TARGETS = 5
"""For how many target durations a failing source's last good playlist is served."""
BACKWARDS_TARGETS = 3
"""For how many a source may show an older list before it is taken for a fresh start."""

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
    ) -> None:
        self._directory = directory
        self._locator = locator
        self._upstream = upstream
        self._tickets = tickets
        self._shelf = shelf
        self._proxy_content = proxy_content
        self._failed = failed
        self._copies: OrderedDict[Place, Copy] = OrderedDict()
        self._given: dict[Place, dict[str, str]] = {}
        self._reading: dict[Place, asyncio.Lock] = {}
        self._preferred: dict[str, int] = {}

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
        rendition = MANIFEST if kind is StreamKind.DASH else ""

        async def read(index: int, _: Stream) -> Copy:
            return await self._at(Place(channel_id, index, rendition), directives, self._entry_address)

        return await self.first_that_works(channel_id, kind, read)

    async def stream(self, channel_id: str, index: int) -> Copy:
        """Return what one of a channel's streams gives to a player that tunes in.

        Raises
        ------
        StreamerError
            As `entry`.
        """
        return await self._at(Place(channel_id, index), NOTHING, self._entry_address)

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
        last: UpstreamError | None = None
        for index in resolve.in_order(channel, self._preferred.get(channel_id, 0), kind):
            try:
                result = await use(index, channel.streams[index])
            except UpstreamError as error:
                self._failed(channel_id, channel.streams[index].source, error)
                last = error
            else:
                self._preferred[channel_id] = index
                return result
        if last is None:
            raise _none_of_that(channel)
        raise last

    async def kind(self, channel_id: str) -> StreamKind:
        """Return what a channel's streams are.

        Raises
        ------
        ChannelNotFound
            If it has none.
        """
        channel = await self._directory.channel(channel_id)
        if not channel.streams:
            raise ChannelNotFound(channel_id)
        kinds = [stream.kind for stream in channel.streams]
        return StreamKind.HLS if StreamKind.HLS in kinds else kinds[0]

    async def rendition(self, ticket: Ticket, directives: Directives = NOTHING) -> Copy:
        """Return the playlist that a ticket names, wherever it is by now.

        Raises
        ------
        TicketInvalid
            If the list has changed and there is no such stream any more.
        UpstreamError
            If the source fails.
        """

        async def address(place: Place) -> tuple[Located, str]:
            return await self.located(place.channel, place.stream), ticket.address

        return await self._at(Place(ticket.channel, ticket.stream, ticket.rendition), directives, address)

    async def located(self, channel_id: str, index: int) -> Located:
        """Return where a channel's stream is, and its headers."""
        channel = await self._directory.channel(channel_id)
        if index >= len(channel.streams):
            raise TicketInvalid
        return await self._locator.locate(channel.streams[index])

    async def _entry_address(self, place: Place) -> tuple[Located, str]:
        located = await self.located(place.channel, place.stream)
        return located, located.address

    async def _at(self, place: Place, directives: Directives, address: "Address") -> Copy:
        """Return the place's copy; where a player waits for what comes next, wait with it at the source.

        All who wait for the same wait once. What is there already, a source that does not block, and a
        number too far ahead are answered at once: nobody makes us ask for whatever he likes.
        """
        copy = await self._current(place, address)
        ahead = directives.sequence - copy.next_sequence
        if not copy.blocking or not 0 <= ahead <= AHEAD_MOST:
            return copy
        return await self._current(replace(place, directives=directives.query), address)

    async def _current(self, place: Place, address: "Address") -> Copy:
        copy = self._copies.get(place)
        if copy is not None and copy.left_s() > 0:
            return copy
        async with self._reading.setdefault(place, asyncio.Lock()):
            copy = self._copies.get(place)
            if copy is not None and copy.left_s() > 0:
                return copy
            return await self._renew(place, address, copy)

    async def _renew(self, place: Place, address: "Address", old: Copy | None) -> Copy:
        shared = await self._from_shelf(place, old)
        if shared is not None:
            self._given[place.rendering] = addresses_in(shared.content, self._tickets)
            return self._keep(place, shared)
        try:
            fresh = await self._read(place, address, old)
        except UpstreamError:
            if old is not None and old.age_s() < LAST_GOOD_TARGETS * old.target_s:
                return old
            raise
        await self._shelf.put(place, fresh)
        return self._keep(place, fresh)

    async def _from_shelf(self, place: Place, old: Copy | None) -> Copy | None:
        """Return another node's fresh copy; None if this node is to read for itself."""
        lease_s = min(LEASE_S, old.fresh_s / 2) if old else LEASE_S
        ends_at = time.monotonic() + lease_s * 1.5
        while True:
            copy = await self._shelf.newest(place)
            if copy is not None and copy.left_s() > 0:
                return copy
            if time.monotonic() > ends_at or await self._shelf.lease(place, lease_s):
                return None
            await asyncio.sleep(POLL_S)

    async def _read(self, place: Place, address: "Address", old: Copy | None) -> Copy:
        located, hint = await address(place)
        try:
            text, base = await self._text(located, hint, place)
        except UpstreamRefused:
            located, hint = await self._found_again(place)
            text, base = await self._text(located, hint, place)
        if place.rendition == MANIFEST:
            return self._sealed_manifest(place, text, base)
        playlist = parse(text)
        if old is not None and _runs_backwards(playlist, old):
            return _checked(old)
        return self._sealed(place, playlist, base, old)

    async def _text(self, located: Located, hint: str, place: Place) -> tuple[str, str]:
        async with await self._upstream.open(located.stream, _with_query(hint, place.directives)) as answer:
            text = await answer.text()
            if not (manifest.is_manifest if place.rendition == MANIFEST else is_playlist)(text):
                raise UpstreamNotPlaylist(answer.host, _what(text))
            return text, answer.address

    async def _found_again(self, place: Place) -> tuple[Located, str]:
        """Look for an address that expired: the stream's own, and the rendition's by its name."""
        channel = await self._directory.channel(place.channel)
        self._locator.forget(channel.streams[place.stream])
        located = await self.located(place.channel, place.stream)
        if place.rendition in ("", MANIFEST):
            return located, located.address
        text, base = await self._text(located, located.address, Place(place.channel, place.stream))
        found = {reference.rendition: reference.address for reference in references(parse(text), base)}
        if place.rendition not in found:
            raise UpstreamNotPlaylist("the source", "a list without this rendition")
        return located, found[place.rendition]

    def _sealed_manifest(self, place: Place, text: str, base: str) -> Copy:
        def seal(address: str) -> str:
            ticket = Ticket(Thing.TEMPLATE, place.channel, place.stream, place.rendition, -1, address)
            return self._tickets.seal(ticket)

        try:
            sealed = manifest.rewrite(text, base, seal)
        except ValueError as error:
            raise UpstreamNotPlaylist(base, "broken XML") from error
        now = time.monotonic()
        period_s = STATIC_MANIFEST_S if sealed.period_s is None else min(sealed.period_s, STATIC_MANIFEST_S)
        return Copy(sealed.content, 0, period_s, False, False, now, now)

    def _sealed(self, place: Place, playlist: Playlist, base: str, old: Copy | None) -> Copy:
        known = self._given.get(place.rendering, {})
        sealer = Sealer(place, self._tickets, known, proxy_content=self._proxy_content)
        content = write(rewrite(playlist, base, sealer)).encode()
        self._given[place.rendering] = sealer.given
        now = time.monotonic()
        unchanged = old is not None and old.content == content
        return Copy(
            content=content,
            sequence=playlist.media_sequence,
            target_s=playlist.target_duration_s,
            multivariant=playlist.is_multivariant,
            ended=playlist.ended,
            next_sequence=playlist.next_sequence,
            blocking=playlist.can_block_reload,
            read_at=now,
            changed_at=old.changed_at if old is not None and unchanged else now,
        )

    def _keep(self, place: Place, copy: Copy) -> Copy:
        self._copies[place] = copy
        self._copies.move_to_end(place)
        while len(self._copies) > COPIES_MOST:
            gone, _ = self._copies.popitem(last=False)
            self._given.pop(gone.rendering, None)
            self._reading.pop(gone, None)
        return copy


Address = Callable[[Place], Awaitable[tuple[Located, str]]]


def references(playlist: Playlist, base: str) -> list[Reference]:
    """Return all that a playlist refers to."""
    found: list[Reference] = []
    rewrite(playlist, base, found.append)
    return found


def _runs_backwards(playlist: Playlist, old: Copy) -> bool:
    older = playlist.media_sequence < old.sequence and not playlist.is_multivariant
    return older and time.monotonic() - old.changed_at < BACKWARDS_TARGETS * old.target_s


def _checked(old: Copy) -> Copy:
    return replace(old, read_at=time.monotonic())


def _with_query(address: str, directives: str) -> str:
    if not directives:
        return address
    return f"{address}{'&' if '?' in address else '?'}{directives}"


def _what(text: str) -> str:
    start = text.lstrip()[:15].lower()
    if start.startswith(("<!doctype", "<html")):
        return "a web page"
    return "an empty body" if not start else "something else"


def _none_of_that(channel: Channel) -> Exception:
    if not channel.streams:
        return ChannelNotFound(channel.id)
    return WrongKind(channel.id, EXTENSIONS[channel.streams[0].kind])
