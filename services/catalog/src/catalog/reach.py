"""Where an address leads: the guard against being sent inside by somebody else's list (SSRF).

An address is resolved here, judged, and then opened *at the address that was judged*: a name that answers
differently the second time gains nothing. Link-local, multicast and the like (metadata services among
them) are refused even where a source may lead to private addresses.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
IN_HOUSE_SUFFIXES = (".local", ".lan", ".home", ".internal", ".localhost", ".home.arpa")
METADATA = frozenset({"metadata.google.internal", "metadata"})
RESOLVE_DEADLINE_S = 3.0


def allowed(address: Address, *, private: bool) -> bool:
    """Whether `address` may be opened; `private` says whether private ones may."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    return address.is_global or (private and (address.is_private or address.is_loopback))


async def resolve(host: str, port: int) -> list[Address]:
    """Return all addresses of `host`; none where it has none."""
    try:
        return [ip_address(host.strip("[]"))]
    except ValueError:
        pass
    try:
        async with asyncio.timeout(RESOLVE_DEADLINE_S):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


async def judged(host: str, port: int, *, private: bool) -> Address | None:
    """Return an address of `host` to open, or None where any of them may not be."""
    addresses = await resolve(host, port)
    if host.casefold() in METADATA or not addresses:
        return None
    return addresses[0] if all(allowed(address, private=private) for address in addresses) else None


def named_in_house(host: str) -> bool:
    """Whether a name alone says that it is in the house: for where names are resolved by a proxy."""
    name = host.casefold().rstrip(".")
    return "." not in name or name.endswith(IN_HOUSE_SUFFIXES)


async def in_house(address: str, *, by_name: bool = False) -> bool:
    """Whether a source's own address is a file or a private one; its streams may be private, then."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https"):
        return True
    host = parts.hostname or ""
    try:
        return not ip_address(host).is_global
    except ValueError:
        if by_name:
            return named_in_house(host)
    addresses = await resolve(host, parts.port or 80)
    return bool(addresses) and all(not found.is_global for found in addresses)
