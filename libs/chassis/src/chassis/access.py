"""Who may come in: a token, found wherever a client can put one, wanted at every door but the open ones.

    Authorization: Bearer {token}    programs
    Cookie: iptv_token={token}       the page, once it has logged in
    ?token={token}                   players, which are told nothing but an address
    /t/{token}/…                     players that lose a query: what is asked for is the path behind it
    a place of the address's own     protocols that have one for a password: their doors `give` it

Without tokens everything is open, and only the prefix is looked at. A token that came in the address is
remembered, so that playlists can carry it on (`carried`): such a player sends nothing else next time.

The trap: an address with a token in it ends up in logs. So the prefix leaves the scope at once and for good,
and nothing here says what a token was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.problems import ServiceError, problem
from chassis.tokens import Tokens

COOKIE = "iptv_token"
PREFIX = "/t/"

ADMITTED = "chassis.access.admitted"
PREFIXED = "chassis.access.prefixed"
"""Keys of the scope: who was let in; the token that stood before the path."""


class AccessDenied(ServiceError):
    """No token, or one that nobody has."""

    code, status = "access_denied", 401
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}

    def __init__(self) -> None:
        super().__init__("A token is needed here: log in, or add ?token= and the token to the address.")


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who was let in, by the token's name."""

    name: str
    carried: str = field(default="", repr=False)
    """`token=…` if it came in the address, and so has to be in the next one."""


class Prefix:
    """The middleware that takes `/t/{token}` out of paths, before anything looks at them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the prefix, then go on."""
        if scope["type"] in ("http", "websocket"):
            take_prefix(scope)
        await self._app(scope, receive, send)


class Access:
    """The middleware that lets nobody through who has no token. It stands behind `Prefix`.

    `open_paths` are those that want none: whole paths, and beginnings where they end in a slash.
    """

    def __init__(self, app: ASGIApp, tokens: Tokens, open_paths: Sequence[str] = ()) -> None:
        self._app = app
        self._tokens = tokens
        self._open = frozenset(open_paths)
        self._open_beginnings = tuple(path for path in open_paths if path.endswith("/"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or refuse it."""
        wanted = self._tokens and scope["type"] != "lifespan" and not self._is_open(scope["path"])
        if wanted and not enter(self._tokens, scope):
            return await _refuse(scope, receive, send)
        await self._app(scope, receive, send)

    def _is_open(self, path: str) -> bool:
        return path in self._open or path.startswith(self._open_beginnings)


def take_prefix(scope: Scope) -> bool:
    """Take `/t/{token}` out of a scope's path, once, and remember the token. Return whether there was one.

    It happens in place: a copy would leave the token with the error handlers outside, which log the path.
    """
    if not scope["path"].startswith(PREFIX) or PREFIXED in scope:
        return False
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    _, _, token, *rest = raw.split(b"/", 3)
    if not token or not rest:
        return False
    scope[PREFIXED] = unquote(token.decode("latin-1"))
    scope["raw_path"] = b"/" + rest[0]
    scope["path"] = unquote(scope["raw_path"].decode("latin-1"))
    return True


def give(scope: Scope, token: str) -> None:
    """Note a token that an address has in a place of its own, as if it stood before the path."""
    scope.setdefault(PREFIXED, token)


def enter(tokens: Tokens, scope: Scope) -> Admitted | None:
    """Return who asks, and note it in the scope; None if no token in the request is anybody's.

    Any that is right will do: a page's cookie may be of yesterday while its address has today's.
    """
    in_address = filter(None, (scope.get(PREFIXED), *_in_query(scope["query_string"])))
    found = [Admitted(name, _written(secret)) for secret in in_address if (name := tokens.name_of(secret))]
    if not found:
        in_headers = map(tokens.name_of, _in_headers(scope["headers"]))
        found = [Admitted(name) for name in in_headers if name]
    if not found:
        return None
    scope[ADMITTED] = found[0]
    return found[0]


def carried(scope: Scope) -> str:
    """Return `token=…` if playlists have to carry the token on, else nothing."""
    admitted: Admitted | None = scope.get(ADMITTED)
    return admitted.carried if admitted else ""


def is_closed(scope: Scope) -> bool:
    """Whether a token was needed for this request: its answer is not for shared caches."""
    return ADMITTED in scope


def _written(secret: str) -> str:
    return f"token={quote(secret, safe='')}"


def _in_query(query: bytes) -> list[str]:
    if b"token=" not in query:
        return []
    pairs = (pair.partition("=") for pair in query.decode("latin-1").split("&"))
    return [unquote(value) for key, _, value in pairs if key == "token"]


def _in_headers(headers: Sequence[tuple[bytes, bytes]]) -> list[str]:
    found = []
    for key, value in headers:
        if key == b"authorization":
            scheme, _, secret = value.decode("latin-1").partition(" ")
            found += [secret.strip()] if scheme.lower() == "bearer" else []
        elif key == b"cookie":
            found += _in_cookies(value.decode("latin-1"))
    return found


def _in_cookies(header: str) -> list[str]:
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    return [unquote(value.strip('"')) for name, _, value in pairs if name == COOKIE]


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        return await send({"type": "websocket.close", "code": 1008})
    error = AccessDenied()
    answer = problem(Request(scope), error.status, error.code, error.detail, **error.headers)
    await answer(scope, receive, send)
