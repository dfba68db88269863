"""Answers that are here already, what most requests of most viewers get: no task, no waiting, no copy.

A request that wants anything beyond the thing itself (a range, another version, what comes next), or a thing
that is not here whole, is left to `routes`, and so is whatever is wrong with it.
"""

from time import time

from chassis.media import Ready
from chassis.tokens import Tokens
from starlette.types import Scope

from streamer import heads
from streamer.audience import Visits
from streamer.bodies import Bodies
from streamer.cache import Cached
from streamer.errors import TicketInvalid
from streamer.metrics import Metrics
from streamer.playlists import Playlists
from streamer.shelf import Copy
from streamer.tickets import Thing, Ticket, Tickets

SPECIAL = frozenset({b"range", b"if-none-match", b"if-range", b"x-probe"})
"""Headers by which a request wants something else."""


class ReadyAnswers:
    """What can be answered at once. Where there are `tokens`, playlists are left to `routes`."""

    def __init__(
        self,
        playlists: Playlists,
        bodies: Bodies,
        tickets: Tickets,
        visits: Visits,
        metrics: Metrics,
        tokens: Tokens,
    ) -> None:
        self._playlists = playlists
        self._bodies = bodies
        self._tickets = tickets
        self._visits = visits
        self._metrics = metrics
        self._tokens = tokens

    def __call__(self, scope: Scope) -> Ready | None:
        """Return the whole answer, or None."""
        if scope["method"] != "GET" or scope["query_string"]:
            return None
        if not SPECIAL.isdisjoint([name for name, _ in scope["headers"]]):
            return None
        door, _, rest = scope["path"][1:].partition("/")
        if door == "content":
            return self._content(scope, rest)
        if door == "stream" and not self._tokens:
            return self._entry(scope, rest)
        return None

    def _content(self, scope: Scope, rest: str) -> Ready | None:
        sealed, _, extension = rest.rpartition(".")
        try:
            ticket = self._tickets.open(sealed)
        except TicketInvalid:
            return None
        if ticket.until and ticket.until < time():
            return None
        if ticket.thing is Thing.PLAYLIST:
            copy = None if self._tokens else self._playlists.known(ticket)
            return None if copy is None else self._playlist(scope, ticket.channel, copy)
        body = None if ticket.span else self._bodies.cached(ticket)
        return None if body is None else self._body(ticket, extension, body)

    def _body(self, ticket: Ticket, extension: str, body: Cached) -> Ready:
        if body.head is None or body.head[0] != extension:
            said = [*heads.body(ticket), heads.media_type(extension, body.start), heads.length(body.size)]
            body.head = extension, heads.written(said)
        self._metrics.answered("content", body.size)
        self._metrics.body("memory")
        if body.file is None:
            return Ready(body.head[1], bytes(body.read()))
        return Ready(body.head[1], b"", body.file.descriptor, body.size, body.file)

    def _entry(self, scope: Scope, rest: str) -> Ready | None:
        channel_id, _, extension = rest.partition(".")
        copy = self._playlists.known_entry(channel_id) if extension == "m3u8" else None
        return None if copy is None else self._playlist(scope, channel_id, copy)

    def _playlist(self, scope: Scope, channel_id: str, copy: Copy) -> Ready:
        self._visits.saw(scope, channel_id)
        self._metrics.answered("stream", len(copy.content))
        left_s = int(copy.left_s())
        if left_s not in copy.heads:
            said = [heads.PLAYLIST_TYPE, *heads.playlist(copy, shared=True), heads.length(len(copy.content))]
            copy.heads[left_s] = heads.written(said)
        return Ready(copy.heads[left_s], copy.content)
