"""The doors: a raw ASGI application in front of the framework, for what players ask for all the time.

    /stream/{id}[.m3u8 .mpd .ts]     a channel
    /content/{ticket}.{ext}          a segment, a part, a map, or (m3u8) a nested playlist
    /content/{ticket}/{values}.{ext} a segment of a DASH template
    /key/{ticket}.key                a key
    /auto/v{number}                  a channel by its number, as MPEG-TS: for tuners
    /live/{user}/{password}/{number}[.m3u8 .mpd .ts]
                                     the same for Xtream's players; without an extension it is MPEG-TS

Where there are access tokens, channels and nested playlists want one. Segments, maps and keys do not: their
addresses are the same for all viewers, and come out of playlists only; they expire once they have left those.
An Xtream player's password is a token. Of a token with groups the other channels are not there; one with a
number of streams has a seat for each viewer (`seats`). Who is revoked while an endless stream runs is cut.

Everything else goes on to the framework. An upstream's failure is answered as what it is (502, 504): it
says nothing about this node.
"""

import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace

from chassis import access
from chassis.errors import ServiceError
from chassis.logging import get_logger
from chassis.proxies import Trust
from contracts.channel import StreamKind
from starlette.types import ASGIApp, Receive, Scope, Send

from streamer import heads, logins
from streamer.asks import Ask
from streamer.audience import Visits
from streamer.bodies import Bodies, Range, read_range, span_of
from streamer.cache import Cached
from streamer.errors import (
    ChannelNotFound,
    StreamerError,
    TicketExpired,
    TicketInvalid,
    UnexpectedError,
    UpstreamError,
    forget_way,
)
from streamer.kinds import MEDIA_TYPES
from streamer.lineup import Lineup
from streamer.manifest import fill
from streamer.metrics import Metrics
from streamer.packager import Packager
from streamer.playlist import directives
from streamer.playlist.delta import delta
from streamer.playlist.directives import NOTHING, Directives
from streamer.playlist.grammar import parse, write
from streamer.playlists import EXTENSIONS, Playlists
from streamer.relay import Fetch
from streamer.seal import carrying
from streamer.seats import Seats
from streamer.shelf import Copy
from streamer.tickets import Thing, Ticket, Tickets
from streamer.tuner import Tuner

log = get_logger("routes")

KINDS = {extension: kind for kind, extension in EXTENSIONS.items()}
METHODS = ("GET", "HEAD")
START_BYTES = 189
"""As much of a body as tells what it is."""
SEEN_S = 5.0
"""How often the viewer of an endless stream is counted: well within his lease."""


class Doors:
    """The application. `rest` is the framework's, with health, metrics and all else."""

    def __init__(  # noqa: PLR0913  (the doors lead everywhere)
        self,
        rest: ASGIApp,
        *,
        playlists: Playlists,
        bodies: Bodies,
        tickets: Tickets,
        tuner: Tuner,
        packager: Packager,
        lineup: Lineup,
        visits: Visits,
        metrics: Metrics,
        gate: access.Gate,
        seats: Seats,
        trust: Trust,
    ) -> None:
        self._rest = rest
        self._playlists = playlists
        self._bodies = bodies
        self._tickets = tickets
        self._tuner = tuner
        self._packager = packager
        self._lineup = lineup
        self._visits = visits
        self._metrics = metrics
        self._gate = gate
        self._seats = seats
        self._trust = trust
        self._doors: dict[str, Callable[[Ask, str], Awaitable[None]]] = {
            "stream": self._stream,
            "content": self._content,
            "key": self._key,
            "auto": self._auto,
            "live": self._live,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        door, _, rest = scope["path"][1:].partition("/") if scope["type"] == "http" else ("", "", "")
        if door not in self._doors:
            behind = self if door == "t" and access.take_prefix(scope) else self._rest
            return await behind(scope, receive, send)
        await self._through(door, rest, Ask(scope, receive, self._metrics.counting(door, send)))

    async def _through(self, door: str, rest: str, ask: Ask) -> None:
        if ask.scope["method"] == "OPTIONS":
            return await ask.answer(204, heads.preflight(ask.header(b"access-control-request-headers")))
        if ask.scope["method"] not in METHODS:
            return await ask.answer(405, [(b"allow", b"GET, HEAD")])
        ask.begin()
        try:
            await self._doors[door](ask, rest)
        except ServiceError as error:
            if error.status >= 500 and not isinstance(error, UpstreamError):
                log.warning("request.failed", door=door, code=error.code)
            forget_way(error)
            # Where the answer has begun, the server now hangs up: the player knows that bytes are missing.
            if not ask.begun:
                await ask.refuse(error)
        except Exception:  # the edge: the viewer is told nothing of it
            log.exception("request.broke", door=door)
            if not ask.begun:
                await ask.refuse(UnexpectedError())
            else:
                raise

    async def _admit(self, ask: Ask, channel_id: str) -> None:
        """Let in who may watch a channel."""
        await self._let_in(ask)
        await self._seat(ask, channel_id)

    async def _seat(self, ask: Ask, channel_id: str) -> None:
        """Give a seat to who was let in, if the channel is there for him."""
        token = access.admitted(ask.scope)
        if token is None:
            return
        if token.groups and not token.shows(await self._playlists.group(channel_id)):
            raise ChannelNotFound(channel_id)
        if token.streams and (viewer := self._visits.viewer(ask.scope)):
            await self._seats.take(token, viewer)

    async def _let_in(self, ask: Ask) -> None:
        if not self._gate.tokens:
            return
        asking: Scope = {**ask.scope, "headers": list(ask.scope["headers"])}
        self._trust.correct(asking)
        try:
            await self._gate.admit(asking)
        finally:
            if access.ADMITTED in asking:
                ask.scope[access.ADMITTED] = asking[access.ADMITTED]

    async def _stream(self, ask: Ask, rest: str) -> None:
        channel_id, _, extension = rest.partition(".")
        await self._admit(ask, channel_id)
        if ask.header(b"x-probe"):
            await self._playlists.check_spare(channel_id)
        own = await self._playlists.kind(channel_id)
        if not extension and own is StreamKind.DASH:
            token = access.carried(ask.scope)
            where = f"/stream/{channel_id}.{EXTENSIONS[own]}{'?' if token else ''}{token}"
            return await ask.answer(307, [(b"location", where.encode())])
        await self._channel(ask, channel_id, KINDS.get(extension, StreamKind.HLS))

    async def _auto(self, ask: Ask, rest: str) -> None:
        """What HDHomeRun's clients ask for: a channel by its number."""
        await self._let_in(ask)
        if not rest.startswith("v"):
            raise ChannelNotFound(rest)
        channel_id = await self._lineup.channel_id(rest[1:])
        await self._seat(ask, channel_id)
        await self._endless(ask, channel_id)

    async def _live(self, ask: Ask, _: str) -> None:
        """What Xtream's players ask for: the same, with a login before it."""
        number, dot, extension = logins.taken(ask.scope).partition(".")
        await self._let_in(ask)
        kind = KINDS.get(extension) if dot else StreamKind.TS
        if kind is None:
            raise ChannelNotFound(number)
        channel_id = await self._lineup.channel_id(number)
        await self._seat(ask, channel_id)
        await self._channel(ask, channel_id, kind)

    async def _channel(self, ask: Ask, channel_id: str, kind: StreamKind) -> None:
        """Give a channel as what it is asked for."""
        if kind is StreamKind.TS:
            return await self._endless(ask, channel_id)
        wanted = _directives(ask)
        if kind is StreamKind.HLS and await self._playlists.is_cut(channel_id):
            copy = await self._packager.playlist(channel_id)
        else:
            copy = await self._tuned_in(channel_id, kind, wanted)
        self._visits.saw(ask.scope, channel_id)
        await self._give(
            ask, copy, wanted, heads.DASH_TYPE if kind is StreamKind.DASH else heads.PLAYLIST_TYPE
        )

    async def _endless(self, ask: Ask, channel_id: str) -> None:
        """Send an endless stream, once its first bytes are here."""
        async with self._tuner.tune(channel_id) as pieces:
            await ask.head(200, [(b"content-type", MEDIA_TYPES["ts"]), (b"cache-control", b"no-store")])
            if not ask.wants_body:
                return await ask.piece(b"", more=False)
            seen_at = float("-inf")
            with contextlib.suppress(StreamerError):
                async for piece in pieces:
                    await ask.piece(piece, more=True)
                    if time.monotonic() - seen_at > SEEN_S:
                        seen_at = time.monotonic()
                        if not await self._still_may(ask):
                            break
                        self._visits.saw(ask.scope, channel_id)

    async def _still_may(self, ask: Ask) -> bool:
        """Whether who watches an endless stream would still be let in; his seat is kept if so."""
        token = access.admitted(ask.scope)
        if token is None or not self._gate.tokens:
            return not self._gate.tokens
        if token.streams and (viewer := self._visits.viewer(ask.scope)):
            await self._seats.take(token, viewer)
        return self._gate.tokens.is_good(token)

    async def _content(self, ask: Ask, rest: str) -> None:
        named, _, extension = rest.rpartition(".")
        sealed, _, values = named.partition("/")
        ticket = await self._opened(sealed)
        if ticket.thing is Thing.TEMPLATE:
            ticket = replace(ticket, thing=Thing.SEGMENT, address=fill(ticket.address, values))
        if ticket.thing is Thing.PLAYLIST:
            await self._admit(ask, ticket.channel)
            wanted = _directives(ask)
            copy = await self._playlists.rendition(ticket, wanted)
            self._visits.saw(ask.scope, ticket.channel)
            return await self._give(ask, copy, wanted, heads.PLAYLIST_TYPE)
        await self._body(ask, ticket, extension)

    async def _key(self, ask: Ask, rest: str) -> None:
        ticket = await self._opened(rest.partition(".")[0])
        if ticket.thing is not Thing.KEY:
            raise TicketInvalid
        headers = [(b"content-type", MEDIA_TYPES["key"]), (b"cache-control", b"private, max-age=60")]
        await ask.answer(200, headers, (await self._bodies.whole(ticket)).read())

    async def _opened(self, sealed: str) -> Ticket:
        """Return what an address leads to, unless it is over.

        Raises
        ------
        TicketInvalid, TicketExpired
            If it was not issued here; if it has expired, and no playlist has it any more.
        """
        ticket = self._tickets.open(sealed)
        if ticket.until and ticket.until < time.time() and not await self._playlists.lists(ticket, sealed):
            raise TicketExpired
        return ticket

    async def _tuned_in(self, channel_id: str, kind: StreamKind, wanted: Directives) -> Copy:
        """Return a channel's playlist; note how long it took, unless it was here or was to be waited for."""
        began, is_new = time.monotonic(), self._playlists.known_entry(channel_id) is None
        copy = await self._playlists.entry(channel_id, kind, wanted)
        if is_new and wanted is NOTHING:
            self._metrics.start_seconds.observe(time.monotonic() - began)
        return copy

    async def _give(
        self, ask: Ask, copy: Copy, wanted: Directives, content_type: tuple[bytes, bytes]
    ) -> None:
        headers = heads.playlist(copy, shared=not access.is_closed(ask.scope))
        token = access.carried(ask.scope)
        if wanted.skip:
            return await ask.answer(200, [content_type], carrying(_delta(copy, wanted.skip), token))
        if not token and ask.knows(copy.etag):
            return await ask.answer(304, headers)
        await ask.answer(200, [content_type, *headers], carrying(copy.content, token))

    async def _body(self, ask: Ask, ticket: Ticket, extension: str) -> None:
        if ask.knows(heads.etag(ticket)):
            return await ask.answer(304, heads.body(ticket))
        body = self._bodies.cached(ticket)
        wanted = ask.header(b"range")
        self._metrics.body("upstream" if body is None else "memory")
        if body is None and (wanted or ticket.span):
            body = await self._bodies.whole(ticket)
        if body is None:
            return await self._streamed(ask, ticket, extension)
        headers = [*heads.body(ticket), heads.media_type(extension, body.start)]
        cut = read_range(wanted, body.size, span_of(ticket).first if ticket.span else 0) if wanted else None
        if cut is None:
            return await ask.answer_cached(200, headers, body, 0, body.size)
        headers.append(_content_range(ticket, cut, body))
        await ask.answer_cached(206, headers, body, cut.first, cut.size)

    async def _streamed(self, ask: Ask, ticket: Ticket, extension: str) -> None:
        """Send a body while it still arrives."""
        began = time.monotonic()
        async with self._bodies.join(ticket) as fetch:
            length = await fetch.length()
            start = await fetch.take(0) if ask.wants_body else b""
            self._metrics.first_byte_seconds.observe(time.monotonic() - began)
            headers = [*heads.body(ticket), heads.media_type(extension, start[:START_BYTES])]
            await ask.head(200, headers if length is None else [*headers, heads.length(length)])
            if not ask.wants_body:
                return await ask.piece(b"", more=False)
            await _pour(ask, fetch)


async def _pour(ask: Ask, fetch: Fetch) -> None:
    at = 0
    while piece := await fetch.take(at):
        at += len(piece)
        await ask.piece(piece, more=True)
    await ask.piece(b"", more=False)


def _delta(copy: Copy, skip: str) -> bytes:
    """Return a delta update, made once for all who ask for it."""
    if skip not in copy.deltas:
        copy.deltas[skip] = write(delta(parse(copy.content.decode()), skip)).encode()
    return copy.deltas[skip]


def _directives(ask: Ask) -> Directives:
    return directives.read(ask.query()) if b"_HLS_" in ask.scope["query_string"] else NOTHING


def _content_range(ticket: Ticket, cut: Range, body: Cached) -> tuple[bytes, bytes]:
    offset = span_of(ticket).first if ticket.span else 0
    total = "*" if ticket.span else str(body.size)
    return b"content-range", f"bytes {cut.first + offset}-{cut.last + offset}/{total}".encode()
