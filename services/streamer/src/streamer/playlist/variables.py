"""EXT-X-DEFINE (RFC 8216bis, 4.3 and 4.4.2.3), written out.

A player that gets a playlist from us gets one without variables: what they stand for is filled in wherever
the RFC lets a reference stand, and the EXT-X-DEFINE tags go. They could not stay: their values are as a
rule pieces of upstream addresses; QUERYPARAM names a parameter that our addresses lack, and IMPORT a
variable of a multivariant playlist that has none any more; both make players refuse the whole. And many
players know no variables at all.

A reference to what nobody defined stays as it is. So does what goes beyond `ADDED_MOST`: values may refer
to earlier ones, and thirty lines would else be enough for a gigabyte.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote

from streamer.playlist import attributes
from streamer.playlist.attributes import Attribute
from streamer.playlist.grammar import Line, Playlist

REFERENCE = re.compile(r"\{\$([A-Za-z0-9_-]++)\}")
ADDED_MOST = 1_000_000
"""Characters that references may add to one playlist."""
CARRIED_MOST = 2_000
"""Characters of variables in one address."""

HEXADECIMAL = {"IV", "SCTE35-CMD", "SCTE35-OUT", "SCTE35-IN"}
PROSE = {"EXTINF", "EXT-X-PROGRAM-DATE-TIME", "EXT-X-BYTERANGE"}
"""Tags with a value that is no attribute list: no reference may stand there."""


@dataclass(slots=True)
class _Filler:
    """Fills references in, as long as the budget lasts."""

    known: dict[str, str] = field(default_factory=dict)
    budget: int = ADDED_MOST

    def fill(self, text: str) -> str:
        return REFERENCE.sub(self._value, text) if "{$" in text else text

    def _value(self, match: re.Match[str]) -> str:
        value = self.known.get(match[1])
        if value is None or len(value) > self.budget:
            return match[0]
        self.budget -= len(value)
        return value

    def attribute(self, found: Attribute) -> str | None:
        """4.3: in quoted strings and hexadecimal sequences."""
        if "{$" not in found.value or not (found.quoted or _is_hexadecimal(found)):
            return None
        return self.fill(found.value)


def defined(playlist: Playlist, base: str, imported: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Return the variables of a playlist that came from `base`, with what it imports."""
    return _filler(playlist, base, imported).known


def resolve(playlist: Playlist, base: str, imported: Mapping[str, str] | None = None) -> Playlist:
    """Return the playlist without variables. One that defines none is returned as it is."""
    if not playlist.has("EXT-X-DEFINE"):
        return playlist
    filler = _filler(playlist, base, imported)
    return replace(playlist, lines=tuple(_filled(playlist, filler)))


def carry(address: str, variables: Mapping[str, str]) -> str:
    """Put the variables into a nested playlist's address, as a fragment: sealed, and never sent upstream.

    More than fit are left out together: the nested playlist then has to do without.
    """
    address = address.partition("#")[0]
    said = quote(json.dumps(dict(sorted(variables.items())), separators=(",", ":")), safe=":,")
    return f"{address}#{said}" if variables and len(said) <= CARRIED_MOST else address


def carried(address: str) -> tuple[str, Mapping[str, str]]:
    """Take apart what `carry` made: the address to ask for, and the variables."""
    address, _, said = address.partition("#")
    try:
        found = json.loads(unquote(said)) if said else {}
    except ValueError:
        found = {}
    return address, found if isinstance(found, dict) else {}


def _filler(playlist: Playlist, base: str, imported: Mapping[str, str] | None) -> _Filler:
    filler = _Filler()
    query = _parameters(base)
    for line in playlist.lines:
        if line.name == "EXT-X-DEFINE":
            said = line.attributes()
            # A double is an error (4.4.2.3); the first is what lines between the two meant.
            for name, value in _definition(said, query, imported or {}):
                filler.known.setdefault(name, filler.fill(value))
    return filler


def _definition(
    said: Mapping[str, str], query: Mapping[str, str], imported: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    if "NAME" in said:
        yield said["NAME"], said.get("VALUE", "")
    elif (name := said.get("QUERYPARAM")) is not None and name in query:
        yield name, query[name]
    elif (name := said.get("IMPORT")) is not None and name in imported:
        yield name, imported[name]


def _parameters(address: str) -> Mapping[str, str]:
    """Read a query. A plus stays one: these are addresses, not forms."""
    query = address.partition("#")[0].partition("?")[2]
    pairs = (pair.partition("=") for pair in query.split("&"))
    return {unquote(name): unquote(value) for name, _, value in reversed(list(pairs))}


def _filled(playlist: Playlist, filler: _Filler) -> Iterator[Line]:
    for line in playlist.lines:
        if line.name == "EXT-X-DEFINE":
            continue
        if "{$" not in line.text:
            yield line
        elif line.is_uri:
            yield line._replace(text=filler.fill(line.text))
        elif line.name and line.name not in PROSE:
            yield line.with_value(attributes.changed(line.value, filler.attribute))
        else:
            yield line


def _is_hexadecimal(found: Attribute) -> bool:
    return found.name in HEXADECIMAL or found.value[:2] in ("0x", "0X")
