"""Pictures on disk: each for some days, all of them within a bound.

The folder lies beside what Redis and NATS write, and a guide names a picture for each of its programmes:
without a bound one media server that loads them all would fill the disk for everybody. What was fetched
longest ago goes first.

Replicas may share the folder, and none counts for the others. So each looks at what is there once it has
written some megabytes more: by that much for each of them the bound may be passed.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

KEEP_S = 7 * 86_400.0
"""How long a picture is taken from here before it is fetched again: it may have changed."""
AGAIN_S = 86_400.0
"""How long it is kept on where that failed."""
MOST_BYTES = 512 * 1024 * 1024
LOOKS_EVERY_BYTES = 8 * 1024 * 1024


class Kept(NamedTuple):
    """A picture from the disk, and whether it need not be fetched again yet."""

    body: bytes
    is_fresh: bool


class Gallery:
    """A folder of pictures, by names that begin with a hash. Its methods block: they are for threads."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._unlooked_bytes = LOOKS_EVERY_BYTES

    def read(self, name: str) -> Kept | None:
        """Return a picture, if it is there."""
        try:
            with self._path(name).open("rb") as file:
                age_s = time.time() - os.fstat(file.fileno()).st_mtime
                return Kept(file.read(), is_fresh=age_s < KEEP_S)
        except OSError:
            return None

    def write(self, name: str, body: bytes) -> None:
        """Keep a picture; where the disk says no, it is made again next time."""
        path = self._path(name)
        unfinished = path.with_suffix(f".{secrets.token_hex(4)}.part")
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(body)
            unfinished.replace(path)
        self._unlooked_bytes += len(body)
        if self._unlooked_bytes > LOOKS_EVERY_BYTES:
            self._unlooked_bytes = 0
            self._make_room()

    def put_off(self, name: str) -> None:
        """Keep a picture for another day: there is no newer one to be had."""
        at = time.time() - KEEP_S + AGAIN_S
        with contextlib.suppress(OSError):
            os.utime(self._path(name), (at, at))

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name

    def _make_room(self) -> None:
        """Delete what is oldest, until the rest is within the bound."""
        found = sorted(self._files())
        surplus = sum(size for _, size, _ in found) - self._most_bytes
        for _, size, path in found:
            if surplus <= 0:
                return
            with contextlib.suppress(OSError):
                path.unlink()
            surplus -= size

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """Yield when each was written, and its size; also of what a process left unfinished as it died."""
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(OSError):
                told = path.stat()
                yield told.st_mtime, told.st_size, path
