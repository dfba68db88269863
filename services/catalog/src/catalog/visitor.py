"""The doors of the page alone: who looks at it, the token for a player's address, and a source read now.

The cookie is hidden from scripts, and a player's address has to have the token in it. So the page is told its
token when its viewer presses for it, and at no other time: what is asked for is a POST, with which no browser
sends this cookie from somebody else's page, and the answer is kept by nobody.

Who may have a source read now: with tokens, whoever has one that shows everything; without, whoever is in the
house. A source is asked no more than once in half a minute, however many press.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from chassis.access import admitted, is_closed, presented
from contracts import keys
from contracts.visitor import OwnToken, Visitor
from fastapi import APIRouter, Request
from starlette.responses import Response

from catalog.errors import RefreshForbidden, RefreshTooSoon, SourceNotFound
from catalog.problems import PROBLEM
from catalog.rooms import RoomsDep

router = APIRouter()

APART_S = 30
NO_STORE = {"Cache-Control": "no-store"}


@router.get("/api/me", responses=PROBLEM)
async def me(request: Request, response: Response, inside: RoomsDep) -> Visitor:
    """Return who asks, and what they may do."""
    response.headers.update(NO_STORE)
    token = admitted(request.scope)
    return Visitor(
        closed=is_closed(request.scope),
        name=token.name if token else None,
        may_refresh=_may(request),
        demo=inside.settings.shows_demo,
    )


@router.post("/api/token", responses=PROBLEM)
async def token(request: Request, response: Response) -> OwnToken:
    """Return the token that this page came in with, for the addresses of its viewer's players."""
    response.headers.update(NO_STORE)
    if _is_foreign(request):
        raise RefreshForbidden
    return OwnToken(token=presented(request.scope, request.app.state.gate.tokens) or None)


@router.post(
    "/api/sources/{name}/refresh", status_code=202, response_class=Response, responses={202: {}, **PROBLEM}
)
async def refresh(request: Request, name: str, inside: RoomsDep) -> Response:
    """Have a source read as soon as a worker can: within seconds."""
    if not _may(request) or _is_foreign(request):
        raise RefreshForbidden
    reports = (report for report in inside.library.reports if report.name == name)
    topics = [report.topic for report in reports if report.topic != "configuration"]
    if not topics:
        raise SourceNotFound(name)
    if not await inside.redis.set(keys.lease(f"asked:{name}"), b"page", nx=True, ex=APART_S):
        raise RefreshTooSoon(await inside.redis.ttl(keys.lease(f"asked:{name}")))
    for topic in topics:
        known_as = name if topic == "channels" else f"{name}:{topic}"
        await inside.redis.hset(keys.ASKED, keys.source(known_as), b"now")
    return Response(status_code=202, headers=NO_STORE)


def _may(request: Request) -> bool:
    if is_closed(request.scope):
        who = admitted(request.scope)
        return who is not None and not who.groups
    return _is_inside(request.client.host if request.client else "")


def _is_inside(host: str) -> bool:
    """Whether a client is in the house. Over a unix socket there are only our own."""
    try:
        return not host or ip_address(host).is_private or ip_address(host).is_loopback
    except ValueError:
        return False


def _is_foreign(request: Request) -> bool:
    """Whether another page asks: browsers say whose it is with every POST."""
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")
