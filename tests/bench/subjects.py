"""What is measured, each as its operator would run it, all before the same source.

    streamer               python -m streamer, the shared tier in a Redis of its own
    streamer-alone         the same without that Redis
    nginx-cache            proxy_cache, sendfile on; nginx-cache-copying: sendfile off
    nginx-proxy            proxy_pass without a cache
    caddy-files            Caddy's file_server on the source's files
    caddy-streamer         the repository's Caddyfile before `streamer`
    caddy-nginx            Caddy's reverse_proxy before `nginx-cache`
    origin                 the source itself

A subject is started when a case first asks for it, and idles while another has the load.
"""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import redis
from bench.nginx import CACHE, PROXY, configuration, nginx
from bench.origin import Origin
from bench.processes import Server, cores
from contracts import keys
from contracts.channel import Channel, Stream
from embedded.binaries import find
from support.servers import free_port, repository

AWAY = "redis://127.0.0.1:1/0"
PLAYLIST_DEADLINE_S = 60.0

CADDY = """
{{
    admin off
    persist_config off
    auto_https off
}}
http://127.0.0.1:{port} {{
    bind 127.0.0.1
    {what}
}}
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that serves the source's segments. `servers` are what it costs, the front one first."""

    name: str
    port: int
    servers: tuple[Server, ...]
    entry: str = "/{name}.m3u8"
    """Where a playlist of the source is found."""
    beside: tuple[Server, ...] = ()
    """Servers that work for it on the other core: told, but not counted."""

    def addresses(self, playlist: str) -> list[str]:
        """Return the addresses that a playlist lists, as this subject's clients are told them."""
        where = f"http://127.0.0.1:{self.port}{self.entry.format(name=playlist)}"
        answer = httpx.get(where, timeout=PLAYLIST_DEADLINE_S).raise_for_status()
        return [line for line in answer.text.splitlines() if line and not line.startswith("#")]

    def cpu_s(self) -> dict[str, float]:
        """Return the processor time of each server until now."""
        return {server.name: server.cpu_s() for server in (*self.servers, *self.beside)}

    def rss_bytes(self) -> int:
        """Return the memory of all its servers."""
        return sum(server.rss_bytes() for server in self.servers)


class Site:
    """The source, the stores, and every subject that was asked for."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._stack, self._folder = stack, folder
        self._core, self._load_core = cores()
        self.origin = Origin(folder)
        stack.callback(self.origin.close)
        self._origin_server = self._run(self.origin.server(self._load_core))
        self.redis = self._redis("redis")
        self.cache = self._redis("cache", "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru")
        self._nats = self._run(nats(folder, self._load_core))
        self._subjects: dict[str, Subject] = {}
        self._makers: dict[str, Callable[[str], Subject]] = {
            "origin": lambda name: Subject(name, self.origin.port, (self._origin_server,)),
            "streamer": lambda name: self._streamer(name, self.cache),
            "streamer-alone": lambda name: self._streamer(name, None),
            "nginx-cache": lambda name: self._nginx(name, CACHE),
            "nginx-cache-copying": lambda name: self._nginx(name, CACHE, sendfile=False),
            "nginx-proxy": lambda name: self._nginx(name, PROXY),
            "caddy-files": lambda name: self._caddy(name, f"root * {self.origin.root}\n    file_server"),
            "caddy-nginx": self._caddy_nginx,
            "caddy-streamer": self._caddy_streamer,
        }

    def subject(self, name: str) -> Subject:
        """Return a subject, started if it was not yet."""
        if name not in self._subjects:
            self._subjects[name] = self._makers[name](name)
        return self._subjects[name]

    def tell(self, playlists: list[str]) -> None:
        """Make a channel of each playlist of the source, as the catalog would."""
        told = {
            name: channel(name, number, self.origin.base) for number, name in enumerate(playlists, start=1)
        }
        with redis.Redis(port=self.redis.port) as client:
            client.hset(keys.generation("channels", "v1"), mapping=told)
            client.set(keys.current("channels"), "v1")

    def _run(self, server: Server) -> Server:
        self._stack.callback(server.stop)
        server.start()
        return server

    def _redis(self, name: str, *options: str) -> Server:
        return self._run(store(name, self._load_core, *options))

    def _streamer(self, name: str, cache: Server | None) -> Subject:
        port = free_port()
        environment = {
            "REDIS_URL": f"redis://127.0.0.1:{self.redis.port}/0",
            "CACHE_REDIS_URL": f"redis://127.0.0.1:{cache.port}/0" if cache else AWAY,
            "NATS_URL": f"nats://127.0.0.1:{self._nats.port}",
        }
        server = self._run(streamer(name, port, environment, self._folder, core=self._core))
        return Subject(name, port, (server,), "/stream/{name}.m3u8", (cache,) if cache else ())

    def _nginx(self, name: str, site: str, *, sendfile: bool = True) -> Subject:
        port = free_port()
        text = site.format(port=port, source=self.origin.port, folder=self._folder, name=name)
        config = configuration(self._folder, name, text, sendfile=sendfile)
        return Subject(name, port, (self._run(nginx(name, config, port, self._core)),))

    def _caddy(self, name: str, what: str) -> Subject:
        port = free_port()
        config = self._folder / f"{name}.caddy"
        config.write_text(CADDY.format(port=port, what=what))
        return Subject(name, port, (self._run(caddy(config, port, self._folder, self._core)),))

    def _caddy_nginx(self, name: str) -> Subject:
        behind = self.subject("nginx-cache")
        front = self._caddy(name, f"reverse_proxy 127.0.0.1:{behind.port}")
        return Subject(name, front.port, (*front.servers, *behind.servers))

    def _caddy_streamer(self, name: str) -> Subject:
        behind, port = self.subject("streamer"), free_port()
        told = {"PORT": str(port), "STREAMERS": f"127.0.0.1:{behind.port}", "STREAMER_POOL": "fixed"}
        config = repository() / "Caddyfile"
        front = self._run(caddy(config, port, self._folder, self._core, told))
        return Subject(name, port, (front, *behind.servers), behind.entry, behind.beside)


def channel(name: str, number: int, source: str) -> bytes:
    """Return the record of a channel with one stream: a playlist of the source."""
    stream = Stream(source="bench", address=f"{source}/{name}.m3u8", allow_private=True)
    return Channel(id=name, number=number, name=name, streams=(stream,)).model_dump_json().encode()


def store(name: str, core: int | None, *options: str) -> Server:
    """Return a Redis without persistence, not yet started."""
    port = free_port()
    command = [str(find("redis-server")), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    return Server(name, [*command, "--appendonly", "no", *options], port, core=core)


def nats(folder: Path, core: int | None) -> Server:
    """Return a NATS server with JetStream, not yet started."""
    port = free_port()
    command = [
        str(find("nats-server")),
        "-a",
        "127.0.0.1",
        "-p",
        str(port),
        "-js",
        "-sd",
        str(folder / "nats"),
    ]
    return Server("nats", command, port, core=core)


def streamer(
    name: str, port: int, environment: dict[str, str], folder: Path, *, core: int | None = None
) -> Server:
    """Return a streamer as operators get it, not yet started."""
    told = {
        "LISTEN": f"127.0.0.1:{port}",
        "SECRET_KEY": "the bench's own",
        "NODE_NAME": name,
        "CACHE_MB": "256",
        "LOG_LEVEL": "warning",
        **environment,
    }
    command = [sys.executable, "-m", "streamer"]
    return Server("streamer", command, port, core=core, environment=told, log=folder / f"{name}.log")


def caddy(
    config: Path, port: int, folder: Path, core: int | None, environment: dict[str, str] | None = None
) -> Server:
    """Return a Caddy on one processor, not yet started."""
    told = {"GOMAXPROCS": "1", "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    command = [str(find("caddy")), "run", "--config", str(config), "--adapter", "caddyfile"]
    return Server("caddy", command, port, core=core, environment={**told, **(environment or {})})
