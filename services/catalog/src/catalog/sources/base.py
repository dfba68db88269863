"""What a source is: something that is read now and then, and gives records.

A source says what it could not read, in words, next to what it could. It raises only where it has nothing
to give at all: then the last good reading stays.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol

import msgspec
from contracts.channel import Locator, StreamKind
from contracts.record import Record
from pydantic import AwareDatetime

from catalog.errors import SourceUnreadable
from catalog.sources.spec import SourceSpec

UNREAD_KEPT = 20
HALF_LETTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
"""A surrogate without the other one: what is left where a name was cut in the middle of an emoji."""


class SourceStream(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A stream as one source names it: `contracts.channel.Stream` with its defaults, a tenth of its size."""

    source: str
    address: str
    kind: StreamKind = StreamKind.HLS
    locator: Locator = Locator.DIRECT
    headers: Mapping[str, str] = {}
    allow_private: bool = False
    socks5: str | None = None
    max_connections: int | None = None


class SourceChannel(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A channel as one source names it. `native_id` is what the source itself knows it by, and stays.

    Lists have 100,000 of them: as pydantic's records they took 270 MB, like this 45. There are no cycles in
    them, so the garbage collector needn't know of them.
    """

    source: str
    native_id: str
    name: str
    group: str = ""
    country: str | None = None
    logo: str | None = None
    tvg_id: str | None = None
    number: int | None = None
    radio: bool = False
    adult: bool = False
    streams: tuple[SourceStream, ...] = ()


class Reading(NamedTuple):
    """What a source listed. `unread` is what it listed and nobody could make sense of."""

    channels: tuple[SourceChannel, ...]
    unread: tuple[str, ...] = ()


class FixtureChannel(Record):
    """A channel as a schedule names it. `native_id` is the source's own, where it says one."""

    native_id: str | None
    name: str
    id: str | None = None
    """Our own, where it is known: a guide is matched to channels already."""


class Fixture(Record):
    """An event as one schedule names it."""

    source: str
    category: str
    title: str
    league: str | None = None
    """Where it is said apart; else it is looked for in the title, as the teams are."""
    teams: tuple[str, ...] = ()
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None = None
    channels: tuple[FixtureChannel, ...] = ()


class Schedule(Record):
    """What a schedule listed, and what of it could not be read."""

    fixtures: tuple[Fixture, ...]
    unread: tuple[str, ...] = ()


class Expectation(NamedTuple):
    """What an adapter counts on. Sites change: the operator is told the name of the first that fails."""

    name: str
    holds: Callable[[Any], bool]


def expect(source: str, content: Any, expectations: Iterable[Expectation]) -> None:
    """Check what was fetched, or what was made of it.

    Raises
    ------
    SourceUnreadable
        With the first expectation that fails.
    """
    for expectation in expectations:
        if not expectation.holds(content):
            raise SourceUnreadable(source, f"expected {expectation.name}")


def json_of(source: str, text: str, expected: str = "JSON") -> Any:
    """Return what JSON says. Halves of letters, which no other text can hold, are question marks.

    Raises
    ------
    SourceUnreadable
        If it is none, or is nested deeper than anybody means.
    """
    try:
        content = json.loads(text)
        if HALF_LETTER.search(text):
            content = json.loads(json.dumps(content, ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError):
        raise SourceUnreadable(source, f"expected {expected}") from None
    return content


class Source(Protocol):
    """Gives channels."""

    async def channels(self) -> Reading:
        """Read the list; errors are `catalog.errors.SourceError`."""


class Scheduled(Protocol):
    """Gives events, too."""

    async def schedule(self) -> Schedule:
        """Read the schedule; errors are `catalog.errors.SourceError`."""


def stream_of(
    spec: SourceSpec,
    address: str,
    kind: StreamKind = StreamKind.HLS,
    *,
    private: bool,
    locator: Locator = Locator.DIRECT,
    headers: dict[str, str] | None = None,
) -> SourceStream:
    """Return a stream with all that its source says about streams."""
    return SourceStream(
        spec.name,
        address,
        kind,
        locator,
        {**spec.headers, **headers} if headers else spec.headers,
        private or spec.allow_private,
        spec.socks5,
        spec.max_connections,
    )


def regrouped(channels: Iterable[SourceChannel], spec: SourceSpec) -> tuple[SourceChannel, ...]:
    """Keep and rename groups as the operator wants them."""
    include = {group.casefold() for group in spec.include}
    exclude = {group.casefold() for group in spec.exclude}
    rename = {old.casefold(): new for old, new in spec.rename.items()}
    if not (include or exclude or rename):
        return tuple(channels)
    return tuple(
        msgspec.structs.replace(channel, group=rename.get(group, channel.group))
        for channel in channels
        if (group := channel.group.casefold()) not in exclude and (not include or group in include)
    )
