"""What a low-latency player asks of a playlist (RFC 8216bis, 6.2.5.1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

NUMBER = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Directives:
    """The segment, and perhaps the part of it (else -1), that must be in the answer."""

    sequence: int
    part: int = -1


NOTHING = Directives(-1)


def read(query: Mapping[str, str]) -> Directives:
    """Take the directives out of a query; whatever else is in it stays here."""
    sequence, part = query.get("_HLS_msn", ""), query.get("_HLS_part", "")
    if not NUMBER.fullmatch(sequence):
        return NOTHING
    return Directives(int(sequence), int(part) if NUMBER.fullmatch(part) else -1)
