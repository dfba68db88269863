"""Who is asking, and under which name: `X-Forwarded-*`, believed only from trusted proxies.

A trusted peer's headers change the request's scope (client, scheme, host), so that everything behind
reads the truth from there. Anybody else's are taken away. Over a unix socket there is only our own Caddy.
"""

from functools import lru_cache, partial
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

FORWARDED = (b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port", b"forwarded")


class Trust:
    """Whose word is believed: networks in CIDR notation, or single addresses."""

    def __init__(self, networks: tuple[str, ...]) -> None:
        self._networks = tuple(ip_network(network, strict=False) for network in networks)
        # Peers are few and ask often: each is judged once.
        self._trusts = lru_cache(maxsize=1024)(partial(trusts, self._networks))

    def correct(self, scope: Scope) -> None:
        """Put the truth into the scope of a request."""
        peer = scope["client"][0] if scope.get("client") else ""
        if peer and not self._trusts(peer):
            scope["headers"] = [
                pair for pair in scope["headers"] if pair[0].decode("latin-1") not in FORWARDED
            ]
            return
        headers = Headers(scope=scope)
        if chain := [part.strip() for part in headers.get("x-forwarded-for", "").split(",") if part.strip()]:
            outside = [host for host in reversed(chain) if not trusts(self._networks, host)]
            scope["client"] = (outside[0] if outside else chain[0], 0)
        if (scheme := headers.get("x-forwarded-proto", "").split(",")[0].strip()) in ("http", "https"):
            scope["scheme"] = scheme if scope["type"] == "http" else scheme.replace("http", "ws")
        if host := headers.get("x-forwarded-host", "").split(",")[0].strip():
            scope["headers"] = list(scope["headers"])
            MutableHeaders(scope=scope)["host"] = host


class Proxies:
    """The middleware: corrects every scope on its way in."""

    def __init__(self, app: ASGIApp, trust: Trust) -> None:
        self._app = app
        self._trust = trust

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Correct the scope, then go on."""
        if scope["type"] in ("http", "websocket"):
            self._trust.correct(scope)
        await self._app(scope, receive, send)


def trusts(networks: tuple[IPv4Network | IPv6Network, ...], host: str) -> bool:
    """Whether `host` is an address inside one of `networks`."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in networks)


@lru_cache(maxsize=4096)
def client_network(host: str) -> str:
    """Return what a client is counted by: its address; of IPv6 the /64, since that is what one has."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))
