"""How often a client may ask: so many requests in a window of time, counted for all nodes in Redis.

A window begins with a client's first request and ends by itself. A Redis that is away, or slow, limits nobody
and holds nobody up: after one failure it is left alone for a moment.

What is left is said in every answer that was counted, as draft-ietf-httpapi-ratelimit-headers has it
(`RateLimit-Policy`, `RateLimit`), so that a client can slow down before it is refused.

A client is an address as `chassis.proxies` corrected it (of IPv6 its /64); who has none came from inside.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from pydantic import AfterValidator
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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


class Count(NamedTuple):
    """How a client stands after a request."""

    asked: int
    ends_in_s: float


class Counter:
    """Counts clients' requests in Redis. `key` names a client's counter."""

    def __init__(self, redis: RedisClient, rate: Rate, key: Callable[[str], str]) -> None:
        self._count = redis.register_script(COUNT)
        self.rate = rate
        self._key = key
        self._redis = Dispensable("rate limit", DEADLINE_S)

    async def count(self, client: str) -> Count:
        """Count a request; without Redis nothing was asked."""
        asked, left_ms = await self._redis.ask(
            lambda: self._count([self._key(client_network(client))], [self.rate.window_s * 1000]), (0, 0)
        )
        return Count(asked, left_ms / 1000)

    async def wait_s(self, client: str) -> float:
        """Count a request; return 0, or how long its client has to wait if it is one too many."""
        count = await self.count(client)
        return count.ends_in_s if count.asked > self.rate.requests else 0.0


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
        count = await counter.count(client[0]) if counter and client else NOBODY
        if counter is None or not count.asked:
            return await self._app(scope, receive, send)
        said = _said(counter.rate, count)
        if count.asked <= counter.rate.requests:
            return await self._app(scope, receive, _saying(send, said))
        wait_s = max(1, math.ceil(count.ends_in_s))
        detail = f"Too many requests: come back in {wait_s} s."
        answer = problem(Request(scope), 429, "rate_limited", detail, **said, **{"Retry-After": str(wait_s)})
        await answer(scope, receive, send)


NOBODY = Count(0, 0.0)
"""Who isn't counted."""


def _said(rate: Rate, count: Count) -> dict[str, str]:
    """Return what an answer says of the limit."""
    left, ends_in_s = max(0, rate.requests - count.asked), math.ceil(count.ends_in_s)
    return {
        "RateLimit-Policy": f'"default";q={rate.requests};w={rate.window_s}',
        "RateLimit": f'"default";r={left};t={ends_in_s}',
    }


def _saying(send: Send, said: dict[str, str]) -> Send:
    async def saying(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [(name.lower().encode(), value.encode()) for name, value in said.items()]
            message = {**message, "headers": [*message["headers"], *headers]}
        await send(message)

    return saying
