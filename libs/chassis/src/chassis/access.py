"""Who may come in: a token, found wherever a client can put one, wanted at every door but the open ones.

    Authorization: Bearer {token}    programs
    Cookie: iptv_token={token}       the page, once it has logged in
    ?token={token}                   players, which are told nothing but an address
    /t/{token}/…                     players that lose a query: what is asked for is the path behind it
    a place of the address's own     protocols that have one for a password: their doors `give` it

Without tokens everything is open, and only the prefix is looked at. A token that came in the address is
remembered, so that playlists can carry it on (`carried`): such a player sends nothing else next time.

Whoever tries many tokens is told nothing any more for a while (`chassis.guesses`), be the next one right or
wrong; who came in before from there still does.

The trap: an address with a token in it ends up in logs. So the prefix leaves the scope at once and for good,
and nothing here says what a token was.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import quote, unquote

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.errors import ServiceError
from chassis.guesses import Guesses, TooManyGuesses
from chassis.problems import problem
from chassis.tokens import Token, Tokens

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


class AccessUnknown(ServiceError):
    """Nobody knows yet who may come in: Redis, which has the tokens, was not there since the start."""

    code, status = "access_unknown", 503
    retry_after_s = 2.0

    def __init__(self) -> None:
        super().__init__("This node has just started and waits for the list of who may come in.")


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who was let in."""

    token: Token
    carried: str = field(default="", repr=False)
    """`token=…` if it came in the address, and so has to be in the next one."""

    @property
    def name(self) -> str:
        """The token's name."""
        return self.token.name


class Gate:
    """Lets in, or not. `guesses` gives the count of wrong tokens, once there is one."""

    def __init__(self, tokens: Tokens, guesses: Callable[[], Guesses | None] = lambda: None) -> None:
        self.tokens = tokens
        self._guesses = guesses

    async def admit(self, scope: Scope, *secrets: str) -> Admitted | None:
        """Return who asks, and note it in the scope; None where everything is open.

        `secrets` are those that were said in a place of the protocol's own.

        Raises
        ------
        AccessDenied
            If no token in the request is anybody's.
        TooManyGuesses
            If too many were not, of late.
        AccessUnknown
            If nobody can say yet.
        """
        if not self.tokens:
            return None
        if not self.tokens.known:
            raise AccessUnknown
        found = enter(self.tokens, scope, secrets)
        guesses, client = self._guesses(), scope["client"][0] if scope.get("client") else ""
        if guesses is None or not client:
            return _found(found)
        if found and guesses.let_in(client, found.name):
            return found
        scope.pop(ADMITTED, None)
        guesses.refuse_barred(client)
        await guesses.count(client, (*secrets, *_offered(scope)))
        raise AccessDenied


def _found(found: Admitted | None) -> Admitted:
    if found is None:
        raise AccessDenied
    return found


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

    def __init__(self, app: ASGIApp, gate: Gate, open_paths: Sequence[str] = ()) -> None:
        self._app = app
        self._gate = gate
        self._open = frozenset(open_paths)
        self._open_beginnings = tuple(path for path in open_paths if path.endswith("/"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or refuse it."""
        if scope["type"] != "lifespan" and not self._is_open(scope["path"]):
            try:
                await self._gate.admit(scope)
            except (AccessDenied, AccessUnknown, TooManyGuesses) as error:
                return await _refuse(error, scope, receive, send)
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


def enter(tokens: Tokens, scope: Scope, secrets: Sequence[str] = ()) -> Admitted | None:
    """Return who asks, and note it in the scope; None if no token in the request is anybody's.

    Any that is right will do: a page's cookie may be of yesterday while its address has today's.
    """
    for secret in _in_address(scope):
        if token := tokens.token_of(secret):
            scope[ADMITTED] = Admitted(token, _written(secret))
            return scope[ADMITTED]  # type: ignore[no-any-return]
    for secret in (*secrets, *_in_headers(scope["headers"])):
        if token := tokens.token_of(secret):
            scope[ADMITTED] = Admitted(token)
            return scope[ADMITTED]  # type: ignore[no-any-return]
    return None


def admitted(scope: Scope) -> Token | None:
    """Return with which token the request came in; None where none was needed."""
    found: Admitted | None = scope.get(ADMITTED)
    return found.token if found else None


def carried(scope: Scope) -> str:
    """Return `token=…` if playlists have to carry the token on, else nothing."""
    admitted: Admitted | None = scope.get(ADMITTED)
    return admitted.carried if admitted else ""


def presented(scope: Scope, tokens: Tokens) -> str:
    """Return the secret that the request came in with, wherever it stood; nothing where none was needed."""
    if ADMITTED not in scope:
        return ""
    offered = _offered(scope)
    return next((secret for secret in offered if tokens.token_of(secret) == scope[ADMITTED].token), "")


def is_closed(scope: Scope) -> bool:
    """Whether a token was needed for this request: its answer is not for shared caches."""
    return ADMITTED in scope


def _in_address(scope: Scope) -> list[str]:
    return [secret for secret in (scope.get(PREFIXED), *_in_query(scope["query_string"])) if secret]


def _offered(scope: Scope) -> list[str]:
    return _in_address(scope) + _in_headers(scope["headers"])


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


async def _refuse(error: ServiceError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        return await send({"type": "websocket.close", "code": 1008})
    headers = {"Retry-After": str(math.ceil(error.retry_after_s))} if error.retry_after_s else {}
    answer = problem(Request(scope), error.status, error.code, error.detail, **error.headers, **headers)
    await answer(scope, receive, send)
