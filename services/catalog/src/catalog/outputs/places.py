"""Places in a document for what only a request knows: under which address it came, and with which login.

So a list is written once per generation, and filled in for each who asks. The marks are new in every process
and can't be guessed: no name that somebody publishes is ever taken for one.

What is filled in is harmless in every format: a base address comes from a header that anybody can send, so
all that could end a value is percent-encoded.
"""

from functools import lru_cache
from secrets import token_hex
from typing import NamedTuple
from urllib.parse import quote

_MARK = token_hex(8)
BASE = f"B{_MARK}B"
"""The base address, without a slash at its end."""
QUERY = f"Q{_MARK}Q"
"""`?token=…` where a token came in the address; else nothing."""
PREFIX = f"P{_MARK}P"
"""`/t/…` likewise: for clients that put paths together themselves."""
LOGIN = f"L{_MARK}L"
"""`{user}/{password}`, as a path has them."""
HARMLESS = "/:[]@%,;=+$!*()"


class Places(NamedTuple):
    """What goes into a document. `token` is `token=…`, `login` is quoted already."""

    base: str = ""
    token: str = ""
    login: str = ""

    def fill(self, template: bytes) -> bytes:
        """Return the document."""
        query = f"?{self.token}" if self.token else ""
        prefix = f"/t/{self.token.partition('=')[2]}" if self.token else ""
        for mark, value in ((BASE, self.base), (QUERY, query), (PREFIX, prefix), (LOGIN, self.login)):
            template = template.replace(mark.encode(), value.encode())
        return template


@lru_cache(maxsize=256)
def harmless(base: str) -> str:
    """Return a base address with which nothing can be broken out of."""
    return quote(base, safe=HARMLESS)
