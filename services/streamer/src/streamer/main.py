"""The streamer, assembled."""

import contextlib
from collections.abc import AsyncIterator

from chassis import registry, tasks
from chassis.access import Gate
from chassis.app import build_app
from chassis.following import Following
from chassis.guesses import Guesses
from chassis.health import Health
from chassis.lane import open_lane
from chassis.media import Ready
from chassis.nats import connect_nats, connected
from chassis.proxies import Trust
from chassis.redis import connect_redis
from chassis.settings import hosts_of
from chassis.tokens import Tokens
from contracts import keys
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from streamer.audience import Audience, Visits
from streamer.bodies import Bodies
from streamer.cache import Cache
from streamer.egress import Egress
from streamer.failures import Failures
from streamer.lineup import Lineup
from streamer.metrics import Metrics
from streamer.packager import Packager
from streamer.playlists import Playlists
from streamer.ready import ReadyAnswers
from streamer.relay import Relay
from streamer.resolve import Directory, Locator
from streamer.routes import Doors
from streamer.seats import Seats
from streamer.secret import keep_known
from streamer.settings import Settings
from streamer.shelf import Shelf
from streamer.slots import Slots
from streamer.tickets import Tickets
from streamer.tier import Tier
from streamer.tuner import Tuner
from streamer.upstream import Upstream

MB = 1024 * 1024
SWEEP_S = 5.0


class Streamer:
    """The application: the doors once they are open, the framework behind them.

    Everything it uses is made in its lifespan and closed there, in reverse.
    """

    def __init__(self, settings: Settings, secret: str) -> None:
        self._settings = settings
        self._secret = secret
        self._tickets = Tickets(secret, settings.egress)
        self._rest = build_app("streamer", settings, lifespan=self._lifespan)
        self._doors: Doors | None = None
        self._ready: ReadyAnswers | None = None

    @property
    def health(self) -> Health:
        """The health of this process."""
        health: Health = self._rest.state.health
        return health

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or the lifespan."""
        app: ASGIApp = self._doors or self._rest
        await app(scope, receive, send)

    def ready(self, scope: Scope) -> Ready | None:
        """Return the whole answer to a request, if it is here: see `chassis.media`."""
        return None if self._ready is None else self._ready(scope)

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: FastAPI) -> AsyncIterator[None]:
        settings = self._settings
        async with contextlib.AsyncExitStack() as stack:
            redis = await stack.enter_async_context(connect_redis(settings.redis_url))
            cache_redis = await stack.enter_async_context(connect_redis(settings.cache_redis_url))
            lane = await stack.enter_async_context(open_lane(cache_redis))
            nats = await stack.enter_async_context(connect_nats(settings.nats_url, settings.node_name))
            metrics = Metrics(app.state.registry)
            slots = Slots(redis, settings.node_name)
            upstream = Upstream(
                connect_s=settings.connect_s,
                pause_s=settings.first_byte_s,
                pool_connections=settings.pool_connections,
                blocked=blocked_hosts(settings),
                slots=slots,
            )
            stack.push_async_callback(upstream.close)
            locator = Locator(upstream)
            shelf = Shelf(cache_redis, lane, settings.node_name)
            playlists = Playlists(
                directory=Directory(redis),
                locator=locator,
                upstream=upstream,
                tickets=self._tickets,
                shelf=shelf,
                proxy_content=settings.proxy_content,
                failed=Failures(nats, metrics, settings.node_name),
                slots=slots,
            )
            stack.push_async_callback(playlists.close)
            cache = Cache(settings.cache_mb * MB)
            tier = Tier(cache_redis, lane, settings.node_name)
            relay = Relay(cache, tier)
            egress = Egress(cache_redis, settings.egress)
            bodies = Bodies(relay, upstream, playlists, self._tickets, egress)
            tokens = Tokens.of(settings.access_tokens, followed=True)
            following = Following(tokens, redis, keys.TOKENS, keys.TOKEN_OWN)
            await following.begin()
            guesses = Guesses(redis, keys.guesses)
            tuner = Tuner(streams=playlists, body=bodies.body, read=bodies.read, fetch=bodies.fetch)
            packager = Packager(tune=tuner.tune, relay=relay, shelf=shelf, tickets=self._tickets)
            stack.push_async_callback(packager.close)
            audience = Audience(redis)
            trust = Trust(settings.trusted_proxies)
            visits = Visits(audience, trust)
            self._ready = ReadyAnswers(playlists, bodies, self._tickets, visits, metrics, tokens)
            self._doors = Doors(
                self._rest,
                playlists=playlists,
                bodies=bodies,
                tickets=self._tickets,
                tuner=tuner,
                packager=packager,
                lineup=Lineup(redis),
                visits=visits,
                metrics=metrics,
                gate=Gate(tokens, lambda: guesses),
                seats=Seats(redis),
                trust=trust,
            )
            _show(metrics, audience, relay, playlists, packager, cache, upstream)
            self.health.add("redis", redis.ping)
            self.health.add("cache_redis", cache_redis.ping)
            self.health.add("nats", connected(nats))
            for work, name in (
                (following.keep_looking, "tokens"),
                (audience.keep_telling, "audience"),
                (upstream.keep_sweeping, "pools"),
                (slots.keep_renewing, "connection slots"),
                (lambda: shelf.keep_listening(playlists.told, packager.told), "playlist news"),
                (tier.keep_renewing, "segment leases"),
                (lambda: tier.keep_giving(relay.held), "segments for others"),
                (lambda: egress.keep_bringing(bodies.asked, tier.give), "segments by this way out"),
                (lambda: tasks.every(SWEEP_S, cache.sweep), "cache"),
            ):
                await stack.enter_async_context(tasks.background(work, name))
            if settings.secret_key is None:
                telling = tasks.background(lambda: keep_known(redis, self._secret), "the cluster's key")
                await stack.enter_async_context(telling)

            async def describe() -> dict[str, object]:
                media = {
                    **metrics.served(),
                    "fetched": relay.fetched_bodies,
                    "fetched_bytes": relay.fetched_bytes,
                    "cache_bytes": cache.held_bytes,
                }
                return {"viewers": audience.watching(), "media": media, **await self.health.report()}

            key = keys.node("streamer", settings.node_name)
            beat = tasks.background(lambda: registry.announce(redis, key, describe), "registry")
            await stack.enter_async_context(beat)
            yield
            self._doors = self._ready = None


def _show(
    metrics: Metrics,
    audience: Audience,
    relay: Relay,
    playlists: Playlists,
    packager: Packager,
    cache: Cache,
    upstream: Upstream,
) -> None:
    """Show what is kept elsewhere, read when it is asked for."""
    metrics.gauge("viewers", "Viewers of this node.", audience.watching)
    metrics.gauge("fetches", "Upstream bodies under way.", lambda: relay.under_way)
    metrics.gauge("playlists", "Playlists kept up to date.", lambda: len(playlists))
    metrics.gauge("packaged", "Endless channels cut here.", lambda: packager.under_way)
    metrics.gauge("cache_bytes", "Segment memory in use.", lambda: cache.held_bytes)
    metrics.gauge("cache_bodies", "Segments in memory.", lambda: len(cache))
    metrics.counter("fetched_bodies", "Bodies that came from sources.", lambda: relay.fetched_bodies)
    metrics.counter("fetched_bytes", "Bytes of them.", lambda: relay.fetched_bytes)
    metrics.gauge("playlists_late", "Playlists whose source gives nothing new.", playlists.late)
    figures = upstream.figures
    metrics.gauge("upstream_connections", "Open connections to sources.", lambda: figures.open)
    metrics.gauge("upstream_waiting", "Requests in line for one.", lambda: figures.waiting)
    metrics.counter("upstream_opened", "Connections opened.", lambda: figures.opened)
    metrics.counter("upstream_reused", "Requests on a kept connection.", lambda: figures.reused)


def blocked_hosts(settings: Settings) -> frozenset[str]:
    """Return the hosts of our own services by name: no source leads there."""
    urls = (settings.redis_url, settings.cache_redis_url, settings.nats_url)
    hosts = {host for url in urls for host in hosts_of(url)}
    # On one machine they share loopback with sources in the house; there the ports are unknown to sources.
    return frozenset(hosts - {"", "127.0.0.1", "localhost", "::1"}) | set(settings.blocked_hosts)


def create_app(settings: Settings, secret: str) -> Streamer:
    """Assemble a streamer. `secret` is what `secret.agreed` gave."""
    return Streamer(settings, secret)
