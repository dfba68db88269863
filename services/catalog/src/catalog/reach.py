"""Where an address leads: the guard against being sent inside by somebody else's list (SSRF).

An address is resolved here, judged, and then opened *at the address that was judged*: a name that answers
differently the second time gains nothing. Link-local, multicast and the like (metadata services among
them) are refused even where a source may lead to private addresses.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address
IN_HOUSE_SUFFIXES = (".local", ".lan", ".home", ".internal", ".localhost", ".home.arpa")
METADATA = frozenset({"metadata.google.internal", "metadata"})
METADATA_ADDRESSES = frozenset(map(ip_address, ("100.100.100.200", "fd00:ec2::254")))
RESOLVE_DEADLINE_S = 3.0


def allowed(address: Address, *, private: bool) -> bool:
    """Whether `address` may be opened; `private` says whether private ones may."""
    if isinstance(address, IPv6Address) and (inner := address.ipv4_mapped or address.sixtofour):
        return allowed(inner, private=private)
    if (
        address in METADATA_ADDRESSES
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
    ):
        return False
    return address.is_global or (private and (address.is_private or address.is_loopback))


def in_house(address: Address) -> bool:
    """Whether it is not one of the internet's."""
    return not allowed(address, private=False)


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


def named_never(host: str) -> bool:
    """Whether a name, or a literal address, is one that is opened for nobody."""
    if host.casefold().rstrip(".") in METADATA:
        return True
    literal = _literal(host)
    return literal is not None and not allowed(literal, private=True)


def named_in_house(host: str) -> bool:
    """Whether a name alone says that it is in the house: for where names are resolved by a proxy."""
    if literal := _literal(host):
        return in_house(literal)
    name = host.casefold().rstrip(".")
    return "." not in name or name.endswith(IN_HOUSE_SUFFIXES)


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None
