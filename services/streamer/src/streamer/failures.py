"""Streams that failed, announced: the catalog then looks at the channel at once.

A failure that repeats is said once per interval, however many viewers meet it.
"""

import time

from chassis import requests, tasks
from chassis.logging import get_logger
from contracts import subjects
from contracts.messages import StreamFailed
from nats.aio.client import Client
from nats.errors import Error as NatsError

from streamer.errors import UpstreamError
from streamer.metrics import Metrics

log = get_logger("failures")

INTERVAL_S = 10.0


class Failures:
    """Announces failures on NATS, as far as it is there: it is news, nothing depends on it."""

    def __init__(self, nats: Client, metrics: Metrics, node: str) -> None:
        self._nats = nats
        self._metrics = metrics
        self._node = node
        self._said: dict[tuple[str, str], float] = {}

    def __call__(self, channel_id: str, source: str, error: UpstreamError) -> None:
        """Take note of a stream that failed."""
        self._metrics.failures.labels(error.code).inc()
        now = time.monotonic()
        if now - self._said.get((channel_id, source), float("-inf")) < INTERVAL_S:
            return
        self._said = {key: at for key, at in self._said.items() if now - at < INTERVAL_S}
        self._said[channel_id, source] = now
        log.warning("stream.failed", channel=channel_id, source=source, code=error.code, detail=str(error))
        message = StreamFailed(channel_id=channel_id, source=source, code=error.code, node=self._node)
        tasks.spawn(self._publish(message), "announce failure")

    async def _publish(self, message: StreamFailed) -> None:
        if not self._nats.is_connected:
            return
        try:
            await self._nats.publish(
                subjects.STREAM_FAILED, message.model_dump_json().encode(), headers=requests.headers()
            )
        except NatsError as error:
            log.debug("failure.unannounced", error=repr(error))
