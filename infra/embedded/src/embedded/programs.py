"""What is started, and with which words: the operator's settings in, a list of programs out.

The inner parts talk over unix sockets, so that no other user of the machine, and no source, can reach them;
NATS, which has none, asks for a token that is new at each start. No command has a secret in it:
every user sees those.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from embedded.settings import Settings

PYTHON = (sys.executable, "-m")


@dataclass(frozen=True, slots=True)
class Program:
    """A process to be kept alive. Its environment is what it gets on top of the operator's."""

    name: str
    command: tuple[str, ...] = field(repr=False)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    stop_s: float = 5.0
    """How long it may take to end."""
    chatter: str = ""
    """Lines that match are not worth a reader's time."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where things are on this machine: programs, folders, ports, and the token of the bus."""

    binaries: Mapping[str, Path]
    data: Path
    run: Path
    ports: Mapping[str, int]
    token: str = field(repr=False)

    def socket(self, name: str) -> str:
        """Return the path of a program's unix socket."""
        return str(self.run / f"{name}.sock")

    @property
    def bus_settings(self) -> Path:
        """The file that tells NATS its token."""
        return self.run / "nats.conf"

    @property
    def demo(self) -> str:
        """The address of the demo source."""
        return f"http://127.0.0.1:{self.ports['demo']}"


def plan(settings: Settings, site: Site) -> list[Program]:
    """Return all programs, those first on which the others stand."""
    shared = _shared(settings, site)
    streamers = [f"streamer-{number}" for number in range(1, settings.workers + 1)]
    if settings.backend_host_uri:
        streamers = []
    addresses = list(settings.backend_host_uri) or [f"unix:{site.socket(name)}" for name in streamers]
    catalog = {
        **shared,
        "STREAMERS": " ".join(addresses),
        "DATA_DIR": str(site.data),
        **_sources(settings, site),
    }
    demo = [_demo(settings, site, shared)] if settings.runs_demo else []
    return [
        *_stores(settings, site),
        *demo,
        _service("catalog", ("catalog",), site, catalog),
        _service("worker", ("catalog", "worker"), site, catalog),
        _service("clock", ("catalog", "clock"), site, catalog),
        *(_service(name, ("streamer",), site, shared, stop_s=10) for name in streamers),
        _service("realtime", ("realtime",), site, shared),
        _caddy(settings, site, addresses),
    ]


def _shared(settings: Settings, site: Site) -> dict[str, str]:
    """What every service of ours is told."""
    redis, cache = site.socket("redis"), site.socket("cache")
    return {
        "REDIS_URL": settings.redis_url.get_secret_value() or f"unix://{redis}",
        "CACHE_REDIS_URL": settings.cache_redis_url.get_secret_value() or f"unix://{cache}",
        "NATS_URL": settings.nats_url.get_secret_value()
        or f"nats://{site.token}@127.0.0.1:{site.ports['nats']}",
        "LOG_FORMAT": "console",
        "DRAIN_S": "0",
        "SHUTDOWN_S": "5",
        "PYTHONUNBUFFERED": "1",
    }


def _sources(settings: Settings, site: Site) -> dict[str, str]:
    if not settings.runs_demo:
        return {}
    lists = f"m3u={site.demo}/list.m3u xmltv={site.demo}/guide.xml"
    return {"DEMO": "true", "DADDYLIVE_URI": site.demo, "SOURCES": lists}


def _service(
    name: str, module: tuple[str, ...], site: Site, environment: Mapping[str, str], stop_s: float = 5.0
) -> Program:
    own = {"LISTEN": f"unix:{site.socket(name)}", "NODE_NAME": name}
    return Program(name, (*PYTHON, *module), {**environment, **own}, stop_s)


def _demo(settings: Settings, site: Site, shared: Mapping[str, str]) -> Program:
    media = (settings.demo_dir or site.data / "demo").resolve()
    own = {"LISTEN": f"127.0.0.1:{site.ports['demo']}", "DEMO_DIR": str(media)}
    return Program("demo", (*PYTHON, "demo"), {**shared, **own, "NODE_NAME": "demo"})


def _stores(settings: Settings, site: Site) -> list[Program]:
    stores = []
    if not settings.redis_url.get_secret_value():
        keep = ("--appendonly", "yes", "--maxmemory-policy", "noeviction", "--dir", str(site.data / "redis"))
        stores.append(_redis("redis", site, keep))
    if not settings.cache_redis_url.get_secret_value():
        forget = ("--appendonly", "no", "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru")
        stores.append(_redis("cache", site, forget))
    if not settings.nats_url.get_secret_value():
        stores.append(_nats(site))
    return stores


def _redis(name: str, site: Site, options: tuple[str, ...]) -> Program:
    listen = ("--port", "0", "--unixsocket", site.socket(name), "--unixsocketperm", "700")
    # Without a title of its own: writing one overwrites the mark by which leftovers are known.
    plain = ("--save", "", "--loglevel", "warning", "--set-proc-title", "no")
    command = (str(site.binaries["redis-server"]), *listen, *plain, *options)
    return Program(
        name, command, chatter=r"oO0Oo| # (Redis version|Configuration|Server init|WARNING Memory)"
    )


def _nats(site: Site) -> Program:
    listen = ("--addr", "127.0.0.1", "--port", str(site.ports["nats"]), "--config", str(site.bus_settings))
    stream = ("--jetstream", "--store_dir", str(site.data / "nats"))
    return Program(
        "nats", (str(site.binaries["nats-server"]), *listen, *stream, "--logtime=false"), chatter=r"\[INF\]"
    )


def _caddy(settings: Settings, site: Site, streamers: list[str]) -> Program:
    environment = {
        "PORT": str(settings.port),
        "CATALOG": f"unix/{site.socket('catalog')}",
        "REALTIME": f"unix/{site.socket('realtime')}",
        "STREAMERS": " ".join(address.replace("unix:", "unix/") for address in streamers),
        "STREAMER_POOL": "fixed",
        "CADDY_LOG_LEVEL": "ERROR",
        "TRUSTED_PROXIES": " ".join(settings.trusted_proxies),
        "INSIDE": " ".join(settings.inside),
        "PAGE_DIR": str(settings.page_dir.resolve()),
        # Players are sent to the upstreams: the page's policy has to let them go there.
        "MEDIA_FROM": "" if settings.proxy_content else "http: https:",
        "CADDY_ADMIN": f"unix/{site.socket('caddy')}",
        "XDG_DATA_HOME": str(site.data),
        "XDG_CONFIG_HOME": str(site.data),
    }
    command = (
        str(site.binaries["caddy"]),
        "run",
        "--config",
        str(settings.caddyfile),
        "--adapter",
        "caddyfile",
    )
    return Program("caddy", command, environment)
