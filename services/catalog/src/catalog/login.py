"""Logging in: a token is exchanged for a cookie that no script can read.

For the page; programs send the token itself.
Any page may post a form here, but none can do harm with it: whoever knows a token may as well use it.
"""

from typing import Any
from urllib.parse import parse_qs, quote

import orjson
from chassis.access import COOKIE, PREFIXED, Gate
from fastapi import APIRouter, Request
from starlette.responses import Response

from catalog.errors import LoginMalformed
from catalog.problems import PROBLEM

LOGIN, LOGOUT = "/api/login", "/api/logout"
KEPT_S = 365 * 24 * 3600
BODY_MOST = 4096
JSON = "application/json"

router = APIRouter()

_SCHEMA = {"type": "object", "required": ["token"], "properties": {"token": {"type": "string"}}}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": _SCHEMA} for kind in (JSON, "application/x-www-form-urlencoded")},
    }
}


@router.post(LOGIN, status_code=204, response_class=Response, responses=PROBLEM, openapi_extra=BODY)
async def login(request: Request) -> Response:
    """Set the cookie that opens everything to whoever has the token."""
    gate: Gate = request.app.state.gate
    secret = _token(await _body(request), request.headers.get("content-type", ""))
    answer = Response(status_code=204, headers={"Cache-Control": "no-store"})
    if not await gate.admit({**request.scope, "headers": [], "query_string": b"", PREFIXED: None}, secret):
        return answer
    answer.set_cookie(
        COOKIE,
        quote(secret, safe=""),
        max_age=KEPT_S,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return answer


@router.post(LOGOUT, status_code=204, response_class=Response, responses=PROBLEM)
async def logout() -> Response:
    """Take the cookie away."""
    answer = Response(status_code=204, headers={"Cache-Control": "no-store"})
    answer.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return answer


async def _body(request: Request) -> bytes:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_MOST:
            raise LoginMalformed
    return body


def _token(body: bytes, content_type: str) -> str:
    """Read the token out of a form or of JSON.

    Raises
    ------
    LoginMalformed
        If there is none.
    """
    try:
        if content_type.partition(";")[0].strip().lower() == JSON:
            said = orjson.loads(body)["token"]
        else:
            said = parse_qs(body.decode(), strict_parsing=True)["token"][0]
    except (ValueError, KeyError, TypeError) as error:
        raise LoginMalformed from error
    if not isinstance(said, str):
        raise LoginMalformed
    return said
