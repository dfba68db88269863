"""Which pages may connect: those of our own name, of `API_URL`, and of `CORS_ORIGINS`.

Browsers guard polling with CORS but websockets with nothing, so the origin is judged for both. Clients
that are no browsers send no origin and are not asked for one.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(address: str) -> str:
    """Return the origin of `address`, as browsers spell it: scheme and host, and the port if it is unusual.

    Raises
    ------
    ValueError
        If `address` is not an http(s) address.
    """
    parts = urlsplit(address)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError("accepted: http://host or https://host, with or without a port")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = parts.port is None or parts.port == DEFAULT_PORTS[parts.scheme]
    return f"{parts.scheme}://{host}" if usual else f"{parts.scheme}://{host}:{parts.port}"


class Origins:
    """The pages that may connect. `allowed` are addresses; `*` stands for all."""

    def __init__(self, allowed: Iterable[str]) -> None:
        allowed = frozenset(allowed)
        self._all = "*" in allowed
        self._allowed = frozenset(map(origin_of, allowed - {"*"}))

    def allow(self, origin: str, scope: Scope) -> bool:
        """Whether a page of `origin` may make the request in `scope`."""
        return self._all or origin in self._allowed or _same(origin, scope)


def _same(origin: str, scope: Scope) -> bool:
    """Whether page and request name the same host.

    The scheme may differ: TLS that ends in front of us, at a proxy that doesn't say so, makes an https
    page's request an http one here.
    """
    host = Headers(scope=scope).get("host", "")
    try:
        return any(origin_of(f"{scheme}://{host}") == origin_of(origin) for scheme in DEFAULT_PORTS)
    except ValueError:
        return False
