"""The catalog's own figures: what it holds, and how old its sources are.

Workers have no port: what they count stands in Redis, and is shown from there. So are the totals of the whole
cluster (`iptv_cluster_…`), which say the same whichever replica is asked: never add them up over replicas.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from contracts.channel import Status
from contracts.source import SourceReport
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from catalog.pulse import Reading
from catalog.snapshot import Snapshot

LABELS = ("source", "topic")


class CatalogMetrics(Collector):
    """Reads the API's memory whenever it is asked."""

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        reports: Callable[[], Iterable[SourceReport]],
        reading: Callable[[], Reading | None],
    ) -> None:
        self._snapshot = snapshot
        self._reports = reports
        self._reading = reading

    def collect(self) -> Iterator[Metric]:
        """Yield every family."""
        snapshot = self._snapshot()
        yield _gauge("iptv_catalog_channels", "Channels in the list.", len(snapshot.channels.all))
        yield _gauge("iptv_catalog_events", "Events in the list.", len(snapshot.events.all))
        yield from _of_sources(tuple(self._reports()))
        if reading := self._reading():
            yield from _of_audience(reading)
            yield from _of_cluster(reading)

    def describe(self) -> Iterator[Metric]:
        """Say nothing in advance: there is nothing to read before the app runs."""
        yield from ()


def install(registry: CollectorRegistry, metrics: CatalogMetrics) -> None:
    """Show the figures in `registry`."""
    registry.register(metrics)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _of_audience(reading: Reading) -> Iterator[Metric]:
    """Yield who is there, cluster-wide. Of channels only those that somebody watches: no list is as long."""
    viewers = GaugeMetricFamily("iptv_catalog_viewers", "Viewers by channel.", labels=("channel",))
    for channel_id, count in reading.viewers.items():
        if count:
            viewers.add_metric((channel_id,), count)
    yield viewers
    yield _gauge("iptv_catalog_clients", "Socket.IO clients, on all replicas.", reading.clients)


def _of_sources(reports: tuple[SourceReport, ...]) -> Iterator[Metric]:
    now = datetime.now(UTC)
    age = GaugeMetricFamily("iptv_catalog_source_age_seconds", "Since the last good refresh.", labels=LABELS)
    stale = GaugeMetricFamily("iptv_catalog_source_stale", "1 where the last refresh failed.", labels=LABELS)
    items = GaugeMetricFamily("iptv_catalog_source_items", "What the last good one gave.", labels=LABELS)
    took = GaugeMetricFamily("iptv_catalog_source_refresh_seconds", "What the last one took.", labels=LABELS)
    done = CounterMetricFamily("iptv_catalog_source_refreshes", "Refreshes.", labels=(*LABELS, "outcome"))
    for report in reports:
        labels = (report.name, report.topic)
        if report.refreshed_at:
            age.add_metric(labels, (now - report.refreshed_at).total_seconds())
        stale.add_metric(labels, int(report.stale))
        items.add_metric(labels, report.items)
        took.add_metric(labels, report.took_ms / 1000)
        done.add_metric((*labels, "ok"), report.refreshes - report.failures)
        done.add_metric((*labels, "failed"), report.failures)
    yield from (age, stale, items, took, done)


SERVICES = ("catalog", "clock", "realtime", "streamer", "worker")


def _of_cluster(reading: Reading) -> Iterator[Metric]:
    nodes = GaugeMetricFamily("iptv_cluster_nodes", "Processes that are there.", labels=("service",))
    for service in SERVICES:
        nodes.add_metric((service,), sum(node.service == service for node in reading.nodes))
    online = [status.status for status in reading.statuses.values()]
    states = GaugeMetricFamily(
        "iptv_cluster_channels", "Channels, by what was last found.", labels=("status",)
    )
    for status in Status:
        states.add_metric((status.value,), online.count(status))
    yield from (nodes, states, _gauge("iptv_cluster_viewers", "Viewers.", sum(reading.viewers.values())))
    yield from _of_media(reading)
    yield from _of_jobs(reading.jobs)


def _of_media(reading: Reading) -> Iterator[Metric]:
    """Yield gauges: what a streamer that went has done goes with it."""
    media, bus = reading.media, reading.bus
    yield _gauge("iptv_cluster_bodies", "Segments and keys asked for, of the streamers there.", media.bodies)
    yield _gauge("iptv_cluster_bodies_from_memory", "Those that were in memory.", media.from_memory)
    yield _gauge("iptv_cluster_fetched_bodies", "Bodies that came from sources.", media.fetched)
    yield _gauge("iptv_cluster_bus_listening", "Replicas of realtime that hear the bus.", bus.listening)
    if bus.waiting is not None:
        yield _gauge("iptv_cluster_outbox", "Announcements not on the bus yet.", bus.waiting)


def _of_jobs(jobs: dict[str, int]) -> Iterator[Metric]:
    runs = CounterMetricFamily("iptv_cluster_job_runs", "Runs of jobs.", labels=("job", "outcome"))
    took = CounterMetricFamily("iptv_cluster_job_seconds", "Time in jobs.", labels=("job",))
    for name, count in sorted(jobs.items()):
        job, _, what = name.partition(":")
        if what == "ms":
            took.add_metric((job,), count / 1000)
        else:
            runs.add_metric((job, what), count)
    yield from (runs, took)
