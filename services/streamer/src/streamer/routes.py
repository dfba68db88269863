"""The doors: a raw ASGI application in front of the framework, for what players ask for all the time.

    /stream/{id}[.m3u8 .mpd .ts]     a channel
    /content/{ticket}.{ext}          a segment, a part, a map, or (m3u8) a nested playlist
    /content/{ticket}/{values}.{ext} a segment of a DASH template
    /key/{ticket}.key                a key
    /auto/v{number}                  a channel by its number, as MPEG-TS

Where there are access tokens, channels and nested playlists want one. Segments, maps and keys do not: their
addresses are the same for all viewers, and come out of playlists only.

Everything else goes on to the framework. An upstream's failure is answered as what it is (502, 504): it
says nothing about this node.
"""

import contextlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace

from chassis import access
from chassis.logging import get_logger
from chassis.problems import ServiceError
from chassis.proxies import Trust
from chassis.tokens import Tokens
from contracts.channel import StreamKind
from starlette.types import ASGIApp, Receive, Scope, Send

from streamer.asks import Ask
from streamer.audience import Audience
from streamer.bodies import Bodies, Range, read_range, span_of
from streamer.errors import ChannelNotFound, StreamerError, TicketInvalid, UpstreamError
from streamer.lineup import Lineup
from streamer.manifest import fill
from streamer.metrics import Metrics
from streamer.packager import Packager
from streamer.playlist import directives
from streamer.playlist.directives import NOTHING, Directives
from streamer.playlists import EXTENSIONS, Playlists
from streamer.relay import Fetch
from streamer.seal import MEDIA_TYPES, carrying
from streamer.shelf import Copy
from streamer.tickets import Thing, Ticket, Tickets
from streamer.tuner import Tuner

log = get_logger("routes")

PLAYLIST_TYPE = (b"content-type", MEDIA_TYPES["m3u8"])
DASH_TYPE = (b"content-type", MEDIA_TYPES["mpd"])
KINDS = {extension: kind for kind, extension in EXTENSIONS.items()}
IMMUTABLE = (b"cache-control", b"public, max-age=3600, immutable")
RANGES = (b"accept-ranges", b"bytes")
METHODS = ("GET", "HEAD")


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
        audience: Audience,
        metrics: Metrics,
        trust: Trust,
        tokens: Tokens,
    ) -> None:
        self._rest = rest
        self._playlists = playlists
        self._bodies = bodies
        self._tickets = tickets
        self._tuner = tuner
        self._packager = packager
        self._lineup = lineup
        self._audience = audience
        self._metrics = metrics
        self._trust = trust
        self._tokens = tokens
        self._doors: dict[str, Callable[[Ask, str], Awaitable[None]]] = {
            "stream": self._stream,
            "content": self._content,
            "key": self._key,
            "auto": self._auto,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        door, _, rest = scope["path"][1:].partition("/") if scope["type"] == "http" else ("", "", "")
        if door not in self._doors:
            behind = self if door == "t" and access.take_prefix(scope) else self._rest
            return await behind(scope, receive, send)
        scope["request_id"] = secrets.token_hex(8)
        await self._through(door, rest, Ask(scope, receive, self._counting(door, send)))

    def _counting(self, door: str, send: Send) -> Send:
        async def counting(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                self._metrics.requests.labels(door, f"{int(str(message['status'])) // 100}xx").inc()
            elif body := message.get("body"):
                self._metrics.sent_bytes.inc(len(body))  # type: ignore[arg-type]
            await send(message)

        return counting  # type: ignore[return-value]

    async def _through(self, door: str, rest: str, ask: Ask) -> None:
        if ask.scope["method"] == "OPTIONS":
            return await ask.answer(204, [(b"access-control-allow-methods", b"GET, HEAD"), *_preflight(ask)])
        if ask.scope["method"] not in METHODS:
            return await ask.answer(405, [(b"allow", b"GET, HEAD")])
        try:
            await self._doors[door](ask, rest)
        except ServiceError as error:
            if error.status >= 500 and not isinstance(error, UpstreamError):
                log.warning("request.failed", path=door, code=error.code)
            await ask.refuse(error)

    def _admit(self, ask: Ask) -> None:
        if self._tokens and not access.enter(self._tokens, ask.scope):
            raise access.AccessDenied

    async def _stream(self, ask: Ask, rest: str) -> None:
        self._admit(ask)
        channel_id, _, extension = rest.partition(".")
        kind = KINDS.get(extension) or await self._playlists.kind(channel_id)
        if not extension and kind is not StreamKind.HLS:
            token = access.carried(ask.scope)
            where = f"/stream/{channel_id}.{EXTENSIONS[kind]}{'?' if token else ''}{token}"
            return await ask.answer(307, [(b"location", where.encode())])
        if kind is StreamKind.TS:
            return await ask.unless_gone(lambda: self._endless(ask, channel_id))
        if kind is StreamKind.HLS and await self._playlists.kind(channel_id) is StreamKind.TS:
            copy = await self._packager.playlist(channel_id)
        else:
            copy = await self._playlists.entry(channel_id, kind, _directives(ask))
        self._saw(ask, channel_id)
        await self._give(ask, copy, DASH_TYPE if kind is StreamKind.DASH else PLAYLIST_TYPE)

    async def _auto(self, ask: Ask, rest: str) -> None:
        """What HDHomeRun clients ask for: a channel by its number."""
        self._admit(ask)
        if not rest.startswith("v"):
            raise ChannelNotFound(rest)
        channel_id = await self._lineup.channel_id(rest[1:])
        await ask.unless_gone(lambda: self._endless(ask, channel_id))

    async def _endless(self, ask: Ask, channel_id: str) -> None:
        """Send an endless stream, once its first bytes are here."""
        async with contextlib.AsyncExitStack() as stack:
            try:
                pieces = await stack.enter_async_context(self._tuner.tune(channel_id))
            except ServiceError as error:
                return await ask.refuse(error)
            await ask.head(200, [(b"content-type", MEDIA_TYPES["ts"]), (b"cache-control", b"no-store")])
            if not ask.wants_body:
                return await ask.piece(b"", more=False)
            with contextlib.suppress(StreamerError, TimeoutError):
                async for piece in pieces:
                    await ask.piece(piece, more=True)
                    self._saw(ask, channel_id)

    def _saw(self, ask: Ask, channel_id: str) -> None:
        """Count the viewer, unless it is our own look at the channel."""
        if not ask.header(b"x-probe"):
            self._trust.correct(ask.scope)
            self._audience.saw(channel_id, ask.client, ask.header(b"user-agent"))

    async def _content(self, ask: Ask, rest: str) -> None:
        named, _, extension = rest.rpartition(".")
        sealed, _, values = named.partition("/")
        ticket = self._tickets.open(sealed)
        if ticket.thing is Thing.TEMPLATE:
            ticket = replace(ticket, thing=Thing.SEGMENT, address=fill(ticket.address, values))
        if ticket.thing is Thing.PLAYLIST:
            self._admit(ask)
            copy = await self._playlists.rendition(ticket, _directives(ask))
            self._saw(ask, ticket.channel)
            return await self._give(ask, copy, PLAYLIST_TYPE)
        await self._body(
            ask, ticket, [(b"content-type", MEDIA_TYPES.get(extension, MEDIA_TYPES["key"])), IMMUTABLE]
        )

    async def _key(self, ask: Ask, rest: str) -> None:
        ticket = self._tickets.open(rest.partition(".")[0])
        if ticket.thing is not Thing.KEY:
            raise TicketInvalid
        headers = [(b"content-type", MEDIA_TYPES["key"]), (b"cache-control", b"private, max-age=60")]
        await ask.answer(200, headers, await self._bodies.whole(ticket))

    async def _give(self, ask: Ask, copy: Copy, content_type: tuple[bytes, bytes]) -> None:
        whose = "private" if access.is_closed(ask.scope) else "public"
        fresh = f"{whose}, max-age={max(0, int(copy.left_s()))}".encode()
        content = carrying(copy.content, access.carried(ask.scope))
        await ask.answer(200, [content_type, (b"cache-control", fresh)], content)

    async def _body(self, ask: Ask, ticket: Ticket, headers: list[tuple[bytes, bytes]]) -> None:
        body = self._bodies.cached(ticket)
        wanted = ask.header(b"range")
        self._metrics.bodies.labels("memory" if body is not None else "upstream").inc()
        if body is None and (wanted or ticket.span):
            body = await self._bodies.whole(ticket)
        if body is None:
            return await ask.unless_gone(lambda: self._streamed(ask, ticket, headers))
        cut = read_range(wanted, len(body), span_of(ticket).first if ticket.span else 0) if wanted else None
        if cut is None:
            return await ask.answer(200, [*headers, RANGES], body)
        await ask.answer(206, [*headers, RANGES, _content_range(ticket, cut, len(body))], _slice(body, cut))

    async def _streamed(self, ask: Ask, ticket: Ticket, headers: list[tuple[bytes, bytes]]) -> None:
        """Send a body while it still arrives."""
        async with self._bodies.join(ticket) as fetch:
            try:
                length = await fetch.length()
            except StreamerError as error:
                return await ask.refuse(error)
            said = [(b"content-length", str(length).encode())] if length is not None else []
            await ask.head(200, [*headers, RANGES, *said])
            if ask.wants_body:
                # A fetch that broke ends here without the last piece: the server then closes the
                # connection, and the player knows that bytes are missing.
                with contextlib.suppress(StreamerError, TimeoutError):
                    await _pour(ask, fetch)
            else:
                await ask.piece(b"", more=False)


async def _pour(ask: Ask, fetch: Fetch) -> None:
    async for piece in fetch.read():
        await ask.piece(piece, more=True)
    await ask.piece(b"", more=False)


def _directives(ask: Ask) -> Directives:
    return directives.read(ask.query()) if b"_HLS_" in ask.scope["query_string"] else NOTHING


def _preflight(ask: Ask) -> list[tuple[bytes, bytes]]:
    wanted = ask.header(b"access-control-request-headers").encode("latin-1")
    return [(b"access-control-allow-headers", wanted or b"Range"), (b"access-control-max-age", b"86400")]


def _content_range(ticket: Ticket, cut: Range, length: int) -> tuple[bytes, bytes]:
    offset = span_of(ticket).first if ticket.span else 0
    total = "*" if ticket.span else str(length)
    return b"content-range", f"bytes {cut.first + offset}-{cut.last + offset}/{total}".encode()


def _slice(body: bytes, cut: Range) -> bytes:
    return body if cut.size == len(body) else body[cut.first : cut.last + 1]
