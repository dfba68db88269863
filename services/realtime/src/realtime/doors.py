"""The Socket.IO events: parse, call, answer; and what everybody is told.

Each event is answered by an event, and by an ack with the same body where the client asked for one. Bad
input is answered by `error`, and by an ack `{error}`; the connection lives on.

The trap: a client that joins is sent the present, one that resumes the past, while news go on arriving.
So whatever has to be waited for comes first, and then nothing is awaited that could wait until the
client has it all: no news slip in between, none are sent twice.
"""

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple

from chassis.access import AccessDenied, AccessUnknown, Gate
from chassis.guesses import TooManyGuesses
from chassis.logging import get_logger
from chassis.tokens import Token
from contracts.channel import ChannelStatus
from contracts.search import SearchResults
from socketio.exceptions import ConnectionRefusedError as Refused

from realtime.bus import Bus
from realtime.catalog import Catalog
from realtime.errors import Malformed, RealtimeError, TooManyChannels, UnknownEvent
from realtime.fanout import Told
from realtime.metrics import Metrics
from realtime.narrowing import Narrowing
from realtime.news import News, coalesce
from realtime.requests import Channels, Join, NoRequest, Ping, Request, Resume, Search, parse
from realtime.ring import Cursor, Ring
from realtime.seats import ALL, Seat, room
from realtime.sockets import MALFORMED, NAMESPACES, Server
from realtime.statuses import Statuses

log = get_logger("doors")

MOST_JOINED = 5000
RESUME_WITHIN_S = 2.0
BREATH = 200
"""So many statuses are sent before we look whether the client keeps up."""

Body = dict[str, Any]


class Client(NamedTuple):
    """One connection to one namespace."""

    sid: str
    namespace: str


Answer = Callable[[Client, Any], Awaitable[Body]]


class Broadcast:
    """What everybody is told."""

    def __init__(
        self,
        server: Server,
        ring: Ring,
        statuses: Statuses,
        catalog: Catalog,
        narrowing: Narrowing,
        metrics: Metrics,
    ) -> None:
        self._server = server
        self._ring = ring
        self._statuses = statuses
        self._catalog = catalog
        self._narrowing = narrowing
        self._metrics = metrics

    def recall(self, news: list[News]) -> None:
        """Take what was said before our time into the ring, for those who come from another replica."""
        for item in news:
            self._take(item)

    async def tell(self, news: list[News]) -> None:
        """Tell announcements: a channel's status to those who joined it, all else to everybody.

        They come into the ring in the same breath: whoever resumes has heard of it, or finds it there.
        """
        told = [each for item in news for each in self._told(item)]
        for namespace in NAMESPACES:
            await self._server.manager.emit_all(told, namespace)
        await asyncio.sleep(0)

    def _take(self, news: News) -> None:
        if isinstance(news.record, ChannelStatus):
            self._statuses.note(news.record)
        elif news.event == "catalog_changed":
            self._catalog.wake()
        self._ring.add(news)

    def _told(self, news: News) -> list[Told]:
        told = list(self._narrowing.told(news, self._ring.epoch, self._ring.told))
        self._take(news)
        self._metrics.announcements.labels(news.event).inc()
        return told

    async def resync(self) -> None:
        """Tell everybody to fetch everything anew."""
        self._metrics.resyncs.inc()
        for namespace in NAMESPACES:
            await self._server.emit("resync", {"cursor": cursor_of(self._ring)}, namespace=namespace)


class Doors:
    """What clients can say."""

    def __init__(
        self,
        server: Server,
        ring: Ring,
        bus: Bus,
        statuses: Statuses,
        catalog: Catalog,
        narrowing: Narrowing,
        metrics: Metrics,
    ) -> None:
        self._server = server
        self._ring = ring
        self._bus = bus
        self._statuses = statuses
        self._catalog = catalog
        self._narrowing = narrowing
        self._metrics = metrics
        self._seats: dict[Client, Seat] = {}
        self._admitted: dict[Client, Token] = {}
        self._gate: Gate | None = None

    def install(self, gate: Gate) -> None:
        """Register every event in every namespace. Where there are tokens, whoever joins has one."""
        self._gate = gate
        events: dict[str, tuple[type[Request], Answer]] = {
            "join_channel_updates": (Join, self._join),
            "leave_channel_updates": (Channels, self._leave),
            "get_live_events": (NoRequest, self._live_events),
            "search_channels": (Search, self._search),
            "resume": (Resume, self._resume),
            "ping": (Ping, self._ping),
        }
        for namespace in NAMESPACES:
            on = functools.partial(self._server.on, namespace=namespace)
            on("connect", functools.partial(self._connected, namespace, gate))
            on("disconnect", functools.partial(self._disconnected, namespace))
            on("*", functools.partial(self._unknown, namespace))
            for name, (model, answer) in events.items():
                on(name, functools.partial(self._heard, namespace, name, model, answer))

    async def _connected(self, namespace: str, gate: Gate, sid: str, environ: Body, auth: Any = None) -> None:
        said = auth.get("token") if isinstance(auth, dict) else None
        try:
            found = await gate.admit(environ["asgi.scope"], *([said] if isinstance(said, str) else []))
        except (AccessDenied, AccessUnknown, TooManyGuesses) as error:
            raise Refused(error.detail, {"code": error.code, "message": error.detail}) from None
        if found is not None:
            self._admitted[Client(sid, namespace)] = found.token
            self._narrowing.add(sid, found.token.groups)
        self._seats[Client(sid, namespace)] = Seat(self._ring.cursor)

    async def _disconnected(self, namespace: str, sid: str, _reason: Any = None) -> None:
        self._seats.pop(Client(sid, namespace), None)
        self._admitted.pop(Client(sid, namespace), None)
        self._narrowing.remove(sid)

    async def turn_out(self) -> None:
        """Let go of the clients who would not be let in any more: revoked, expired, or of the time before."""
        if self._gate is None or not self._gate.tokens or not self._gate.tokens.known:
            return
        for client in list(self._seats):
            token = self._admitted.get(client)
            if token is None or not self._gate.tokens.is_good(token):
                await self._server.disconnect(client.sid, namespace=client.namespace)

    async def _heard(
        self, namespace: str, name: str, model: type[Request], answer: Answer, sid: str, *arguments: Any
    ) -> Body:
        """Answer one event. What is returned is its ack."""
        client = Client(sid, namespace)
        try:
            body = await answer(client, parse(model, arguments))
        except RealtimeError as error:
            self._metrics.requests.labels(name, error.code).inc()
            return await self._refuse(client, name, error)
        self._metrics.requests.labels(name, "ok").inc()
        return body

    async def _unknown(self, namespace: str, name: str, sid: str, *_: Any) -> Body:
        error = Malformed() if name == MALFORMED else UnknownEvent(name)
        self._metrics.requests.labels("unknown", error.code).inc()
        return await self._refuse(Client(sid, namespace), name, error)

    async def _refuse(self, client: Client, name: str, error: RealtimeError) -> Body:
        await self._send(client, "error", {**error.body(), "event": name[:64]})
        return {"error": error.body()}

    async def _send(self, client: Client, event: str, body: Body) -> None:
        await self._server.emit(event, body, to=client.sid, namespace=client.namespace)

    async def _join(self, client: Client, request: Join) -> Body:
        """Join, and send the present; or, to a client that says where it was, what it missed since."""
        cursor = Cursor.parse(request.cursor) if request.cursor else None
        missed = await self._bus.missed(cursor, RESUME_WITHIN_S) if cursor else None
        await self._statuses.freshen()
        if (seat := self._seats.get(client)) is None:
            return {}  # gone while we read
        wanted = {ALL} if request.channel_ids is None else set(map(room, request.channel_ids))
        if len(seat.rooms.keys() | wanted) > MOST_JOINED:
            raise TooManyChannels(MOST_JOINED)
        for name in wanted - seat.rooms.keys():
            await self._server.enter_room(client.sid, name, client.namespace)
            seat.rooms[name] = self._ring.cursor
        body: Body = {"joined": seat.joined}
        if cursor and missed:
            seat.has_cursor = True
            body |= await self._replay(client, cursor, missed())
        if body.get("resync", True):
            await self._send_statuses(client, request.channel_ids)
        return {**body, "cursor": cursor_of(self._ring)}

    async def _leave(self, client: Client, request: Channels) -> Body:
        seat = self._seats.get(client) or Seat(None)
        named = seat.rooms.keys() if request.channel_ids is None else set(map(room, request.channel_ids))
        for name in seat.rooms.keys() & named:
            await self._server.leave_room(client.sid, name, client.namespace)
            del seat.rooms[name]
        return {"joined": seat.joined}

    async def _send_statuses(self, client: Client, channel_ids: Iterable[str] | None) -> None:
        """Send the present. Each status is looked up as its turn comes, so breathing in between is safe."""
        for sent, status in enumerate(self._statuses.of(channel_ids), 1):
            body = {**status.model_dump(mode="json"), "cursor": cursor_of(self._ring)}
            await self._send(client, "channel_status", body)
            if sent % BREATH == 0:
                await self._server.drained(*client)

    async def _live_events(self, client: Client, _: NoRequest) -> Body:
        live = self._catalog.live_events(self._narrowing.groups(client.sid))
        events = [event.model_dump(mode="json") for event in live]
        body = {"events": events, "cursor": cursor_of(self._ring)}
        await self._send(client, "live_events", body)
        return body

    async def _search(self, client: Client, request: Search) -> Body:
        started = time.perf_counter()
        hits = await self._catalog.find(request.query, request.limit, self._narrowing.groups(client.sid))
        took_ms = round((time.perf_counter() - started) * 1000, 2)
        results = SearchResults(query=request.query, results=hits, took_ms=took_ms)
        body = {**results.model_dump(mode="json"), "cursor": cursor_of(self._ring)}
        await self._send(client, "search_results", body)
        return body

    async def _resume(self, client: Client, request: Resume) -> Body:
        """Send what the client missed: all that is for everybody, and its channels' statuses.

        If it was here at its cursor, that is all which came since. If it came later and has joined, it heard
        some already: what was told since it came, and the statuses that joining brought. Only who joined with
        a cursor has it all again: it holds each announcement against that, and took none out of order.
        """
        cursor, seat = Cursor.parse(request.cursor), self._seats.get(client) or Seat(None)
        missed = (await self._bus.missed(cursor, RESUME_WITHIN_S))()
        came_later = cursor.sequence <= self._ring.told_since(seat.came)
        if missed is not None and came_later and seat.rooms and not seat.has_cursor:
            last = coalesce(missed)  # before: of a channel whose last status was heard, none is to follow
            missed = [news for news in last if not seat.has_heard(news, self._ring, self._statuses)]
        return {**await self._replay(client, cursor, missed), "cursor": cursor_of(self._ring)}

    async def _replay(self, client: Client, cursor: Cursor, missed: list[News] | None) -> Body:
        """Send what was missed, or that it can't be told. Nothing in here waits."""
        if missed is None:
            self._metrics.resyncs.inc()
            await self._send(client, "resync", {"cursor": cursor_of(self._ring)})
            return {"resync": True}
        seat, after = self._seats.get(client) or Seat(None), cursor.sequence
        concerning = (news for news in coalesce(missed) if seat.concerns(news))
        told = [shown for news in concerning if (shown := self._narrowing.shown(client.sid, news))]
        for news in told:
            await self._send(client, news.event, news.body(cursor.epoch, after))
            after = news.sequence
        return {"resync": False, "missed": len(told)}

    async def _ping(self, _: Client, request: Ping) -> Body:
        if request.took_ms is not None:
            self._metrics.round_trip_seconds.observe(request.took_ms / 1000)
        return {"cursor": cursor_of(self._ring)}


def cursor_of(ring: Ring) -> str | None:
    """Return where we are, as clients keep it."""
    return str(ring.cursor) if ring.cursor else None
