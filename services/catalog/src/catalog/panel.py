"""The doors for apps that want an Xtream panel.

They say a name and a password with every request, in the query or as a form. The name may be anything; where
there are access tokens, the password is one. A wrong one is counted like every login, so that nobody guesses
for long.

The trap: until the password was looked at, nobody knows which groups may be shown.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote

from chassis.access import AccessDenied, Gate
from chassis.ratelimit import Counter
from contracts.channel import Channel
from fastapi import APIRouter, Request
from starlette.responses import Response

from catalog.documents import Document
from catalog.errors import TooManyLogins
from catalog.outputs import m3u, xtream
from catalog.outputs.places import BASE, LOGIN
from catalog.players import guide_document
from catalog.queries import ListQuery
from catalog.rooms import RoomsDep, current, narrowed
from catalog.snapshot import Snapshot

router = APIRouter(include_in_schema=False)

JSON = "application/json"
PATHS = ("/player_api.php", "/get.php", "/xmltv.php")
BODY_MOST = 16_384
WORD_MOST = 200
SHORT, SHORT_MOST = 4, 100
TABLE = timedelta(days=7)
NOTHING = b"[]"

Asked = dict[str, str]


@router.api_route("/player_api.php", methods=["GET", "POST"], response_class=Response)
async def player_api(request: Request, inside: RoomsDep) -> Response:
    """Answer one of the panel's actions."""
    asked = await _asked(request)
    if not await _knows(request, asked):
        return Response(xtream.refused(), headers={"Cache-Control": "no-store"}, media_type=JSON)
    action = ACTIONS.get(asked.get("action", ""), _nothing)
    if action is _login:
        body = xtream.login(
            _user(asked), _password(asked), inside.desk.base(request.scope), datetime.now(UTC)
        )
        return Response(body, headers={"Cache-Control": "no-store"}, media_type=JSON)
    snapshot = await current(request)
    body = action(asked, snapshot)
    version = f"{snapshot.channels.version}-{snapshot.guide.version}"
    document = Document(version, body, JSON, path="/player_api.php", absolute=True)
    return inside.desk.answer(document)


@router.get("/get.php", response_class=Response)
async def get(request: Request, inside: RoomsDep) -> Response:
    """Return the list as the panel's, with the login in every address."""
    asked, snapshot = await _admitted(request), await current(request)
    extension = xtream.EXTENSIONS.get(asked.get("output", ""), "ts")
    chosen = narrowed(snapshot, ListQuery())
    if asked.get("type", "m3u_plus") == "m3u":
        body = xtream.bare_playlist(chosen, BASE, LOGIN, extension)
    else:
        told = f"username={quote(_user(asked), safe='')}&password={quote(_password(asked), safe='')}"
        body = xtream.playlist(chosen, BASE, LOGIN, extension, f"{BASE}/xmltv.php?{told}")
    headers = {"Content-Disposition": 'attachment; filename="playlist.m3u"'}
    document = Document(
        snapshot.channels.version, body, m3u.MEDIA_TYPE, path="/get.php", headers=headers, absolute=True
    )
    return inside.desk.answer(document, xtream.path_of(_user(asked), _password(asked)))


@router.get("/xmltv.php", response_class=Response)
async def guide(request: Request, inside: RoomsDep) -> Response:
    """Return the guide, as everywhere."""
    await _admitted(request)
    return await guide_document(request, ListQuery(), await current(request), inside)


async def _asked(request: Request) -> Asked:
    """Return what was said, in the query and as a form; what is said twice counts once."""
    said = request.scope["query_string"].decode("latin-1")
    if request.method == "POST":
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > BODY_MOST:
                break
        said = f"{said}&{body[:BODY_MOST].decode('latin-1')}"
    return dict(parse_qsl(said, keep_blank_values=True, max_num_fields=None))


async def _admitted(request: Request) -> Asked:
    """Return what was said by somebody who may come in.

    Raises
    ------
    AccessDenied
        If he may not.
    """
    asked = await _asked(request)
    if not await _knows(request, asked):
        raise AccessDenied
    return asked


async def _knows(request: Request, asked: Asked) -> bool:
    """Whether the password is a token, or there is another one in the request; always, if there are none.

    Raises
    ------
    TooManyLogins
        If it is wrong, once too often.
    """
    gate: Gate = request.app.state.gate
    try:
        await gate.admit(request.scope, _password(asked))
    except AccessDenied:
        counter: Counter | None = getattr(request.app.state, "counter", None)
        if counter and request.client and (wait_s := await counter.wait_s(request.client.host)):
            raise TooManyLogins(wait_s) from None
        return False
    return True


def _user(asked: Asked) -> str:
    return asked.get("username", "")[:WORD_MOST] or "tv"


def _password(asked: Asked) -> str:
    return asked.get("password", "")[:WORD_MOST] or "tv"


def _login(asked: Asked, snapshot: Snapshot) -> bytes:  # noqa: ARG001  (an action among others)
    return b""


def _nothing(asked: Asked, snapshot: Snapshot) -> bytes:  # noqa: ARG001
    """Films and series: there are none, nor anything else that is asked for."""
    return NOTHING


def _categories(asked: Asked, snapshot: Snapshot) -> bytes:  # noqa: ARG001
    return xtream.categories(snapshot.channels.all)


def _streams(asked: Asked, snapshot: Snapshot) -> bytes:
    wanted = asked.get("category_id", "")
    chosen = [
        channel
        for channel in snapshot.channels.all
        if wanted in ("", "0") or xtream.category_id(channel.group) == wanted
    ]
    return xtream.streams(chosen, BASE)


def _short_epg(asked: Asked, snapshot: Snapshot) -> bytes:
    limit = asked.get("limit", "")
    most = min(int(limit), SHORT_MOST) if limit.isdecimal() and len(limit) < 6 else SHORT
    return _listings(asked, snapshot, most, whole=False)


def _table(asked: Asked, snapshot: Snapshot) -> bytes:
    return _listings(asked, snapshot, None, whole=True)


def _listings(asked: Asked, snapshot: Snapshot, most: int | None, *, whole: bool) -> bytes:
    channel, moment = _channel(asked, snapshot), datetime.now(UTC)
    if channel is None:
        return b'{"epg_listings":[]}'
    listed = snapshot.listings.within(channel.id, moment, moment + TABLE)
    return xtream.listings(channel, listed[:most], moment, whole=whole)


def _channel(asked: Asked, snapshot: Snapshot) -> Channel | None:
    number = asked.get("stream_id", "")
    if not number.isdecimal() or len(number) > 9:
        return None
    return next((each for each in snapshot.channels.all if each.number == int(number)), None)


ACTIONS: dict[str, Callable[[Asked, Snapshot], bytes]] = {
    **dict.fromkeys(("", "get_profile", "get_server_info"), _login),
    "get_live_categories": _categories,
    "get_live_streams": _streams,
    "get_short_epg": _short_epg,
    "get_simple_data_table": _table,
}
