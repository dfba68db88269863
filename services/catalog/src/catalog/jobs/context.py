"""What every job is given: the worker's settings, its Redis, and the little it remembers between runs."""

import random
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from chassis.logging import get_logger
from chassis.redis import RedisClient
from contracts.event import Event

from catalog.events import Directory
from catalog.settings import Settings
from catalog.sources.listing import file_of
from catalog.sources.spec import SourceSpec

log = get_logger("jobs")


@dataclass
class Context:
    """A worker's belongings."""

    settings: Settings
    redis: RedisClient
    streamers: tuple[httpx.AsyncClient, ...] = ()
    events_version: str | None = None
    events: tuple[Event, ...] = ()
    copied: str | None = None
    """The version of the list whose identities this worker copied to disk last."""
    probed_up_to: int = 0
    directory: Directory | None = None
    """Where events find their channels, as of `directory_version` of the list."""
    directory_version: str | None = None
    events_made_of: str | None = None
    """Of what the current events were made by this worker."""
    fault: str | None = None
    """What is wrong with the file of sources: the one before holds on."""
    fault_told: str | None = ""
    """What was last said of that; at first nothing is known to have been said."""
    _specs: tuple[SourceSpec, ...] = field(default=(), repr=False)
    _read_at: object = field(default=None, repr=False)

    def specs(self) -> tuple[SourceSpec, ...]:
        """Return the sources as they are now; where the file was broken in the meantime, as they were."""
        at = _stamp(file_of(self.settings.sources))
        if self._read_at is None or at != self._read_at:
            self._read_at = at
            self._reload()
        return self._specs

    def _reload(self) -> None:
        try:
            self._specs, self.fault = self.settings.specs(), None
        except (ValueError, OSError) as error:
            self.fault = str(error)
            log.warning("sources.unreadable", error=self.fault, keeping=len(self._specs))
        else:
            log.info("sources.read", sources=len(self._specs))

    def streamer(self) -> httpx.AsyncClient:
        """Return one of the streamers."""
        return random.choice(self.streamers)  # noqa: S311


def _stamp(path: Path | None) -> object:
    """Return what is another when a file is: it may be replaced as well as written to."""
    try:
        told = path.stat() if path else None
    except OSError as error:
        return error.errno
    return (told.st_mtime_ns, told.st_size, told.st_ino) if told else ()


def elapsed_ms(since: float) -> int:
    """Return the milliseconds since a moment of `time.monotonic`."""
    return round((time.monotonic() - since) * 1000)
