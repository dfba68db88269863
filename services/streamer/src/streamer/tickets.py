"""Sealed addresses: whatever a player asks for, we handed out ourselves.

A ticket names what it is for (channel, stream, rendition, sequence) and carries the upstream address as a
hint. AES-SIV seals it: authenticated, so that nothing else opens, and deterministic, so that one thing
has one address on every node and after every restart, for caches and players alike.

A ticket of something live says until when it is good, in steps of time, so that it is still the same on all
nodes. It is a bound for what has left its playlist: what is still listed is served, however old its ticket.

The trap: what is sealed is what the cache is named by, so `name` leaves the address's query out: a
source that signs each reload anew still has one segment, not many.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from zlib import crc32

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from streamer.errors import TicketInvalid

FIELDS = 9
CUT = re.compile("[?#]")
OPENED_MOST = 1_024
"""A segment is asked for as often as it has viewers, with the same ticket."""
SHAPE = b"2"
"""The version of the ticket's shape: authenticated with it, so that another shape never opens."""


LIVE_S = 600
"""A ticket of a live playlist is good for one to two such steps from when it was first listed."""
TEMPLATE_S = 3_600
"""Likewise of a live DASH template: its address is part of all segments', so it changes seldom."""
LASTING_S = 86_400
"""Likewise where all is listed from the start: a player may never ask for the list again."""


def expiry(now: float, step_s: int) -> int:
    """Return until when a ticket is good that is first given now."""
    return (int(now) // step_s + 2) * step_s


class Thing(StrEnum):
    """What a ticket is for."""

    SEGMENT = "s"
    PART = "t"
    MAP = "m"
    KEY = "k"
    PLAYLIST = "p"
    DATA = "d"
    TEMPLATE = "x"
    CUT = "c"
    """A segment that we cut ourselves: its address is the run that did."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One thing of one rendition. `span` is `offset-length` where it is a piece of a larger file."""

    thing: Thing
    channel: str
    stream: int
    rendition: str
    sequence: int
    address: str = field(repr=False)
    part: int = -1
    span: str = ""
    until: int = 0
    """When it expires, in seconds since the epoch; 0 is never."""
    egress: str = field(default="", compare=False)
    """By which way out the playlist was read, where there are several: the address may be bound to it."""
    name: str = field(init=False, repr=False, compare=False)
    """The same for the same bytes, whatever the address's signature: what caches go by."""

    def __post_init__(self) -> None:
        """Name it."""
        # A key's query may be all that tells it from another. A segment is known by its number; its file's
        # name only guards against a source that counts anew.
        said = self.address if self.thing is Thing.KEY else CUT.split(self.address, maxsplit=1)[0]
        said = said if self.sequence < 0 else said.rpartition("/")[2]
        where = f"{self.channel}:{self.stream}:{self.rendition}"
        name = f"{where}:{self.thing}:{self.sequence}:{self.part}:{crc32(said.encode()):08x}:{self.span}"
        object.__setattr__(self, "name", name)


class Tickets:
    """Seals and opens. `secret` is the cluster's key, of any length; `egress` this node's way out."""

    def __init__(self, secret: str, egress: str = "") -> None:
        self.egress = egress
        self._cipher = AESSIV(hashlib.sha512(b"iptv ticket " + secret.encode()).digest())
        self._opened = lru_cache(OPENED_MOST)(self._open)

    def seal(self, ticket: Ticket) -> str:
        """Return the ticket as text for an address."""
        stream = f"{ticket.stream}@{ticket.egress}" if ticket.egress else str(ticket.stream)
        head = (ticket.thing, ticket.channel, stream, ticket.rendition)
        text = "\n".join(
            (*head, str(ticket.sequence), str(ticket.part), ticket.span, str(ticket.until), ticket.address)
        )
        return _written(self._cipher.encrypt(text.encode(), [SHAPE]))

    def open(self, text: str) -> Ticket:
        """Return the ticket that was sealed.

        Raises
        ------
        TicketInvalid
            If it was not sealed with this key.
        """
        return self._opened(text)

    def _open(self, text: str) -> Ticket:
        try:
            sealed = _read(text)
            fields = self._cipher.decrypt(sealed, [SHAPE]).decode().split("\n", FIELDS - 1)
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise TicketInvalid from error
        thing, channel, stream, rendition, sequence, part, span, until, address = fields
        number, _, egress = stream.partition("@")
        where = (Thing(thing), channel, int(number), rendition, int(sequence), address)
        return Ticket(*where, part=int(part), span=span, until=int(until), egress=egress)


def _written(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def _read(text: str) -> bytes:
    """Decode, and insist on the one way to write it: a second address would be a second cache entry."""
    sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _written(sealed) != text:
        raise TicketInvalid
    return sealed


def fingerprint(secret: str) -> str:
    """Return what tells two keys apart without telling the key."""
    return hashlib.sha256(b"iptv fingerprint " + secret.encode()).hexdigest()[:16]
