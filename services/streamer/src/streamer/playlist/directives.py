"""What a low-latency player asks of a playlist (RFC 8216bis, 6.2.5.1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

VALUE = re.compile(r"[0-9]{1,15}|YES|v2")
NAMES = ("_HLS_msn", "_HLS_part", "_HLS_skip")


@dataclass(frozen=True, slots=True)
class Directives:
    """The segment that must be in the answer, and the query that says so, checked and in order."""

    sequence: int
    query: str


NOTHING = Directives(-1, "")


def read(query: Mapping[str, str]) -> Directives:
    """Take the directives out of a query; whatever else is in it stays here."""
    good = {name: query[name] for name in NAMES if VALUE.fullmatch(query.get(name, ""))}
    if not good.get("_HLS_msn", "").isdigit():
        return NOTHING
    return Directives(int(good["_HLS_msn"]), "&".join(f"{name}={value}" for name, value in good.items()))
