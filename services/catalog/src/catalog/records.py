"""A source's channels as bytes and back: a line of JSON for each, what is as always left out.

A reader that knows other fields takes those that it knows, and has its defaults for the rest.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec

from catalog.sources.base import SourceChannel

PIECE = 2000
"""Channels that are written at a time: all of a large list are 30 MB."""
ENCODER = msgspec.json.Encoder()
DECODER = msgspec.json.Decoder(SourceChannel)


def dump(channels: Iterable[SourceChannel]) -> Iterator[bytes]:
    """Yield channels as lines of JSON, some lines at a time."""
    left = iter(channels)
    while piece := list(islice(left, PIECE)):
        yield ENCODER.encode_lines(piece)


def load(text: bytes | None) -> list[SourceChannel]:
    """Return the channels; of nothing, and of what another version wrote otherwise, none."""
    try:
        return DECODER.decode_lines(text or b"")
    except msgspec.DecodeError:
        return []
