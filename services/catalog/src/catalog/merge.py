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
from functools import cached_property
from itertools import chain

import msgspec
from contracts.channel import Channel

from catalog.names import forget, key_of
from catalog.slug import slug
from catalog.sources.base import SourceChannel, SourceStream

SUFFIX = re.compile(r"\.([a-z]{2})(?:@.*)?$")


@dataclass(frozen=True)
class Memory:
    """What was given so far: identity -> id, id -> number. It only grows."""

    identities: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)


class Cluster(msgspec.Struct, eq=False, gc=False):
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


def own_identities(cluster: Cluster) -> Iterator[str]:
    """Yield what its sources call it."""
    for record in cluster.records:
        yield f"{record.source}:{record.native_id}"


def tvg_identities(cluster: Cluster) -> Iterator[str]:
    """Yield its ids in guides."""
    for record in cluster.records:
        if record.tvg_id:
            yield f"@tvg:{record.tvg_id.casefold()}"


def name_identities(cluster: Cluster) -> Iterator[str]:
    """Yield its name."""
    yield f"@name:{key_of(cluster.records[0].name)}"


class Listed(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A `Channel` to be written past pydantic, in a tenth of its time, and without its defaults."""

    id: str
    number: int
    name: str
    group: str = ""
    country: str | None = None
    logo: str | None = None
    tvg_id: str | None = None
    radio: bool = False
    adult: bool = False
    streams: Sequence[SourceStream] = ()


ENCODER = msgspec.json.Encoder()
CLAIMS = (own_identities, tvg_identities, name_identities)
"""What a cluster may be remembered under: the strongest claim first."""


@dataclass(frozen=True)
class Merged:
    """The list, and what is to be remembered from now on besides what was."""

    clusters: list[Cluster]
    ids: list[str]
    numbers: dict[str, int]
    before: Memory
    new_identities: dict[str, str]

    def texts(self) -> Iterator[tuple[str, bytes]]:
        """Yield id and `Channel` as JSON, in order of the numbers, one by one: a long list is never whole."""
        places = sorted(range(len(self.ids)), key=lambda place: self.numbers[self.ids[place]])
        for place in places:
            id_ = self.ids[place]
            yield id_, ENCODER.encode(_channel(self.clusters[place].records, id_, self.numbers[id_]))

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels in order of their numbers."""
        return tuple(Channel.model_validate_json(text) for _, text in self.texts())

    @cached_property
    def memory(self) -> Memory:
        """All that is to be remembered."""
        return Memory(
            {**self.before.identities, **self.new_identities}, {**self.before.numbers, **self.numbers}
        )


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
    merged = Merged(
        clusters,
        ids,
        _numbers(clusters, ids, memory.numbers),
        memory,
        _remembered(clusters, ids, memory.identities),
    )
    forget()
    return merged


def gather(readings: Sequence[Iterable[SourceChannel]]) -> list[Cluster]:
    """Put records that are one channel together."""
    clusters: list[Cluster] = []
    for reading in readings:
        own = _within(reading)
        left = _join(own, clusters, lambda record: (record.tvg_id or "").casefold())
        left = _join(left, clusters, lambda record: key_of(record.name))
        clusters += left
    return clusters


def _within(reading: Iterable[SourceChannel]) -> list[Cluster]:
    """One source: its native ids; and, where it names no tvg-id, one name at one address."""
    clusters: dict[object, Cluster] = {}
    found: list[Cluster] = []
    for record in reading:
        place: object = None
        cluster = clusters.get(record.native_id)
        if not record.tvg_id:
            place = (key_of(record.name), record.streams[0].address if record.streams else "")
            cluster = cluster or clusters.get(place)
        if cluster is None:
            found.append(cluster := Cluster([record]))
        else:
            cluster.records.append(record)
        clusters.setdefault(record.native_id, cluster)
        if place:
            clusters.setdefault(place, cluster)
    return found


def _join(own: list[Cluster], others: list[Cluster], trait: Callable[[SourceChannel], str]) -> list[Cluster]:
    """Join each of a source's clusters to the one other with the same trait; return those that found none."""
    if not others:
        return own
    known: defaultdict[str, list[Cluster]] = defaultdict(list)
    for cluster in others:
        for key in {trait(record) for record in cluster.records}:
            known[key].append(cluster)
    keys = [trait(cluster.first) for cluster in own]
    common = Counter(key for key in keys if key in known)
    left = []
    for cluster, key in zip(own, keys, strict=True):
        if key not in common:
            left.append(cluster)
            continue
        source = cluster.first.source
        fitting = [
            other for other in known.get(key, ()) if not other.has(source) and _one_country(cluster, other)
        ]
        if key and common[key] == 1 and len(fitting) == 1:
            fitting[0].records += cluster.records
        else:
            left.append(cluster)
    return left


def _one_country(one: Cluster, other: Cluster) -> bool:
    return len(one.countries() | other.countries()) <= 1


def _ids(clusters: list[Cluster], memory: Memory) -> list[str]:
    """Give every cluster its id: remembered ones by strength of claim, then new ones in list order."""
    ids: list[str] = [""] * len(clusters)
    taken: set[str] = set()
    left: Iterable[int] = range(len(clusters))
    for claims in CLAIMS if memory.identities else ():
        for place in left:
            for identity in claims(clusters[place]):
                found = memory.identities.get(identity)
                if found and found not in taken:
                    ids[place] = found
                    taken.add(found)
                    break
        left = [place for place in left if not ids[place]]
    _name_new(clusters, ids, memory, taken)
    return ids


def _name_new(clusters: list[Cluster], ids: list[str], memory: Memory, taken: set[str]) -> None:
    used = taken | set(memory.identities.values()) | memory.numbers.keys()
    next_suffix: Counter[str] = Counter()
    for place, cluster in enumerate(clusters):
        if ids[place]:
            continue
        plain = candidate = slug(cluster.first.name)
        while candidate in used:
            next_suffix[plain] += 1
            candidate = f"{plain}-{next_suffix[plain] + 1}"
        used.add(candidate)
        ids[place] = candidate


def _numbers(clusters: list[Cluster], ids: list[str], known: dict[str, int]) -> dict[str, int]:
    """Give every id its number: remembered, else the source's own if free, else the next free one."""
    numbers = {id_: known[id_] for id_ in ids if id_ in known}
    used = set(known.values())
    for cluster, id_ in zip(clusters, ids, strict=True):
        for record in cluster.records:
            if record.number:
                if id_ not in numbers and record.number not in used:
                    numbers[id_] = record.number
                    used.add(record.number)
                break
    free = 1
    for id_ in ids:
        if id_ not in numbers:
            while free in used:
                free += 1
            numbers[id_] = free
            used.add(free)
    return numbers


def _remembered(clusters: list[Cluster], ids: list[str], known: dict[str, str]) -> dict[str, str]:
    """Return new identities. A source's own follow the channel; a tvg-id or a name stays with its first."""
    new: dict[str, str] = {}
    for cluster, id_ in zip(clusters, ids, strict=True):
        for identity in own_identities(cluster):
            if known.get(identity) != id_:
                new[identity] = id_
        for identity in chain(tvg_identities(cluster), name_identities(cluster)):
            if identity not in known:
                new.setdefault(identity, id_)
    return new


def _channel(records: list[SourceChannel], id_: str, number: int) -> Listed:
    first = records[0]
    facts = first if len(records) == 1 else _facts(records)
    return Listed(
        id_,
        number,
        first.name,
        facts.group,
        facts.country,
        facts.logo,
        facts.tvg_id,
        facts.radio,
        facts.adult,
        _streams(records),
    )


def _facts(records: list[SourceChannel]) -> SourceChannel:
    """Return the first record with what the others say beyond it."""
    return msgspec.structs.replace(
        records[0],
        group=next((record.group for record in records if record.group), ""),
        country=next((record.country for record in records if record.country), None),
        logo=next((record.logo for record in records if record.logo), None),
        tvg_id=next((record.tvg_id for record in records if record.tvg_id), None),
        radio=any(record.radio for record in records),
        adult=any(record.adult for record in records),
    )


def _streams(records: list[SourceChannel]) -> Sequence[SourceStream]:
    """Return the streams in source order, those of the first one's kind first, none twice."""
    if len(records) == 1 and len(records[0].streams) == 1:
        return records[0].streams
    streams: dict[tuple[str, str], SourceStream] = {}
    for stream in (stream for record in records for stream in record.streams):
        streams.setdefault((stream.address, stream.kind), stream)
    ordered = list(streams.values())
    if len(ordered) > 1:
        kind = ordered[0].kind
        ordered.sort(key=lambda stream: stream.kind is not kind)
    return ordered
