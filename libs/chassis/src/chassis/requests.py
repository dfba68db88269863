"""One id for all that happens on behalf of one request, wherever it happens.

The front door makes it, every service takes it over, and it goes on with whatever a request causes: into
each log line, over HTTP to another service (`outgoing`), over NATS as a header (`headers`). What no
request caused, such as a job, begins one of its own.

The trap: a task inherits the id of whoever started it. Work that outlives its request and is done for others
too says `forget` first, or an hour later it would still log under the id of the first who asked.
"""

import secrets
from collections.abc import Mapping
from typing import Any

import structlog

HEADER = "X-Request-ID"
LENGTH_MOST = 64
FIELD = "request_id"


def new() -> str:
    """Return an id that nobody has."""
    return secrets.token_hex(8)


def begin(request_id: str = "") -> str:
    """Log under this id from now on, or under a new one; return it."""
    request_id = request_id[:LENGTH_MOST] or new()
    structlog.contextvars.bind_contextvars(**{FIELD: request_id})
    return request_id


def forget() -> None:
    """Log under no id from now on."""
    structlog.contextvars.unbind_contextvars(FIELD)


def current() -> str:
    """Return the id of the request that this is done for; nothing, if it is done for none."""
    return str(structlog.contextvars.get_contextvars().get(FIELD, ""))


def headers(request_id: str = "") -> dict[str, str]:
    """Return what a message says of the request behind it."""
    said = request_id or current()
    return {HEADER: said} if said else {}


def of(said: Mapping[str, str] | None) -> str:
    """Return the id in a message's headers; nothing, where there is none."""
    return (said or {}).get(HEADER, "")


async def outgoing(request: Any) -> None:
    """Send the id along: a hook of httpx, for clients that ask our own services."""
    if request_id := current():
        request.headers[HEADER] = request_id
