"""Some streamers that share a Redis, before a live source; and what happens to them while people watch."""

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import httpx
import redis
from bench.processes import Server
from bench.subjects import channel, nats, store, streamer
from contracts import keys
from support.servers import free_port, repository


class Cluster:
    """The nodes, their stores and the source, running while `stack` is open."""

    def __init__(self, stack: ExitStack, *, nodes: int, channels: int) -> None:
        self._stack = stack
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        self.live = self._run(_live())
        self.redis = self._run(store("redis", None))
        self.cache = self._run(
            store("cache", None, "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru")
        )
        bus = self._run(nats(folder, None))
        self.channels = [f"live-{number}" for number in range(1, channels + 1)]
        self._tell()
        environment = {
            "REDIS_URL": f"redis://127.0.0.1:{self.redis.port}/0",
            "CACHE_REDIS_URL": f"redis://127.0.0.1:{self.cache.port}/0",
            "NATS_URL": f"nats://127.0.0.1:{bus.port}",
        }
        self.nodes = [
            self._run(streamer(f"node-{number}", free_port(), environment, folder))
            for number in range(1, nodes + 1)
        ]

    def _run(self, server: Server) -> Server:
        self._stack.callback(server.stop)
        server.start()
        return server

    def _tell(self) -> None:
        source = f"http://127.0.0.1:{self.live.port}"
        told = {name: channel(name, number, source) for number, name in enumerate(self.channels, start=1)}
        with redis.Redis(port=self.redis.port) as client:
            client.hset(keys.generation("channels", "v1"), mapping=told)
            client.set(keys.current("channels"), "v1")

    def asked(self) -> dict[str, int]:
        """Return how often each path of the source was asked for."""
        asked: dict[str, int] = httpx.get(f"http://127.0.0.1:{self.live.port}/log", timeout=10).json()
        return asked

    def roll(self, times: int) -> None:
        """Restart all nodes, one after the other, as a rolling update does, so many times."""
        for _ in range(times):
            for node in self.nodes:
                node.stop(within_s=60)
                node.start()


def _live() -> Server:
    port = free_port()
    environment = {"PYTHONPATH": f"{repository() / 'tests'}:{os.environ.get('PYTHONPATH', '')}"}
    return Server("live", [sys.executable, "-m", "bench.live", str(port)], port, environment=environment)
