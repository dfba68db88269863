"""What players are told instead of upstream addresses.

A segment keeps the address that it was first given, as long as it is in the playlist, even if its source
signs it anew at each reload: caches and players know it by that address.
"""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from streamer.playlist.rewrite import Reference
from streamer.playlist.variables import carry
from streamer.shelf import Place
from streamer.tickets import Thing, Ticket, Tickets

ISSUED = re.compile(rb"/(?:content|key)/([A-Za-z0-9_-]+)\.\w+")

NESTED = re.compile(rb'(?m)(^|URI=")(/content/[A-Za-z0-9_-]+\.m3u8)(?=["\r\n]|\Z)')

UPSTREAM_EXTENSIONS = {"ts", "m4s", "mp4", "aac", "ac3", "ec3", "mp3", "vtt"}
SYNONYMS = {"m4v": "m4s", "m4a": "m4s", "cmfv": "m4s", "cmfa": "m4s", "webvtt": "vtt", "m4f": "m4s"}


class Sealer:
    """Gives addresses for one playlist. `known` are those it had before: name -> address.

    `offset` is what was added to the source's numbers: a ticket has the source's own. `until` is how long new
    ones are good, but for nested playlists': they are asked for a token each time.
    """

    def __init__(
        self,
        place: Place,
        tickets: Tickets,
        known: Mapping[str, str],
        *,
        proxy_content: bool,
        offset: int = 0,
        until: int = 0,
    ) -> None:
        self._until = until
        self._offset = offset
        self._place = place
        self._tickets = tickets
        self._known = known
        self._proxy_content = proxy_content
        self.given: dict[str, str] = {}

    def __call__(self, reference: Reference) -> str | None:
        """Return what to write for `reference`."""
        if not self._proxy_content and reference.thing in (Thing.SEGMENT, Thing.PART, Thing.MAP, Thing.DATA):
            return reference.address
        ticket = self._ticket(reference)
        name = ticket.name
        if name not in self.given:
            self.given[name] = self._known.get(name) or self._address(reference, ticket)
        return self.given[name]

    def _ticket(self, reference: Reference) -> Ticket:
        nested = reference.thing is Thing.PLAYLIST
        address = carry(reference.address, reference.variables) if nested else reference.address
        return Ticket(
            reference.thing,
            self._place.channel,
            self._place.stream,
            reference.rendition if nested else self._place.rendition,
            reference.sequence if reference.sequence < 0 else reference.sequence - self._offset,
            address,
            reference.part,
            reference.span,
            0 if nested else self._until,
            self._tickets.egress,
        )

    def _address(self, reference: Reference, ticket: Ticket) -> str:
        door = "key" if reference.thing is Thing.KEY else "content"
        return f"/{door}/{self._tickets.seal(ticket)}.{extension(reference)}"


def extension(reference: Reference) -> str:
    """Return what the body is, for players that judge by an address's end: not by the upstream's word."""
    if reference.thing is Thing.PLAYLIST:
        return "m3u8"
    if reference.thing is Thing.KEY:
        return "key"
    said = PurePosixPath(urlsplit(reference.address).path).suffix.lstrip(".").lower()
    said = SYNONYMS.get(said, said)
    if said in UPSTREAM_EXTENSIONS and not (reference.fragmented and said == "ts"):
        return said
    if reference.thing is Thing.DATA:
        return "json"
    if reference.thing is Thing.MAP:
        return "mp4"
    return "m4s" if reference.fragmented else "ts"


def addresses_in(content: bytes, tickets: Tickets) -> dict[str, str]:
    """Return what a playlist of another node gave out: name -> address."""
    issued = ((match[0].decode(), match[1].decode()) for match in ISSUED.finditer(content))
    return {tickets.open(sealed).name: address for address, sealed in issued}


def carrying(content: bytes, token: str) -> bytes:
    """Return a playlist whose nested playlists' addresses end in `token`, `token=…`; all else as it is.

    For one player: the copy that is shared knows no token.
    """
    if not token or b".m3u8" not in content:
        return content
    return NESTED.sub(rb"\1\2?" + token.encode(), content)
