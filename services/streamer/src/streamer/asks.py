"""A request and its answers, without a framework: what the hot path needs of HTTP, and no more."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from chassis import requests
from chassis.errors import ServiceError
from chassis.media import EXTENSION
from chassis.problems import MEDIA_TYPE, problem_body
from starlette.types import Receive, Scope, Send

from streamer.cache import Cached
from streamer.heads import CORS, Pairs


@dataclass(slots=True)
class Ask:
    """One request."""

    scope: Scope
    receive: Receive
    send: Send
    begun: bool = False
    """Whether the answer's head is out."""

    @property
    def request_id(self) -> str:
        """What the request is called in logs: by Caddy, else by us."""
        if "request_id" not in self.scope:
            self.scope["request_id"] = self.header(b"x-request-id")[: requests.LENGTH_MOST] or requests.new()
        return str(self.scope["request_id"])

    def begin(self) -> None:
        """Log what is done for it under its id."""
        requests.begin(self.request_id)

    @property
    def wants_body(self) -> bool:
        """Whether it is a GET, not a HEAD."""
        return bool(self.scope["method"] == "GET")

    def header(self, name: bytes) -> str:
        """Return a header, or nothing."""
        return next((value.decode("latin-1") for key, value in self.scope["headers"] if key == name), "")

    def query(self) -> Mapping[str, str]:
        """Return the query."""
        return dict(parse_qsl(self.scope["query_string"].decode("latin-1"), keep_blank_values=True))

    def knows(self, etag: bytes) -> bool:
        """Whether the client has this version already (RFC 9110, 13.1.2)."""
        said = self.header(b"if-none-match")
        return bool(said) and (said == "*" or etag.decode() in said.replace("W/", "").split(", "))

    async def answer(self, status: int, headers: Pairs, body: bytes | memoryview = b"") -> None:
        """Answer with a whole body, in one piece."""
        await self.head(status, [*headers, (b"content-length", b"%d" % len(body))])
        await self.piece(body if self.wants_body else b"", more=False)

    async def answer_cached(self, status: int, headers: Pairs, body: Cached, first: int, count: int) -> None:
        """Answer with a finished body, or some of it; by the kernel alone where that can be."""
        if body.file is None or EXTENSION not in self.scope.get("extensions", ()):
            return await self.answer(status, headers, body.read(first, count))
        await self.head(status, [*headers, (b"content-length", b"%d" % count)])
        where = {"file": body.file.descriptor, "offset": first, "count": count}
        await self.send({"type": EXTENSION, **where, "more_body": False})

    async def head(self, status: int, headers: Pairs) -> None:
        """Begin the answer."""
        self.begun = True
        await self.send({"type": "http.response.start", "status": status, "headers": [*headers, *CORS]})

    async def piece(self, body: bytes | memoryview, *, more: bool) -> None:
        """Send a piece of the body, once the viewer has taken most of those before."""
        await self.send({"type": "http.response.body", "body": body, "more_body": more})

    async def refuse(self, error: ServiceError) -> None:
        """Answer with a problem."""
        body = problem_body(error.status, error.code, error.detail, self.request_id)
        headers = [(b"content-type", MEDIA_TYPE.encode()), (b"cache-control", b"no-store")]
        headers += [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
        if error.retry_after_s:
            headers.append((b"retry-after", str(max(1, round(error.retry_after_s))).encode()))
        await self.answer(error.status, headers, body)
