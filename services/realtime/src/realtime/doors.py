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
from realtime.metrics import Metrics
from realtime.news import News, coalesce
from realtime.requests import Channels, NoRequest, Request, Resume, Search, parse
from realtime.ring import Cursor, Ring
from realtime.sockets import MALFORMED, NAMESPACES, Server
from realtime.statuses import Statuses

log = get_logger("doors")

ALL = "channels"
"""The room of those who want every channel."""

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
        self, server: Server, ring: Ring, statuses: Statuses, catalog: Catalog, metrics: Metrics
    ) -> None:
        self._server = server
        self._ring = ring
        self._statuses = statuses
        self._catalog = catalog
        self._metrics = metrics

    async def tell(self, news: News) -> None:
        """Tell an announcement: a channel's status to those who joined it, all else to everybody."""
        if isinstance(news.record, ChannelStatus):
            self._statuses.note(news.record)
        elif news.event == "catalog_changed":
            self._catalog.wake()
        body, rooms = news.body(self._ring.epoch), [ALL, room(news.channel_id)] if news.channel_id else None
        self._metrics.announcements.labels(news.event).inc()
        for namespace in NAMESPACES:
            await self._server.emit(news.event, body, room=rooms, namespace=namespace)
        await asyncio.sleep(0)

    async def resync(self) -> None:
        """Tell everybody to fetch everything anew."""
        self._metrics.resyncs.inc()
        for namespace in NAMESPACES:
            await self._server.emit("resync", {"cursor": cursor_of(self._ring)}, namespace=namespace)


class Doors:
    """What clients can say."""

    def __init__(
        self, server: Server, ring: Ring, bus: Bus, statuses: Statuses, catalog: Catalog, metrics: Metrics
    ) -> None:
        self._server = server
        self._ring = ring
        self._bus = bus
        self._statuses = statuses
        self._catalog = catalog
        self._metrics = metrics
        self._joined: dict[Client, set[str]] = {}
        self._admitted: dict[Client, Token] = {}
        self._gate: Gate | None = None

    def install(self, gate: Gate) -> None:
        """Register every event in every namespace. Where there are tokens, whoever joins has one."""
        self._gate = gate
        events: dict[str, tuple[type[Request], Answer]] = {
            "join_channel_updates": (Channels, self._join),
            "leave_channel_updates": (Channels, self._leave),
            "get_live_events": (NoRequest, self._live_events),
            "search_channels": (Search, self._search),
            "resume": (Resume, self._resume),
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
        self._joined[Client(sid, namespace)] = set()

    async def _disconnected(self, namespace: str, sid: str, _reason: Any = None) -> None:
        self._joined.pop(Client(sid, namespace), None)
        self._admitted.pop(Client(sid, namespace), None)

    async def turn_out(self) -> None:
        """Let go of the clients who would not be let in any more: revoked, expired, or of the time before."""
        if self._gate is None or not self._gate.tokens or not self._gate.tokens.known:
            return
        for client in list(self._joined):
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

    async def _join(self, client: Client, request: Channels) -> Body:
        await self._statuses.freshen()
        if (joined := self._joined.get(client)) is None:
            return {}  # gone while we read
        wanted = {ALL} if request.channel_ids is None else set(map(room, request.channel_ids))
        if len(joined | wanted) > MOST_JOINED:
            raise TooManyChannels(MOST_JOINED)
        for name in wanted - joined:
            await self._server.enter_room(client.sid, name, client.namespace)
        joined |= wanted
        await self._send_statuses(client, request.channel_ids)
        return {"joined": "all" if ALL in joined else len(joined), "cursor": cursor_of(self._ring)}

    async def _leave(self, client: Client, request: Channels) -> Body:
        joined = self._joined.get(client, set())
        left = set(joined) if request.channel_ids is None else joined & set(map(room, request.channel_ids))
        for name in left:
            await self._server.leave_room(client.sid, name, client.namespace)
        joined -= left
        return {"joined": "all" if ALL in joined else len(joined)}

    async def _send_statuses(self, client: Client, channel_ids: Iterable[str] | None) -> None:
        """Send the present. Each status is looked up as its turn comes, so breathing in between is safe."""
        for sent, status in enumerate(self._statuses.of(channel_ids), 1):
            body = {**status.model_dump(mode="json"), "cursor": cursor_of(self._ring)}
            await self._send(client, "channel_status", body)
            if sent % BREATH == 0:
                await self._server.drained(*client)

    async def _live_events(self, client: Client, _: NoRequest) -> Body:
        events = [event.model_dump(mode="json") for event in self._catalog.live_events(self._groups(client))]
        body = {"events": events, "cursor": cursor_of(self._ring)}
        await self._send(client, "live_events", body)
        return body

    def _groups(self, client: Client) -> frozenset[str]:
        """Return the only groups that a client is shown; none is all."""
        token = self._admitted.get(client)
        return token.groups if token else frozenset()

    async def _search(self, client: Client, request: Search) -> Body:
        started = time.perf_counter()
        hits = await self._catalog.find(request.query, request.limit, self._groups(client))
        took_ms = round((time.perf_counter() - started) * 1000, 2)
        results = SearchResults(query=request.query, results=hits, took_ms=took_ms)
        body = {**results.model_dump(mode="json"), "cursor": cursor_of(self._ring)}
        await self._send(client, "search_results", body)
        return body

    async def _resume(self, client: Client, request: Resume) -> Body:
        """Send what the client missed: all that is for everybody, and its channels' statuses."""
        cursor = Cursor.parse(request.cursor)
        reached = await self._bus.reach(cursor, RESUME_WITHIN_S)
        missed = self._ring.since(cursor) if reached else None
        if missed is None:
            self._metrics.resyncs.inc()
            await self._send(client, "resync", {"cursor": cursor_of(self._ring)})
            return {"resync": True, "cursor": cursor_of(self._ring)}
        told = [news for news in coalesce(missed) if self._concerns(client, news)]
        for news in told:
            await self._send(client, news.event, news.body(self._ring.epoch))
        return {"resync": False, "missed": len(told), "cursor": cursor_of(self._ring)}

    def _concerns(self, client: Client, news: News) -> bool:
        joined = self._joined.get(client, set())
        return news.channel_id is None or ALL in joined or room(news.channel_id) in joined


def room(channel_id: str) -> str:
    """Return the room of those who joined a channel."""
    return f"channel:{channel_id}"


def cursor_of(ring: Ring) -> str | None:
    """Return where we are, as clients keep it."""
    return str(ring.cursor) if ring.cursor else None
