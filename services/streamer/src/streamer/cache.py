"""Finished bodies, bounded in bytes: the least recently used goes first, and each for a while only."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Body:
    """A whole body. One `bytes`, so that it leaves in one piece."""

    content: bytes = field(repr=False)
    ends_at: float = 0.0


class Cache:
    """Bodies by name. `most_bytes` bounds what they weigh together."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bodies: OrderedDict[str, Body] = OrderedDict()
        self.held_bytes = 0

    def get(self, name: str) -> bytes | None:
        """Return a body that is there and not too old."""
        body = self._bodies.get(name)
        if body is None:
            return None
        if body.ends_at < time.monotonic():
            self._drop(name)
            return None
        self._bodies.move_to_end(name)
        return body.content

    def put(self, name: str, content: bytes, keep_s: float) -> None:
        """Keep a body for `keep_s`, unless it alone is more than an eighth of everything."""
        if len(content) * 8 > self._most_bytes:
            return
        self._drop(name)
        self._bodies[name] = Body(content, time.monotonic() + keep_s)
        self.held_bytes += len(content)
        while self.held_bytes > self._most_bytes:
            self._drop(next(iter(self._bodies)))

    def _drop(self, name: str) -> None:
        if body := self._bodies.pop(name, None):
            self.held_bytes -= len(body.content)
