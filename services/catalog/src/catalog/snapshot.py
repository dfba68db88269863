"""The catalog as the API holds it: one generation of channels, events and guide each, whole, in memory.

Snapshots never change; a new generation is a new snapshot. So a request sees one list from its first
byte to its last, and answers that cost something are made once per snapshot and kept with it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cached_property, lru_cache
from hashlib import sha256

from contracts.channel import Channel, ChannelPage, Group
from contracts.event import Event, EventPage, EventState
from contracts.programme import ChannelGuide, Programme
from contracts.search import Hit
from finder import Index, Memory

from catalog.guide import Listings
from catalog.harvest import unpack

UNPACKED = 200
"""How many channels' guides are kept as records; the rest is unpacked when it is asked for."""
NOTHING = "none"
"""The version of a list that was never there."""
SEARCHED_MOST = 512
NARROWED_MOST = 32
"""For how many choices of groups a snapshot is kept."""


class Channels:
    """One generation of channels, in order of their numbers."""

    def __init__(self, version: str, channels: Iterable[Channel]) -> None:
        self.version = version
        self.all = tuple(sorted(channels, key=lambda channel: channel.number))
        self.by_id = {channel.id: channel for channel in self.all}

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Every group, in the list's order."""
        sizes = Counter(channel.group for channel in self.all if channel.group)
        return tuple(Group(name=name, channels=size) for name, size in sizes.items())

    @cached_property
    def index(self) -> Index:
        """The names, findable."""
        return Index.of(self.all, ())

    def chosen(self, query: str | None = None, group: str | None = None) -> list[Channel]:
        """Return the channels that fit, in order of their numbers."""
        chosen: Iterable[Channel] = self.all
        if query and query.strip():
            found = self.index.ids(query)
            chosen = (channel for channel in chosen if channel.id in found)
        if group:
            wanted = group.casefold()
            chosen = (channel for channel in chosen if channel.group.casefold() == wanted)
        return list(chosen)

    def page(self, query: str | None, group: str | None, after: int, limit: int) -> ChannelPage:
        """Return `limit` of the channels that fit, those with a number above `after`."""
        fitting = self.chosen(query, group)
        rest = [channel for channel in fitting if channel.number > after]
        shown = rest[:limit]
        return ChannelPage(
            version=self.version,
            total=len(fitting),
            groups=self.groups,
            channels=tuple(channel.view() for channel in shown),
            next_cursor=str(shown[-1].number) if len(rest) > limit else None,
        )


class Events:
    """One generation of events, in order of their start."""

    def __init__(self, version: str, events: Iterable[Event]) -> None:
        self.version = version
        self.all = tuple(
            sorted(events, key=lambda event: (event.starts_at, event.category, event.title, event.id))
        )
        self.categories = tuple(sorted({event.category for event in self.all}))

    @cached_property
    def index(self) -> Index:
        """The events, findable."""
        return Index.of((), self.all)

    def page(
        self,
        now: datetime,
        *,
        live: bool | None = None,
        category: str | None = None,
        starts: datetime | None = None,
        ends: datetime | None = None,
        query: str | None = None,
    ) -> EventPage:
        """Return the events that fit, each with its state at `now`; `starts` and `ends` are a window."""
        found = self.index.ids(query) if query and query.strip() else None
        events = [
            event.model_copy(update={"state": event.state_at(now)})
            for event in self.all
            if (found is None or event.id in found)
            and (category is None or event.category.casefold() == category.casefold())
            and (starts is None or event.ends_at > starts)
            and (ends is None or event.starts_at < ends)
        ]
        if live is not None:
            events = [event for event in events if (event.state is EventState.LIVE) is live]
        return EventPage(version=self.version, categories=self.categories, events=tuple(events))


class Guide:
    """One generation of the guide, packed: as records, a week of 1,000 channels is hundreds of megabytes."""

    def __init__(self, version: str, packed: Mapping[str, bytes]) -> None:
        self.version = version
        self._packed = packed
        self._unpacked = lru_cache(maxsize=UNPACKED)(self._unpack)

    def __len__(self) -> int:
        return len(self._packed)

    def __contains__(self, channel_id: str) -> bool:
        return channel_id in self._packed

    def of(self, channel_ids: Collection[str]) -> dict[str, bytes]:
        """Return what some channels have, packed."""
        return {each: packed for each, packed in self._packed.items() if each in channel_ids}

    def programmes(self, channel_id: str) -> tuple[Programme, ...]:
        """Return a channel's programmes; of one without a guide, none."""
        return self._unpacked(channel_id).programmes if channel_id in self._packed else ()

    def icon(self, channel_id: str, name: str) -> str | None:
        """Return the upstream address of a picture."""
        return self._unpacked(channel_id).icons.get(name) if channel_id in self._packed else None

    def _unpack(self, channel_id: str) -> ChannelGuide:
        return unpack(self._packed[channel_id])


class Snapshot:
    """Channels, events and the guide, together."""

    def __init__(self, channels: Channels, events: Events, guide: Guide | None = None) -> None:
        self.channels = channels
        self.events = events
        self.guide = guide or Guide(NOTHING, {})
        self.searched: Memory[bytes, bytes] = Memory(SEARCHED_MOST)
        """Answers to searches, by the query: many people type the same few letters."""
        self._narrowed: dict[frozenset[str], Snapshot] = {}

    def with_guide(self, guide: Guide) -> "Snapshot":
        """Return the same with another guide: what was built for finding names is built already."""
        other = Snapshot(self.channels, self.events, guide)
        other.__dict__["index"] = self.index
        return other

    def made(self, groups: frozenset[str]) -> "Snapshot | None":
        """Return what some groups have of it, if `only` has made it already."""
        return self._narrowed.get(groups)

    def only(self, groups: frozenset[str]) -> "Snapshot":
        """Return what some groups have of it, made once for each choice of groups (in lower case).

        With its indexes: of a long list it takes a while, so it is called off the loop.
        """
        found = self._narrowed.get(groups)
        if found is None:
            found = self._only(groups)
            found.build_indexes()
            if len(self._narrowed) >= NARROWED_MOST:
                self._narrowed.clear()
            self._narrowed[groups] = found
        return found

    def _only(self, groups: frozenset[str]) -> "Snapshot":
        mark = sha256("\n".join(sorted(groups)).encode()).hexdigest()[:8]
        shown = [each for each in self.channels.all if each.group.casefold() in groups]
        ids = {each.id for each in shown}
        events = [
            event.model_copy(update={"channels": tuple(each for each in event.channels if each.id in ids)})
            for event in self.events.all
            if any(each.id in ids for each in event.channels)
        ]
        channels = Channels(f"{self.channels.version}-{mark}", shown)
        guide = Guide(self.guide.version, self.guide.of(ids))
        return Snapshot(channels, Events(f"{self.events.version}-{mark}", events), guide)

    @cached_property
    def listings(self) -> Listings:
        """What is on, by channel."""
        return Listings(self.guide.programmes, self.events.all)

    @classmethod
    def empty(cls) -> "Snapshot":
        """Return what there is before anything was read."""
        return cls(Channels(NOTHING, ()), Events(NOTHING, ()))

    @cached_property
    def index(self) -> Index:
        """All names, findable."""
        return Index.of(self.channels.all, self.events.all)

    def build_indexes(self) -> None:
        """Build all indexes now, rather than in somebody's request."""
        _ = self.index, self.channels.index, self.events.index

    def find(self, query: str, limit: int) -> tuple[Hit, ...]:
        """Return the best finds among channels and events."""
        return self.index.find(query, limit)
