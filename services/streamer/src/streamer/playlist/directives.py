"""What a low-latency player asks of a playlist (RFC 8216bis, 6.2.5)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from streamer.errors import DirectiveInvalid

NUMBER = re.compile(r"[0-9]{1,15}")
SKIPS = ("YES", "v2")


@dataclass(frozen=True, slots=True)
class Directives:
    """What must be in the answer, and whether a part of the list is enough."""

    sequence: int = -1
    """The segment that must be there, or -1 if nothing is waited for."""
    part: int = -1
    """The part of that segment, or -1 if it is to be whole."""
    skip: str = ""
    """`YES` for a delta update, `v2` for one that may leave date ranges out too."""


NOTHING = Directives()


def read(query: Mapping[str, str]) -> Directives:
    """Take the directives out of a query; whatever else is in it stays here.

    Raises
    ------
    DirectiveInvalid
        If one is not what the RFC says, or a part is asked for without its segment.
    """
    sequence = _number(query, "_HLS_msn")
    part = _number(query, "_HLS_part")
    skip = query.get("_HLS_skip", "")
    if skip and skip not in SKIPS:
        raise DirectiveInvalid("_HLS_skip")
    if part >= 0 > sequence:
        raise DirectiveInvalid("_HLS_part")
    return Directives(sequence, part, skip)


def _number(query: Mapping[str, str], name: str) -> int:
    if name not in query:
        return -1
    if not NUMBER.fullmatch(query[name]):
        raise DirectiveInvalid(name)
    return int(query[name])
