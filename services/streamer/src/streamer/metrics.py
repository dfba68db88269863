"""What a streamer counts."""

from collections.abc import Callable, Iterator

from chassis.metrics import LATENCY_BUCKETS_S
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector
from starlette.types import Message, Send

DOORS = ("stream", "content", "key", "auto", "live")
CLASSES = (2, 3, 4, 5)
TIERS = ("memory", "upstream")


class Metrics:
    """The streamer's metrics, in the registry of its app.

    What is counted at each request is looked up once, here: by labels it would cost as much as an answer.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        requests = Counter("iptv_streamer_requests", "Media requests.", ["door", "status"], registry=registry)
        self._requests = {
            (door, number): requests.labels(door, f"{number}xx") for door in DOORS for number in CLASSES
        }
        bodies = Counter(
            "iptv_streamer_bodies", "Segments and keys, by where they came from.", ["tier"], registry=registry
        )
        self._bodies = {tier: bodies.labels(tier) for tier in TIERS}
        self._sent_bytes = Counter("iptv_streamer_sent_bytes", "Bytes of media sent.", registry=registry)
        self.start_seconds = Histogram(
            "iptv_streamer_start_seconds",
            "Until a channel that had to be tuned in gave its playlist.",
            registry=registry,
            buckets=LATENCY_BUCKETS_S,
        )
        self.first_byte_seconds = Histogram(
            "iptv_streamer_first_byte_seconds",
            "Until a body that was not here began.",
            registry=registry,
            buckets=LATENCY_BUCKETS_S,
        )
        self.failures = Counter(
            "iptv_streamer_stream_failures", "Streams that failed.", ["code"], registry=registry
        )

    def body(self, tier: str) -> None:
        """Count a segment or key by where it came from."""
        self._bodies[tier].inc()

    def served(self) -> dict[str, int]:
        """Return what was counted of bodies: for whoever can't ask this process."""
        counts = {tier: _value(counter) for tier, counter in self._bodies.items()}
        return {
            "bodies": sum(counts.values()),
            "from_memory": counts["memory"],
            "sent_bytes": _value(self._sent_bytes),
        }

    def answered(self, door: str, sent: int) -> None:
        """Count an answer that went out whole."""
        self._requests[door, 2].inc()
        self._sent_bytes.inc(sent)

    def counting(self, door: str, send: Send) -> Send:
        """Return `send`, counting."""

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._requests[door, message["status"] // 100].inc()
            else:
                self._sent_bytes.inc(message.get("count") or len(message.get("body", b"")))
            await send(message)

        return counted

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Add a figure that is read when it is asked for."""
        Gauge(f"iptv_streamer_{name}", text, registry=self._registry).set_function(read)

    def counter(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Add a total that is kept elsewhere, and read when it is asked for."""
        self._registry.register(Total(f"iptv_streamer_{name}", text, read))


def _value(counter: Counter) -> int:
    return int(next(iter(counter.collect())).samples[0].value)


class Total(Collector):
    """A counter whose figure is kept by somebody else."""

    def __init__(self, name: str, text: str, read: Callable[[], float]) -> None:
        self._name, self._text, self._read = name, text, read

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Return what it is now."""
        yield CounterMetricFamily(self._name, self._text, value=self._read())
