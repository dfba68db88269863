"""Where a source may lead: the guard against being sent inside by somebody else's list (SSRF).

It judges addresses, those that a connection is then opened to: a name that changes its mind gains nothing.
An IPv4 address inside an IPv6 one (mapped, NAT64, 6to4, Teredo, ISATAP) is judged as what it leads to.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

NEVER = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "169.254.0.0/16",
        "100.100.100.200/32",
        "192.0.0.0/24",
        "240.0.0.0/4",
        "::/128",
        "fe80::/10",
        "fec0::/10",
        "fd00:ec2::254/128",
        "fd20:ce::254/128",
        "100::/64",
        "5f00::/16",
    )
)
"""Link-local (cloud metadata lives there), other metadata services, and this machine in disguise."""

SHARED = ip_network("100.64.0.0/10")
NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
COMPATIBLE = IPv6Network("::/96")
ISATAP = (0x0000_5EFE, 0x0200_5EFE)


def allowed(address: Address, *, private: bool) -> bool:
    """Whether a source may lead to `address`; `private` is its permission for the house's own."""
    if isinstance(address, IPv6Address):
        inner = embedded(address)
        if inner is not None:
            return allowed(inner, private=private)
    if any(address in network for network in NEVER) or address.is_multicast:
        return False
    return private or (address.is_global and address not in SHARED)


def embedded(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 one leads to."""
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    number = int(address)
    if address in NAT64[0] or (number >> 32) & 0xFFFF_FFFF in ISATAP:
        return IPv4Address(number & 0xFFFF_FFFF)
    if address in NAT64[1]:  # RFC 6052, 2.2: bits 64 to 71 are left out
        return IPv4Address((number >> 64 & 0xFFFF) << 16 | number >> 40 & 0xFFFF)
    if address in COMPATIBLE and number > 1:
        return IPv4Address(number & 0xFFFF_FFFF)
    return None


NAME_MOST, LABEL_MOST = 253, 63
"""RFC 1035, 2.3.4: characters of a name, and of what stands between its dots."""


def spelled(host: str) -> str:
    """Return a host as it goes over the wire: judge this, and connect to this.

    Resolvers and SOCKS5 clients spell names by IDNA, to which fullwidth and circled letters are plain ones.
    So much that looks like a name is an address. And a proxy may stop reading at a zero.

    Raises
    ------
    ValueError
        If it is no name: an empty or long label, or what can't be printed.
    """
    if not (host.isascii() and len(host) <= LABEL_MOST and ".." not in host and host[:1] != "."):
        # Twice: some characters become dots only by the first.
        host = host.encode("idna").decode().encode("idna").decode()
    if not host.isprintable() or len(host) > NAME_MOST:
        raise ValueError("no name")
    return host


def literal(host: str) -> Address | None:
    """Return the address that a host is written as, in any way that a resolver would take for one.

    `2130706433`, `0x7f.1` and `127.1` are addresses to it, too.
    """
    bare = host.strip("[]").partition("%")[0].rstrip(".")
    try:
        return ip_address(bare)
    except ValueError:
        return _loose(bare)


def _loose(host: str) -> IPv4Address | None:
    """Read an IPv4 address as `inet_aton` does: one to four numbers, decimal, octal or hexadecimal."""
    parts = host.split(".")
    if not 1 <= len(parts) <= 4 or not all(part.isascii() and part[:1].isdigit() for part in parts):
        return None
    try:
        *heads, last = [int(part, 16 if part[:2].lower() == "0x" else 8 if part[0] == "0" else 10)
                        for part in parts]  # fmt: skip
    except ValueError:
        return None
    if any(head > 0xFF for head in heads) or last >= 1 << 8 * (4 - len(heads)):
        return None
    return IPv4Address(sum(head << 8 * (3 - at) for at, head in enumerate(heads)) + last)


IN_HOUSE_SUFFIXES = (".local", ".lan", ".home", ".internal", ".localhost", ".home.arpa")
METADATA = frozenset({"metadata.google.internal", "metadata", "instance-data", "instance-data.ec2.internal"})


def named_never(host: str) -> bool:
    """Whether a name, or a literal address, is one that is opened for nobody."""
    if host.casefold().rstrip(".") in METADATA:
        return True
    address = literal(host)
    return address is not None and not allowed(address, private=True)


def named_in_house(host: str) -> bool:
    """Whether a name alone says that it is in the house: for where names are resolved by a proxy."""
    if address := literal(host):
        return not allowed(address, private=False)
    name = host.casefold().rstrip(".")
    return "." not in name or name.endswith(IN_HOUSE_SUFFIXES)
