"""Names to addresses that may be opened: the catalog's half of the guard (`chassis.guard`).

An address is resolved here, judged, and then opened *at the address that was judged*.
"""

import asyncio
import socket
from ipaddress import ip_address

from chassis.guard import METADATA, Address, allowed, literal, named_in_house, named_never

__all__ = ["Address", "allowed", "in_house", "judged", "named_in_house", "named_never", "resolve"]

RESOLVE_DEADLINE_S = 3.0


def in_house(address: Address) -> bool:
    """Whether it is not one of the internet's."""
    return not allowed(address, private=False)


async def resolve(host: str, port: int) -> list[Address]:
    """Return all addresses of `host`; none where it has none."""
    if (address := literal(host)) is not None:
        return [address]
    try:
        async with asyncio.timeout(RESOLVE_DEADLINE_S):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


async def judged(host: str, port: int, *, private: bool) -> Address | None:
    """Return an address of `host` to open, or None where any of them may not be."""
    addresses = await resolve(host, port)
    if host.casefold().rstrip(".") in METADATA or not addresses:
        return None
    return addresses[0] if all(allowed(address, private=private) for address in addresses) else None
