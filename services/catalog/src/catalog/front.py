"""The front desk: what was asked before is answered before the framework hears of it.

A document that a route made is kept under its path and query for as long as its generation is the current
one. The next request for it costs a look into a table; everything else (a query that nobody asked yet, an
error, all that changes by the minute) goes on to the framework, which knows the rules. So there is one place
that decides, and one that is fast. Searches alone are answered here though nobody asked them before
(`quick.py`), each from what its token shows.

A HEAD is the GET without its body, at every door.
"""

import asyncio
import time
from collections import OrderedDict

from chassis.access import admitted, carried
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from catalog.documents import Document, Route, give
from catalog.editions import Editions
from catalog.library import Library
from catalog.outputs.places import Places, harmless
from catalog.quick import SEARCH, searched
from catalog.snapshot import Snapshot

MOST_DOCUMENTS = 300
MOST_BYTES = 64 * 1024 * 1024
"""Of documents as they were written; what is made of them has a bound of its own."""

Name = tuple[str, bytes]


class Desk:
    """The documents of the current generation, by what was asked."""

    def __init__(self, library: Library, editions: Editions, api_url: str | None) -> None:
        self._library = library
        self._editions = editions
        self._api_url = api_url
        self._of: Snapshot | None = None
        self._kept: OrderedDict[Name, Document] = OrderedDict()
        self._bytes = 0

    @property
    def snapshot(self) -> Snapshot:
        """The current generation."""
        return self._library.snapshot

    def find(self, scope: Scope) -> Document | None:
        """Return the document that answers a request, if it lies ready."""
        self._turn_over()
        document = self._kept.get(_name(scope))
        return document if document and time.monotonic() < document.until else None

    def keep(self, scope: Scope, document: Document, of: Snapshot) -> None:
        """Keep a document of a snapshot as the answer to a request; of an old one it is of no use."""
        self._turn_over()
        if of is not self._of or len(document.template) > MOST_BYTES:
            return
        if before := self._kept.pop(_name(scope), None):
            self._bytes -= len(before.template)
        self._kept[_name(scope)] = document
        self._bytes += len(document.template)
        while len(self._kept) > MOST_DOCUMENTS or self._bytes > MOST_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest.template)

    def answer(self, document: Document, login: str = "") -> "Given":
        """Return the document as a response."""
        return Given(self, document, login)

    async def give(self, document: Document, scope: Scope, send: Send, login: str = "") -> None:
        """Answer a request with a document."""
        places = Places()
        if document.absolute:
            places = Places(self.base(scope), carried(scope), login)
        await give(document, self._editions, places, scope, send)

    def base(self, scope: Scope) -> str:
        """Return the public base address of a request, without a slash at its end."""
        if self._api_url:
            return harmless(self._api_url)
        host = next((value for name, value in scope["headers"] if name == b"host"), b"localhost")
        return harmless(f"{scope['scheme']}://{host.decode('latin-1')}".rstrip("/"))

    def _turn_over(self) -> None:
        if self._library.snapshot is not self._of:
            self._of = self._library.snapshot
            self._kept.clear()
            self._bytes = 0


class Given(Response):
    """A document, for the framework."""

    def __init__(self, desk: Desk, document: Document, login: str = "") -> None:
        super().__init__()
        self._desk = desk
        self._document = document
        self._login = login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it."""
        await self._desk.give(self._document, scope, send, self._login)


class Front:
    """The middleware. `desk` is in the app's state once it has started."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return await self._app(scope, receive, send)
        desk: Desk | None = getattr(scope["app"].state, "desk", None)
        if desk and not narrows(scope) and (document := desk.find(scope)):
            scope["route"] = document.route
            return await desk.give(document, scope, send)
        if scope["method"] == "HEAD":
            return await self._head(scope, receive, send)
        if desk and scope["path"] == SEARCH:
            answer = searched(scope, await shown(scope, desk.snapshot))
            if answer:
                scope["route"] = Route(SEARCH)
                return await answer(scope, receive, send)
        await self._app(scope, receive, send)

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask for the GET, and leave its body out."""
        asked: Scope = {**scope, "method": "GET"}

        async def bodiless(message: Message) -> None:
            if message["type"] == "http.response.start":
                scope["route"] = asked.get("route")
            elif message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app(asked, receive, bodiless)


def narrows(scope: Scope) -> bool:
    """Whether who asks is shown some groups only: what is kept for all is not for him."""
    token = admitted(scope)
    return token is not None and bool(token.groups)


async def shown(scope: Scope, snapshot: Snapshot) -> Snapshot:
    """Return what who asks is shown of a snapshot. What is made for the first time is made off the loop."""
    token = admitted(scope)
    if token is None or not token.groups:
        return snapshot
    if (made := snapshot.made(token.groups)) is None:
        made = await asyncio.to_thread(snapshot.only, token.groups)
    return made


def keep(request: Request, document: Document, of: Snapshot) -> Response:
    """Keep a document as the answer to a request, and answer with it."""
    desk: Desk = request.app.state.desk
    desk.keep(request.scope, document, of)
    return desk.answer(document)


def _name(scope: Scope) -> Name:
    """Return what a request asks for; a token only says who asks."""
    query: bytes = scope["query_string"]
    if b"token=" in query:
        query = b"&".join(part for part in query.split(b"&") if not part.startswith(b"token="))
    return scope["path"], query
