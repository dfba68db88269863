"""A URI and its base (RFC 3986, 5.2), byte for byte.

Not urllib's `urljoin`: it drops an empty query and doubled slashes, and a signed address does not survive
that.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

SPLIT = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*+):)?+(//[^/?#]*+)?+([^?#]*+)(\?[^#]*+)?+(#.*+)?+", re.DOTALL)
PLAIN = re.compile(r"[^/?#:.][^/?#:]*+(?:/[^/?#:.][^/?#:]*+)*+(?:\?[^#]*+)?+")
"""A path below the base's, with no dots to take out: nearly all there are."""
FETCHED = re.compile(r"https?:", re.IGNORECASE)
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*+:")


@dataclass(frozen=True, slots=True)
class Base:
    """Where a playlist came from. `folder` is all up to its path's last slash."""

    scheme: str
    authority: str
    path: str = field(repr=False)
    query: str = field(repr=False)
    folder: str = field(repr=False)

    def join(self, uri: str) -> str:
        """Return the absolute address; whoever asks never gets a fragment, so it is left out."""
        if uri.startswith(("https://", "http://")):
            return uri.partition("#")[0]
        if PLAIN.fullmatch(uri):
            return self.folder + uri
        scheme, authority, path, query = split(uri)
        if scheme is not None and not (scheme.lower() == self.scheme and authority is None):
            return uri.partition("#")[0]
        if authority is not None:
            return f"{self.scheme}:{authority}{_without_dots(path)}{query}"
        if not path:
            return f"{self.scheme}:{self.authority}{self.path}{query or self.query}"
        merged = path if path.startswith("/") else self.path.rpartition("/")[0] + "/" + path
        return f"{self.scheme}:{self.authority}{_without_dots(merged)}{query}"


@lru_cache(maxsize=256)
def base_of(address: str) -> Base:
    """Return the address as a base for others."""
    scheme, authority, path, query = split(address)
    whole = f"{scheme or 'http'}:{authority or '//'}"
    folder = whole + _without_dots(path.rpartition("/")[0] + "/")
    return Base((scheme or "http").lower(), authority or "//", path or "/", query, folder)


def split(uri: str) -> tuple[str | None, str | None, str, str]:
    """Return scheme, `//authority`, path and `?query`."""
    match = SPLIT.match(uri)
    # Every group is optional, so it always matches.
    return (match[1], match[2], match[3], match[4] or "") if match else (None, None, uri, "")


def can_be_fetched(uri: str) -> bool:
    """Whether a proxy can: relative, or http. `data:`, `skd:` and the like stay with the player."""
    return FETCHED.match(uri) is not None or SCHEME.match(uri) is None


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4."""
    if "/." not in path:
        return path
    kept: list[str] = []
    parts = path.split("/")
    for part in parts:
        if part == "..":
            del kept[max(1, len(kept) - 1) :]
        elif part != ".":
            kept.append(part)
    return "/".join(kept) + ("/" if parts[-1] in (".", "..") else "")
