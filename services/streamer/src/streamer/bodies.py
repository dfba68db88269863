"""Segments, parts, maps and keys: from memory, or joined to the one fetch that brings them."""

import asyncio
import re
import time
from dataclasses import dataclass
from functools import partial

from contracts.channel import Stream

from streamer.cache import Cached
from streamer.egress import Egress
from streamer.errors import RangeInvalid, SegmentGone, UpstreamBroken, UpstreamError
from streamer.playlists import Playlists
from streamer.relay import Elsewhere, Reading, Relay
from streamer.tickets import Thing, Ticket, Tickets
from streamer.upstream import Answer, Upstream
from streamer.wire import Choose

KEPT_TARGETS = 12
"""For how many target durations a body is kept: longer than live playlists are, for late viewers."""
KEPT_S = 60.0
"""How long where the target duration is not known."""
KEPT_LEAST_S = 20.0
PATIENCE_S = 8.0
"""How long a body is asked for that is not to be had: many players give up after ten seconds."""
AGAIN_S = 1.0
KEPT_MOST_S = 180.0
DIGITS = re.compile("[0-9]{1,40}")
"""Of a Range: other scripts' digits are none, and nobody means a number of thousands of them."""


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes `first` to `last`, both included, of a body."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """How many bytes it is."""
        return self.last - self.first + 1


class Bodies:
    """All that is fetched once for many."""

    def __init__(
        self, relay: Relay, upstream: Upstream, playlists: Playlists, tickets: Tickets, egress: Egress
    ) -> None:
        self._relay = relay
        self._upstream = upstream
        self._playlists = playlists
        self._tickets = tickets
        self._egress = egress

    def cached(self, ticket: Ticket) -> Cached | None:
        """Return the whole body if it is here."""
        return self._relay.cached(ticket.name)

    def join(self, ticket: Ticket) -> Reading:
        """Join the fetch of the ticket's body, or start it."""
        return self._relay.join(
            ticket.name, partial(self._open, ticket), self._keep_s(ticket), self._elsewhere(ticket)
        )

    async def whole(self, ticket: Ticket) -> Cached:
        """Return the whole body.

        Raises
        ------
        StreamerError
            If it can't be had.
        """
        keep_s = self._keep_s(ticket)
        return await self._relay.whole(
            ticket.name, partial(self._open, ticket), keep_s, self._elsewhere(ticket)
        )

    def _elsewhere(self, ticket: Ticket) -> Elsewhere | None:
        """Return who fetches the body instead, where its address may be bound to another way out."""
        if ticket.egress in ("", self._tickets.egress):
            return None

        async def ask() -> bytes | None:
            if not await self._playlists.is_bound(ticket.channel, ticket.stream):
                return None
            return await self._egress.bring(ticket.name, ticket.egress, self._tickets.seal(ticket))

        return ask

    async def asked(self, sealed: str) -> tuple[str, bytes | memoryview]:
        """Return a body that a node with another way out asks for, and its name."""
        ticket = self._tickets.open(sealed)
        return ticket.name, (await self.whole(ticket)).read()

    def _keep_s(self, ticket: Ticket) -> float:
        target_s = self._playlists.target_s(ticket)
        return min(KEPT_MOST_S, max(KEPT_LEAST_S, target_s * KEPT_TARGETS)) if target_s else KEPT_S

    async def body(self, channel_id: str, index: int, stream: Stream) -> Answer:
        """Open a stream whose own address is its body."""
        del channel_id, index
        return await self._upstream.open(stream, stream.address)

    async def read(self, channel_id: str, index: int, address: str) -> str:
        """Return the text of a stream's playlist by the address that we gave it; its own has none."""
        if not address:
            return (await self._playlists.stream(channel_id, index)).content.decode()
        return (await self._playlists.rendition(self._opened(address))).content.decode()

    async def fetch(self, channel_id: str, index: int, address: str) -> bytes:
        """Return what stands behind an address that we gave, or (without proxying) the source did."""
        if "://" in address:
            ticket = Ticket(Thing.SEGMENT, channel_id, index, "", -1, address)
        else:
            ticket = self._opened(address)
        return bytes((await self.whole(ticket)).read())

    def _opened(self, address: str) -> Ticket:
        return self._tickets.open(address.rpartition("/")[2].partition(".")[0])

    async def _open(self, ticket: Ticket, at: int, choose: Choose) -> Answer:
        """Ask for the body from byte `at` on; where it can't be had, have its stream doubted.

        Where there is no other stream, one that is away for a moment is asked again, as long as players wait.
        """
        ends_at = time.monotonic() + (0 if at else PATIENCE_S)
        while True:
            try:
                return await self._ask(ticket, at, choose)
            except UpstreamError as error:
                self._playlists.doubt(ticket)
                may_pass = error.may_pass and time.monotonic() + AGAIN_S < ends_at
                if not may_pass or await self._playlists.has_substitute(ticket):
                    raise
            await asyncio.sleep(AGAIN_S)

    async def _ask(self, ticket: Ticket, at: int, choose: Choose) -> Answer:
        if ticket.thing is Thing.CUT:
            raise SegmentGone
        located = await self._playlists.located(ticket.channel, ticket.stream)
        headers = {"Accept-Encoding": "identity"}
        if ticket.span:
            span = span_of(ticket)
            headers["Range"] = f"bytes={span.first + at}-{span.last}"
        elif at:
            headers["Range"] = f"bytes={at}-"
        ranged = "Range" in headers
        answer = await self._upstream.open(
            located.stream,
            ticket.address,
            headers,
            lambda head: None if ranged and head.status != 206 else choose(head),
        )
        if ticket.span and answer.status != 206:
            async with answer:
                raise UpstreamBroken(answer.host, "it gave the whole file where a range was asked for")
        return answer


def span_of(ticket: Ticket) -> Range:
    """Return which bytes of the upstream's file a ticket is for."""
    offset, _, length = ticket.span.partition("-")
    return Range(int(offset), int(offset) + int(length) - 1)


def read_range(header: str, length: int, offset: int = 0) -> Range | None:
    """Read a Range header for a body of `length` bytes that begins at `offset` of what the client means.

    Several ranges, or another unit, are None: the whole body answers them (RFC 9110, 14.2).

    Raises
    ------
    RangeInvalid
        If it lies outside.
    """
    unit, _, said = header.partition("=")
    first, dash, last = said.strip().partition("-")
    if unit.strip() != "bytes" or not dash or "," in said or not DIGITS.fullmatch(first + last):
        return None
    if not first:
        start, end = max(0, length - int(last)), length - 1
    else:
        start, end = int(first) - offset, (int(last) - offset if last else length - 1)
    if start < 0 or start >= length or end < start:
        raise RangeInvalid(length)
    return Range(start, min(end, length - 1))
