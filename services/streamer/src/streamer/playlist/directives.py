"""What a low-latency player asks of a playlist (RFC 8216bis, 6.2.5), and whether a playlist has it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from streamer.errors import DirectiveInvalid
from streamer.playlist.grammar import Playlist
from streamer.playlist.segments import Parts, divide

NUMBER = re.compile(r"[0-9]{1,15}")
SKIPS = ("YES", "v2")
AHEAD_MOST = 2
"""Segments beyond the last one that may be asked for."""


@dataclass(frozen=True, slots=True)
class Directives:
    """The segment that must be in the answer, and the query that says so, checked and in order."""

    sequence: int
    query: str
    part: int = -1
    """The part of that segment, or -1 if it is to be whole."""
    skip: str = ""
    """`YES` for a delta update, `v2` for one that leaves date ranges out too."""

    @property
    def blocking(self) -> str:
        """The query without the wish for a delta update: players that wait for one thing wait together."""
        return "&".join(pair for pair in self.query.split("&") if not pair.startswith("_HLS_skip"))


NOTHING = Directives(-1, "")


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
    said = (("_HLS_msn", sequence), ("_HLS_part", part), ("_HLS_skip", skip))
    return Directives(
        sequence, "&".join(f"{name}={value}" for name, value in said if value not in (-1, "")), part, skip
    )


def satisfied(playlist: Playlist, wanted: Directives) -> bool:
    """Whether the playlist has what a player wants to wait for (6.2.5.2).

    A part beyond the last one of a segment that is complete is the next segment's first. What has slid out
    of the list is there: a player that is late is not kept waiting.
    """
    if wanted.sequence < 0 or playlist.ended or wanted.sequence < playlist.next_sequence - 1:
        return True
    is_complete = wanted.sequence < playlist.next_sequence
    if wanted.part < 0:
        return is_complete
    parts = divide(playlist)
    if not is_complete:
        return wanted.sequence == playlist.next_sequence and wanted.part < parts.next_parts
    listed = _parts_of_the_last(parts)
    return not listed or wanted.part < listed or parts.next_parts > 0


def too_far(playlist: Playlist, wanted: Directives) -> bool:
    """Whether a player asks for what is so far ahead that he must be mistaken: a bad request (6.2.5.2)."""
    last = playlist.next_sequence - 1
    if wanted.sequence < 0 or playlist.ended:
        return False
    if wanted.sequence > last + AHEAD_MOST:
        return True
    if wanted.part < 0 or wanted.sequence <= last:
        return False
    target_s = playlist.part_target_s
    limit = 3 / target_s if 0 < target_s < 1 else 3
    present = divide(playlist).next_parts if wanted.sequence == playlist.next_sequence else 0
    return wanted.part - (present - 1) > limit


def _parts_of_the_last(parts: Parts) -> int:
    return parts.segments[-1].parts if parts.segments else 0


def _number(query: Mapping[str, str], name: str) -> int:
    if name not in query:
        return -1
    if not NUMBER.fullmatch(query[name]):
        raise DirectiveInvalid(name)
    return int(query[name])
