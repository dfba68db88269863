"""Some streamers that share a Redis, before a live source; and what happens to them while people watch."""

import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import httpx
import redis
from bench.processes import Server
from bench.subjects import CADDY, caddy, channel, nats, store, streamer
from contracts import keys
from support.servers import free_port, repository

READY_S = 240.0


class Nodes:
    """Streamers and their stores, running while `stack` is open. They know the channels `told`."""

    def __init__(self, stack: ExitStack, told: Mapping[str, bytes], *, nodes: int) -> None:
        self._stack = stack
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        self.redis = self.run(store("redis", None))
        self.cache = self.run(
            store("cache", None, "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru")
        )
        bus = self.run(nats(self._folder, None))
        self._tell(told)
        environment = {
            "REDIS_URL": f"redis://127.0.0.1:{self.redis.port}/0",
            "CACHE_REDIS_URL": f"redis://127.0.0.1:{self.cache.port}/0",
            "NATS_URL": f"nats://127.0.0.1:{bus.port}",
        }
        self.nodes = [
            self.run(streamer(f"node-{number}", free_port(), environment, self._folder))
            for number in range(1, nodes + 1)
        ]

    def run(self, server: Server) -> Server:
        """Start a program, and end it with the rest."""
        self._stack.callback(server.stop)
        server.start()
        return server

    def front(self) -> Server:
        """Start the repository's Caddyfile before the nodes."""
        port = free_port()
        told = {"PORT": str(port), "STREAMERS": " ".join(self._addresses()), "STREAMER_POOL": "fixed"}
        return self.run(caddy(repository() / "Caddyfile", port, self._folder, None, told))

    def round_robin(self) -> Server:
        """Start a Caddy that asks one node after the other, whatever it is asked for."""
        port = free_port()
        nodes = " ".join(self._addresses())
        what = f"reverse_proxy {nodes} {{\n        lb_policy round_robin\n        flush_interval -1\n    }}"
        config = self._folder / "round-robin.caddy"
        config.write_text(CADDY.format(port=port, what=what))
        return self.run(caddy(config, port, self._folder, None))

    def _addresses(self) -> list[str]:
        return [f"127.0.0.1:{node.port}" for node in self.nodes]

    def _tell(self, told: Mapping[str, bytes]) -> None:
        with redis.Redis(port=self.redis.port) as client:
            client.hset(keys.generation("channels", "v1"), mapping=dict(told))
            client.hset(keys.NUMBERS, mapping={name: at for at, name in enumerate(told, start=1)})
            client.set(keys.current("channels"), "v1")


class Cluster(Nodes):
    """Nodes before the bench's own live source."""

    def __init__(self, stack: ExitStack, *, nodes: int, channels: int) -> None:
        self.live = served("bench.live")
        stack.callback(self.live.stop)
        self.live.start()
        self.channels = [f"live-{number}" for number in range(1, channels + 1)]
        source = f"http://127.0.0.1:{self.live.port}"
        told = {name: channel(name, number, source) for number, name in enumerate(self.channels, start=1)}
        super().__init__(stack, told, nodes=nodes)

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


def served(module: str, **environment: str) -> Server:
    """Return one of the bench's own sources in a process of its own, not yet started."""
    port = free_port()
    told = {"PYTHONPATH": f"{repository() / 'tests'}:{os.environ.get('PYTHONPATH', '')}", **environment}
    return Server(module, [sys.executable, "-m", module, str(port)], port, environment=told)
