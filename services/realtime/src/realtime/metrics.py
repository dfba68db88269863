"""The figures of one replica. Labels come from closed sets: event names of the contract, outcomes."""

from chassis.metrics import LATENCY_BUCKETS_S
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """Every metric, made once per app."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.clients = Gauge("iptv_realtime_clients", "Connected clients.", registry=registry)
        self.requests = Counter(
            "iptv_realtime_requests", "What clients said.", ["event", "outcome"], registry=registry
        )
        self.announcements = Counter(
            "iptv_realtime_announcements", "What was told to clients.", ["event"], registry=registry
        )
        self.packets = Counter("iptv_realtime_packets", "Packets queued for clients.", registry=registry)
        self.slow_clients = Counter(
            "iptv_realtime_slow_clients", "Clients cut for not reading.", registry=registry
        )
        self.flooders = Counter(
            "iptv_realtime_flooders", "Clients cut for saying too much.", registry=registry
        )
        self.resyncs = Counter(
            "iptv_realtime_resyncs", "Clients sent to fetch everything anew.", registry=registry
        )
        self.sequence = Gauge("iptv_realtime_stream_sequence", "The last announcement.", registry=registry)
        self.listens = Counter(
            "iptv_realtime_listens", "Subscriptions to the stream, the first included.", registry=registry
        )
        self.read_back = Counter(
            "iptv_realtime_read_back", "Messages read again for clients that slept long.", registry=registry
        )
        self.round_trip_seconds = Histogram(
            "iptv_realtime_round_trip_seconds",
            "From a client's ping to its ack, as clients measured it.",
            registry=registry,
            buckets=LATENCY_BUCKETS_S,
        )
        self.search_seconds = Histogram(
            "iptv_realtime_search_seconds", "Time in the index.", registry=registry, buckets=LATENCY_BUCKETS_S
        )
        self.index_seconds = Histogram(
            "iptv_realtime_index_seconds",
            "Time to build the index.",
            registry=registry,
            buckets=LATENCY_BUCKETS_S,
        )
