"""What a guide gives, by channel, kept small while it comes and tidy when it is all there. Pure.

A guide lists its programmes by channel or by time, and hundreds of thousands of them. So each channel has a
heap of lines that is packed as it grows: what is held is a tenth of what was read.

Tidy is: in order of time; said once; an end where none was said (the next one's start); none over another.
"""

import hashlib
import itertools
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from contracts.programme import ChannelGuide

from catalog.sources.xmltv import Broadcast, Span

HEAP_BYTES = 16 * 1024
MOST_PROGRAMMES = 5000
"""Of one channel: a week of programmes of two minutes."""
LASTS_S = 3600
"""The last programme, where nobody says when it ends; and the longest that a missing end may reach."""
LONGEST_S = 6 * 3600


class Heap:
    """The programmes of one channel, as lines of JSON."""

    __slots__ = ("_lines", "_packed", "count")

    def __init__(self) -> None:
        # One buffer, and not a list of lines: small pieces that come and go in turns leave holes behind.
        self._lines = bytearray()
        self._packed: list[bytes] = []
        self.count = 0

    def add(self, line: bytes) -> None:
        """Put a line on it; a line has its end."""
        self.count += 1
        self._lines += line
        if len(self._lines) > HEAP_BYTES:
            self._packed.append(zlib.compress(self._lines, 3))
            self._lines = bytearray()

    def lines(self) -> Iterator[bytes]:
        """Yield all that was put on it."""
        for packed in self._packed:
            yield from zlib.decompress(packed).splitlines()
        yield from bytes(self._lines).splitlines()


class Harvest:
    """The programmes of many channels."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._heaps: dict[str, Heap] = {}
        self.surplus = 0
        """How many were left out, since their channel has too many."""

    def add(self, channel_ids: Iterable[str], broadcast: Broadcast) -> None:
        """Take a programme of some channels."""
        line = orjson.dumps(tuple(broadcast), option=orjson.OPT_APPEND_NEWLINE)
        for channel_id in channel_ids:
            heap = self._heaps.get(channel_id)
            if heap is None:
                heap = self._heaps[channel_id] = Heap()
            if heap.count < MOST_PROGRAMMES:
                heap.add(line)
            else:
                self.surplus += 1

    def gathered(self, look: Callable[[str, Broadcast], None] | None = None) -> tuple[dict[str, bytes], int]:
        """Return each channel's guide, packed, and how many programmes there are in all. It is empty then.

        `look` is shown every programme, once it is tidy.
        """
        found, programmes = {}, 0
        for channel_id in sorted(self._heaps):
            heap = self._heaps.pop(channel_id)
            listed = [Broadcast(*orjson.loads(line)) for line in heap.lines()]
            if tidied := [each for each in tidy(listed) if self._span.has(each.start, each.stop)]:
                found[channel_id] = pack(channel_id, tidied)
                programmes += len(tidied)
                if look is not None:
                    for each in tidied:
                        look(channel_id, each)
        return found, programmes


def tidy(listed: Iterable[Broadcast]) -> Iterator[Broadcast]:
    """Yield the programmes of one channel, in order, each of them until the next begins at the latest."""
    distinct = {each.start: each for each in listed if each.stop is None or each.stop > each.start}
    ordered = [distinct[start] for start in sorted(distinct)]
    for each, following in itertools.zip_longest(ordered, ordered[1:]):
        stop = each.stop
        if stop is None:
            stop = min(following.start, each.start + LONGEST_S) if following else each.start + LASTS_S
        yield each._replace(stop=min(stop, following.start) if following else stop)


def pack(channel_id: str, programmes: Iterable[Broadcast]) -> bytes:
    """Return a `ChannelGuide` as packed JSON: of the same programmes the same bytes."""
    icons: dict[str, str] = {}
    listed = [_record(channel_id, each, icons) for each in programmes]
    return zlib.compress(orjson.dumps({"programmes": listed, "icons": icons}), 6)


def unpack(packed: bytes) -> ChannelGuide:
    """Return what `pack` packed."""
    return ChannelGuide.model_validate_json(zlib.decompress(packed))


def _record(channel_id: str, each: Broadcast, icons: dict[str, str]) -> dict[str, Any]:
    """Return a `Programme` as it is in JSON; what says nothing is left out."""
    said = {
        "channel_id": channel_id,
        "start": _time(each.start),
        "stop": _time(each.stop or each.start),
        "title": each.title,
        "subtitle": each.subtitle,
        "description": each.description,
        "categories": each.categories,
        "episode": each.episode,
    }
    if each.icon:
        name = hashlib.sha256(each.icon.encode("utf-8", "replace")).hexdigest()[:16]
        icons[name] = each.icon
        said["icon"] = f"/logo/{channel_id}/{name}"
    return {key: value for key, value in said.items() if value or key == "title"}


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
