"""Guessing at tokens, slowed down: so many wrong ones from one client, then a while of no answer at all.

Different tokens are counted, not requests: a player that goes on with yesterday's is no guesser. They are
counted in Redis, for all nodes; only wrong ones are, so that whoever is right never waits for it. A client
that is barred is refused before its token is judged, unless that token came in from there already: a
neighbour who guesses behind the same address locks out nobody who is watching.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from time import monotonic

from chassis.errors import ServiceError
from chassis.proxies import client_network
from chassis.redis import Dispensable, RedisClient
from chassis.tokens import digest

MOST = 20
WINDOW_S = 600
DEADLINE_S = 0.2
KNOWN_MOST = 16_384
BARRED_MOST = 16_384
AT_ONCE = 8
"""How many tokens of one request are counted."""

COUNT = """
for number = 3, #ARGV do redis.call('SADD', KEYS[1], ARGV[number]) end
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
if redis.call('SCARD', KEYS[1]) < tonumber(ARGV[2]) then return 0 end
return redis.call('PTTL', KEYS[1])
"""


class TooManyGuesses(ServiceError):
    """A client that came with too many wrong tokens."""

    code, status = "too_many_guesses", 429

    def __init__(self, wait_s: float) -> None:
        super().__init__("Too many wrong tokens came from there: try again later.")
        self.retry_after_s = wait_s


class Guesses:
    """The count. `key` names a client's."""

    def __init__(self, redis: RedisClient, key: Callable[[str], str], most: int = MOST) -> None:
        self._count = redis.register_script(COUNT)
        self._key = key
        self._most = most
        self._redis = Dispensable("guesses", DEADLINE_S)
        self._barred: OrderedDict[str, float] = OrderedDict()
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def let_in(self, client: str, name: str) -> bool:
        """Whether who has the right token comes in; and remember that he did."""
        client = client_network(client)
        if (client, name) not in self._known:
            if self._barred_s(client):
                return False
            self._known[client, name] = None
            while len(self._known) > KNOWN_MOST:
                self._known.popitem(last=False)
        return True

    def refuse_barred(self, client: str) -> None:
        """Say no more to who guessed too often.

        Raises
        ------
        TooManyGuesses
            If it is one.
        """
        if wait_s := self._barred_s(client_network(client)):
            raise TooManyGuesses(wait_s)

    async def count(self, client: str, secrets: Iterable[str]) -> None:
        """Count wrong tokens.

        Raises
        ------
        TooManyGuesses
            If they are too many by now.
        """
        tried = [digest(secret)[:8] for secret in secrets if secret][:AT_ONCE]
        if not tried:
            return
        client = client_network(client)
        arguments = [WINDOW_S * 1000, self._most, *tried]
        left_ms = await self._redis.ask(lambda: self._count([self._key(client)], arguments), 0)
        if left_ms > 0:
            self._barred[client] = monotonic() + left_ms / 1000
            while len(self._barred) > BARRED_MOST:
                self._barred.popitem(last=False)
            raise TooManyGuesses(left_ms / 1000)

    def _barred_s(self, client: str) -> float:
        left_s = self._barred.get(client, 0.0) - monotonic()
        if left_s <= 0:
            self._barred.pop(client, None)
            return 0.0
        return left_s
