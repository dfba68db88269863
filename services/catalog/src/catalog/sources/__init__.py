"""Sources: each turns what a provider publishes into records, and says what it could not read."""

from catalog.sources.base import Scheduled, Source
from catalog.sources.daddylive import DaddyLive
from catalog.sources.fetch import Fetcher
from catalog.sources.m3u import M3U
from catalog.sources.spec import SourceSpec


def open_source(spec: SourceSpec, fetcher: Fetcher) -> Source:
    """Return the adapter for a source's kind."""
    match spec.kind:
        case "daddylive":
            return DaddyLive(spec, fetcher)
        case "m3u":
            return M3U(spec, fetcher)
        case "xmltv":
            raise ValueError(f"{spec.name} has a guide, and no channels")


def open_schedule(spec: SourceSpec, fetcher: Fetcher) -> Scheduled | None:
    """Return what reads the source's schedule, where its kind has one."""
    return DaddyLive(spec, fetcher) if spec.kind == "daddylive" else None
