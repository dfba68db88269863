"""A source's channels as bytes and back: a line of JSON each, so that no list is there twice at a time.

What repeats from line to line (the source's name, groups, headers) is one object again after reading.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from contracts.channel import Locator, StreamKind

from catalog.sources.base import SourceChannel, SourceStream

CHANNEL_FIELDS = frozenset(SourceChannel._fields)
STREAM_FIELDS = frozenset(SourceStream._fields)
KINDS = {kind.value: kind for kind in StreamKind}
LOCATORS = {locator.value: locator for locator in Locator}
NEEDED = frozenset({"source", "native_id", "name", "address"})
"""What is written even where it is empty; all else is left out then."""
SHARED = ("source", "group", "country")


def dump(channels: Iterable[SourceChannel]) -> bytes:
    """Return channels as lines of JSON."""
    written = bytearray()
    for channel in channels:
        told = {name: value for name, value in channel._asdict().items() if value or name in NEEDED}
        told["streams"] = [_told(stream) for stream in channel.streams]
        written += orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)
    return bytes(written)


def _told(stream: SourceStream) -> dict[str, Any]:
    told = {name: value for name, value in stream._asdict().items() if value or name in NEEDED}
    if stream.headers:
        told["headers"] = dict(stream.headers)
    return told


def load(text: bytes | None) -> Iterator[SourceChannel]:
    """Yield the channels. Fields of a newer writer are passed over."""
    shared: dict[str, str] = {}
    headers: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    place = 0
    while text and place < len(text):
        end = text.find(b"\n", place)
        told = orjson.loads(memoryview(text)[place : end if end >= 0 else len(text)])
        place = end + 1 if end >= 0 else len(text)
        for name in SHARED:
            if value := told.get(name):
                told[name] = shared.setdefault(value, value)
        told["streams"] = tuple(_stream(stream, shared, headers) for stream in told.get("streams", ()))
        yield (
            SourceChannel(**told)
            if told.keys() <= CHANNEL_FIELDS
            else SourceChannel(**{name: value for name, value in told.items() if name in CHANNEL_FIELDS})
        )


def _stream(told: dict[str, Any], shared: dict[str, str], headers: dict[Any, dict[str, str]]) -> SourceStream:
    told["source"] = shared.setdefault(told["source"], told["source"])
    told["kind"], told["locator"] = KINDS[told["kind"]], LOCATORS[told["locator"]]
    if said := told.get("headers"):
        told["headers"] = headers.setdefault(tuple(said.items()), said)
    if told.keys() <= STREAM_FIELDS:
        return SourceStream(**told)
    return SourceStream(**{name: value for name, value in told.items() if name in STREAM_FIELDS})
