"""Sources: each turns what a provider publishes into records, and says what it could not read."""

from catalog.sources.base import Scheduled, Source
from catalog.sources.daddylive import DaddyLive
from catalog.sources.events import EventsAPI
from catalog.sources.fetch import Fetcher
from catalog.sources.hdhomerun import HDHomeRun
from catalog.sources.ics import ICS
from catalog.sources.m3u import M3U
from catalog.sources.spec import SourceSpec
from catalog.sources.xtream import Xtream
from catalog.sources.xtream import guide_address as panels_guide


def open_source(spec: SourceSpec, fetcher: Fetcher) -> Source | None:
    """Return what reads the source's channels, where its kind has any."""
    match spec.kind:
        case "daddylive":
            return DaddyLive(spec, fetcher)
        case "m3u":
            return M3U(spec, fetcher)
        case "xtream":
            return Xtream(spec, fetcher)
        case "hdhomerun":
            return HDHomeRun(spec, fetcher)
        case _:
            return None


def open_schedule(spec: SourceSpec, fetcher: Fetcher) -> Scheduled | None:
    """Return what reads the source's schedule, where its kind has one."""
    match spec.kind:
        case "daddylive":
            return DaddyLive(spec, fetcher)
        case "ics":
            return ICS(spec, fetcher)
        case "events":
            return EventsAPI(spec, fetcher)
        case _:
            return None


def guide_address(spec: SourceSpec) -> str | None:
    """Return where the XMLTV guide of a source is, where it has one."""
    match spec.kind:
        case "xmltv":
            return spec.url
        case "xtream":
            return panels_guide(spec)
        case _:
            return spec.epg
