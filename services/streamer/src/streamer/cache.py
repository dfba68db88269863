"""Finished bodies, bounded in bytes: the least recently used goes first, and each for a while only.

A body that is asked for again moves into a file in memory, from where the kernel sends it without a copy:
measured, that is twice as many bytes for the same processor time. One that nobody asks for twice is not worth
the move.
"""

import os
import resource
import time
from collections import OrderedDict

FILE_LEAST_BYTES = 64 * 1024
"""A smaller body is sent as fast from plain memory."""
START_BYTES = 189
FILES_SHARE = 4
"""Which part of this process's descriptors may be such files."""


class MemoryFile:
    """A file without a name, in memory. It closes when the last one who holds it lets go."""

    def __init__(self, content: memoryview) -> None:
        self.descriptor = os.memfd_create("segment", os.MFD_CLOEXEC)
        at = 0
        while at < len(content):
            at += os.write(self.descriptor, content[at:])

    def __del__(self) -> None:
        """Close it: pages that are on their way to a viewer stay until they are there."""
        os.close(self.descriptor)


class Cached:
    """A whole body: in plain memory, or in a file."""

    def __init__(self, content: memoryview, ends_at: float) -> None:
        self._content: memoryview | None = content
        self.size = len(content)
        self.start = bytes(content[:START_BYTES])
        """Its first bytes, which tell what it is."""
        self.ends_at = ends_at
        self.file: MemoryFile | None = None
        self.head: tuple[str, bytes] | None = None
        """The head of an answer with it, written out, for one extension."""

    def move(self) -> None:
        """Move it into a file."""
        if self._content is not None:
            self.file, self._content = MemoryFile(self._content), None

    def read(self, first: int = 0, count: int | None = None) -> bytes | memoryview:
        """Return some of it, or all."""
        count = self.size - first if count is None else count
        if self._content is not None:
            return self._content[first : first + count]
        assert self.file is not None  # noqa: S101  (one of the two)
        return os.pread(self.file.descriptor, count, first)


class Cache:
    """Bodies by name. `most_bytes` bounds what they weigh together."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._most_files = resource.getrlimit(resource.RLIMIT_NOFILE)[0] // FILES_SHARE
        self._files = 0
        self._bodies: OrderedDict[str, Cached] = OrderedDict()
        self.held_bytes = 0

    def __len__(self) -> int:
        """Return how many bodies there are."""
        return len(self._bodies)

    def __contains__(self, name: str) -> bool:
        """Whether a body is there. That is not to ask for it."""
        return name in self._bodies

    def get(self, name: str) -> Cached | None:
        """Return a body that is there and not too old."""
        body = self._bodies.get(name)
        if body is None:
            return None
        if body.ends_at < time.monotonic():
            self._drop(name)
            return None
        self._bodies.move_to_end(name)
        if body.file is None and body.size >= FILE_LEAST_BYTES and self._files < self._most_files:
            body.move()
            self._files += 1
        return body

    def put(self, name: str, content: memoryview, keep_s: float) -> Cached:
        """Keep a body for `keep_s`, unless it alone is more than an eighth of everything. Return it."""
        body = Cached(content, time.monotonic() + keep_s)
        if body.size * 8 > self._most_bytes:
            return body
        self._drop(name)
        self._bodies[name] = body
        self.held_bytes += body.size
        while self.held_bytes > self._most_bytes:
            self._drop(next(iter(self._bodies)))
        return body

    async def sweep(self) -> None:
        """Let go of what is too old, whether anybody asks for it or not."""
        now = time.monotonic()
        for name in [name for name, body in self._bodies.items() if body.ends_at < now]:
            self._drop(name)

    def _drop(self, name: str) -> None:
        if body := self._bodies.pop(name, None):
            self.held_bytes -= body.size
            self._files -= body.file is not None
