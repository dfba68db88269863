"""What a streamer counts."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge


class Metrics:
    """The streamer's metrics, in the registry of its app."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self.requests = Counter(
            "iptv_streamer_requests", "Media requests.", ["door", "status"], registry=registry
        )
        self.bodies = Counter(
            "iptv_streamer_bodies", "Segments and keys, by where they came from.", ["tier"], registry=registry
        )
        self.sent_bytes = Counter("iptv_streamer_sent_bytes", "Bytes of media sent.", registry=registry)
        self.failures = Counter(
            "iptv_streamer_stream_failures", "Streams that failed.", ["code"], registry=registry
        )

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Add a figure that is read when it is asked for."""
        Gauge(f"iptv_streamer_{name}", text, registry=self._registry).set_function(read)
