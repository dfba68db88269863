"""Records of many sources -> one list, with ids and numbers that never move. Pure.

Which records are one channel: within a source, those it calls by one native id (an M3U: one tvg-id and
one name). Between sources, one tvg-id where that is unambiguous on both sides, then one name likewise;
never two countries. When in doubt, two channels: a viewer can tell them apart, but can't part them.

Which id a channel has: the one remembered under what its sources call it; else under its tvg-id; else
under its name, as long as nobody with a better claim has it. Only then a new one is made. So a source may
be renamed, renumbered or reordered, another may come first, and every channel stays where it was.

What a channel is: its name and streams come from its first source on; each other fact (group, country, logo,
tvg-id) from the first that says it, since a site often says nothing but names.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from contracts.channel import Channel, Stream
from finder import name_key

from catalog.slug import slug
from catalog.sources.base import SourceChannel

SUFFIX = re.compile(r"\.([a-z]{2})(?:@.*)?$")


@dataclass(frozen=True)
class Memory:
    """What was given so far: identity -> id, id -> number. It only grows."""

    identities: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Merged:
    """The list, in order of numbers, and what is to be remembered from now on."""

    channels: tuple[Channel, ...]
    memory: Memory


@dataclass(eq=False)
class Cluster:
    """Records that are one channel, in source order."""

    records: list[SourceChannel]

    @property
    def first(self) -> SourceChannel:
        """The record whose name and number count."""
        return self.records[0]

    def has(self, source: str) -> bool:
        """Whether a record of `source` is in it."""
        return any(record.source == source for record in self.records)

    def countries(self) -> set[str]:
        """Every country that its records name."""
        return {found for record in self.records if (found := country_of(record))}

    def claims(self) -> Iterator[tuple[str, ...]]:
        """Yield the identities it may be remembered under: the strongest level first."""
        yield tuple(dict.fromkeys(f"{record.source}:{record.native_id}" for record in self.records))
        yield tuple(
            dict.fromkeys(f"@tvg:{record.tvg_id.casefold()}" for record in self.records if record.tvg_id)
        )
        yield (f"@name:{name_key(self.first.name)}",)


def country_of(record: SourceChannel) -> str | None:
    """Return the country that a record names, or that its tvg-id ends in."""
    if record.country:
        return record.country.lower()
    match = SUFFIX.search((record.tvg_id or "").casefold())
    return match[1] if match else None


def merge(readings: Sequence[Iterable[SourceChannel]], memory: Memory) -> Merged:
    """Make one list of what the sources gave, in the sources' order."""
    clusters = gather(readings)
    ids = _ids(clusters, memory)
    numbers = _numbers(clusters, ids, memory.numbers)
    channels = (_channel(cluster, ids[cluster], numbers[ids[cluster]]) for cluster in clusters)
    remembered = Memory(_remembered(clusters, ids, memory.identities), {**memory.numbers, **numbers})
    return Merged(tuple(sorted(channels, key=lambda channel: channel.number)), remembered)


def gather(readings: Sequence[Iterable[SourceChannel]]) -> list[Cluster]:
    """Put records that are one channel together."""
    clusters: list[Cluster] = []
    for reading in readings:
        own = _within(reading)
        left = _join(own, clusters, lambda record: (record.tvg_id or "").casefold())
        left = _join(left, clusters, lambda record: name_key(record.name))
        clusters += left
    return clusters


def _within(reading: Iterable[SourceChannel]) -> list[Cluster]:
    """One source: its native ids; and, where it names no tvg-id, one name at one address."""
    clusters: dict[object, Cluster] = {}
    for record in reading:
        address = record.streams[0].address if record.streams else ""
        places = [record.native_id, *([] if record.tvg_id else [(name_key(record.name), address)])]
        cluster = next((clusters[place] for place in places if place in clusters), None)
        if cluster is None:
            cluster = Cluster([])
        cluster.records.append(record)
        for place in places:
            clusters.setdefault(place, cluster)
    return list(dict.fromkeys(clusters.values()))


def _join(own: list[Cluster], others: list[Cluster], trait: Callable[[SourceChannel], str]) -> list[Cluster]:
    """Join each of a source's clusters to the one other with the same trait; return those that found none."""
    known: defaultdict[str, list[Cluster]] = defaultdict(list)
    for cluster in others:
        for key in {trait(record) for record in cluster.records}:
            known[key].append(cluster)
    common = Counter(trait(cluster.first) for cluster in own)
    left = []
    for cluster in own:
        key = trait(cluster.first)
        source = cluster.first.source
        fitting = [other for other in known[key] if not other.has(source) and _one_country(cluster, other)]
        if key and common[key] == 1 and len(fitting) == 1:
            fitting[0].records += cluster.records
        else:
            left.append(cluster)
    return left


def _one_country(one: Cluster, other: Cluster) -> bool:
    return len(one.countries() | other.countries()) <= 1


def _ids(clusters: list[Cluster], memory: Memory) -> dict[Cluster, str]:
    """Give every cluster its id: remembered ones by strength of claim, then new ones in list order."""
    ids: dict[Cluster, str] = {}
    taken: set[str] = set()
    claims = [(cluster, tuple(cluster.claims())) for cluster in clusters]
    for level in range(3):
        for cluster, levels in claims:
            if cluster in ids:
                continue
            remembered = (memory.identities.get(identity) for identity in levels[level])
            if found := next((id_ for id_ in remembered if id_ and id_ not in taken), None):
                ids[cluster] = found
                taken.add(found)
    return ids | _new_ids([cluster for cluster in clusters if cluster not in ids], memory, taken)


def _new_ids(clusters: list[Cluster], memory: Memory, taken: set[str]) -> dict[Cluster, str]:
    used = taken | set(memory.identities.values()) | memory.numbers.keys()
    next_suffix: Counter[str] = Counter()
    ids: dict[Cluster, str] = {}
    for cluster in clusters:
        plain = candidate = slug(cluster.first.name)
        while candidate in used:
            next_suffix[plain] += 1
            candidate = f"{plain}-{next_suffix[plain] + 1}"
        used.add(candidate)
        ids[cluster] = candidate
    return ids


def _numbers(clusters: list[Cluster], ids: dict[Cluster, str], known: dict[str, int]) -> dict[str, int]:
    """Give every id its number: remembered, else the source's own if free, else the next free one."""
    numbers = {id_: known[id_] for id_ in ids.values() if id_ in known}
    used = set(known.values())
    for cluster in clusters:
        wanted = next((record.number for record in cluster.records if record.number), None)
        if ids[cluster] not in numbers and wanted and wanted not in used:
            numbers[ids[cluster]] = wanted
            used.add(wanted)
    free = 1
    for cluster in clusters:
        if ids[cluster] not in numbers:
            while free in used:
                free += 1
            numbers[ids[cluster]] = free
            used.add(free)
    return numbers


def _remembered(clusters: list[Cluster], ids: dict[Cluster, str], known: dict[str, str]) -> dict[str, str]:
    """Add new identities. A source's own follow the channel; a tvg-id or a name stays with its first."""
    new: dict[str, str] = {}
    for cluster in clusters:
        own, *shared = cluster.claims()
        new.update(dict.fromkeys(own, ids[cluster]))
        for identity in (identity for level in shared for identity in level):
            if identity not in known:
                new.setdefault(identity, ids[cluster])
    return {**known, **new}


def _channel(cluster: Cluster, id_: str, number: int) -> Channel:
    records = cluster.records
    return Channel(
        id=id_,
        number=number,
        name=cluster.first.name,
        group=next((record.group for record in records if record.group), ""),
        country=next((record.country for record in records if record.country), None),
        logo=next((record.logo for record in records if record.logo), None),
        tvg_id=next((record.tvg_id for record in records if record.tvg_id), None),
        radio=any(record.radio for record in records),
        adult=any(record.adult for record in records),
        streams=_streams(records),
    )


def _streams(records: list[SourceChannel]) -> tuple[Stream, ...]:
    """Return the streams in source order, those of the first one's kind first, none twice."""
    streams: dict[tuple[str, str], Stream] = {}
    for stream in (stream for record in records for stream in record.streams):
        streams.setdefault((stream.address, stream.kind), stream)
    ordered = list(streams.values())
    return tuple(sorted(ordered, key=lambda stream: stream.kind is not ordered[0].kind))
