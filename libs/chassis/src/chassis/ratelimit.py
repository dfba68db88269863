"""How often a client may ask: so many requests in a window of time, counted for all nodes in Redis.

A window begins with a client's first request and ends by itself. A Redis that is away, or slow, limits nobody
and holds nobody up: after one failure it is left alone for a moment.

A client is an address as `chassis.proxies` corrected it (of IPv6 its /64); who has none came from inside.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.problems import problem
from chassis.proxies import client_network
from chassis.redis import Dispensable, RedisClient

DEADLINE_S = 1.0
SECONDS = {"second": 1, "minute": 60, "hour": 3600}
RATE = re.compile(rf"([1-9][0-9]{{0,8}})/({'|'.join(SECONDS)})")
NONE = ("0", "off")

COUNT = """
local asked = redis.call('INCR', KEYS[1])
if asked == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {asked, redis.call('PTTL', KEYS[1])}
"""
"""One script, so that a counter never stays behind without an end."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds."""

    requests: int
    window_s: int


def parse_rate(said: str) -> Rate | None:
    """Read `100/minute`; None where there is no limit.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if said.lower() in NONE:
        return None
    match = RATE.fullmatch(said)
    if match is None:
        raise ValueError("accepted: such as 100/minute (second, minute, hour), or off")
    return Rate(int(match[1]), SECONDS[match[2]])


def check_rate(said: str) -> str:
    """Accept what `parse_rate` can read.

    Raises
    ------
    ValueError
        As `parse_rate`.
    """
    parse_rate(said)
    return said


RateSetting = Annotated[str, AfterValidator(check_rate)]


class Counter:
    """Counts clients' requests in Redis. `key` names a client's counter."""

    def __init__(self, redis: RedisClient, rate: Rate, key: Callable[[str], str]) -> None:
        self._count = redis.register_script(COUNT)
        self._rate = rate
        self._key = key
        self._redis = Dispensable("rate limit", DEADLINE_S)

    async def wait_s(self, client: str) -> float:
        """Count a request; return 0, or how long its client has to wait if it is one too many."""
        asked, left_ms = await self._redis.ask(
            lambda: self._count([self._key(client_network(client))], [self._rate.window_s * 1000]), (0, 0)
        )
        return left_ms / 1000 if asked > self._rate.requests else 0.0


class RateLimit:
    """The middleware: refuses what is too much below `beginning`.

    `counter` gives the counter once there is one: Redis is opened when the app starts. None limits nobody.
    """

    def __init__(self, app: ASGIApp, counter: Callable[[], Counter | None], beginning: str) -> None:
        self._app = app
        self._counter = counter
        self._beginning = beginning

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or refuse it."""
        if scope["type"] != "http" or not scope["path"].startswith(self._beginning):
            return await self._app(scope, receive, send)
        counter, client = self._counter(), scope.get("client")
        wait_s = await counter.wait_s(client[0]) if counter and client else 0.0
        if not wait_s:
            return await self._app(scope, receive, send)
        detail = f"Too many requests: come back in {math.ceil(wait_s)} s."
        headers = {"Retry-After": str(math.ceil(wait_s))}
        answer = problem(Request(scope), 429, "rate_limited", detail, **headers)
        await answer(scope, receive, send)
