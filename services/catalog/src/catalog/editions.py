"""Documents that cost something to make: made once, off the event loop, and kept while they are asked for.

One is made at a time, however many ask for it. What is kept is bounded in bytes: the one that was asked for
least recently goes first.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable

MOST_BYTES = 64 * 1024 * 1024


class Editions:
    """The documents, by what distinguishes them."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._bytes = 0
        self._making = asyncio.Lock()

    async def get(self, name: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return the document called `name`; `make` is called, in a thread, where it isn't there."""
        if name not in self._kept:
            async with self._making:
                if name not in self._kept:
                    self._keep(name, body := await asyncio.to_thread(make))
                    return body
        self._kept.move_to_end(name)
        return self._kept[name]

    def _keep(self, name: Hashable, body: bytes) -> None:
        self._kept[name] = body
        self._bytes += len(body)
        while self._bytes > self._most_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest)
