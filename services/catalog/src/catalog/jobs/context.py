"""What every job is given: the worker's settings, its Redis, and the little it remembers between runs."""

import random
import time
from dataclasses import dataclass, field

import httpx
from chassis.logging import get_logger
from chassis.redis import RedisClient
from contracts.event import Event

from catalog.settings import Settings
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
    _specs: tuple[SourceSpec, ...] = field(default=(), repr=False)

    def specs(self) -> tuple[SourceSpec, ...]:
        """Return the sources as they are now; where the file was broken in the meantime, as they were."""
        try:
            self._specs = self.settings.specs()
        except (ValueError, OSError) as error:
            log.warning("sources.unreadable", error=str(error), keeping=len(self._specs))
        return self._specs

    def streamer(self) -> httpx.AsyncClient:
        """Return one of the streamers."""
        return random.choice(self.streamers)  # noqa: S311


def elapsed_ms(since: float) -> int:
    """Return the milliseconds since a moment of `time.monotonic`."""
    return round((time.monotonic() - since) * 1000)
