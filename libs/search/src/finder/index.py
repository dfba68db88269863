"""The index: every word of every name, and what it stands in.

A query's words are looked up one by one, exactly, as a beginning, and with typos; what has all of them is
a hit, whatever their order. Only the vocabulary is searched with typos, never the entries: it grows much
more slowly than the list, so that a question costs about the same at 1,000 channels and at 100,000.

What was found is only a place in the index and a score until the best are known: a word that stands in every
name finds everything, and building a `Hit` for each would take ten times as long as finding it.

A finished index never changes: whoever gets a new list builds a new one, off the event loop.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from heapq import nsmallest
from typing import NamedTuple

from contracts.channel import Channel, ChannelView
from contracts.event import Event
from contracts.search import Hit, HitKind
from rapidfuzz import fuzz, process

from finder.text import words

NAME, DETAIL = 1.0, 0.8
"""What a word is worth by where it stands."""

EXACT, PREFIX, TYPO = 100.0, 92.0, 85.0
BEGINS, CONTAINS = 0.97, 0.95
TYPO_CUTOFF = 75.0
TYPO_MIN_LETTERS = 4
"""Shorter words differ by one letter from too many others."""
TYPO_MOST = 50


class Entry(NamedTuple):
    """One thing that can be found."""

    hit: Hit
    name_words: tuple[str, ...]
    detail_words: tuple[str, ...]


class Index:
    """Channels and events, findable. Build it with `of`."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = tuple(sorted(entries, key=_order))  # of two with one score the earlier comes first
        self._places: defaultdict[str, dict[int, float]] = defaultdict(dict)
        for place, entry in enumerate(self._entries):
            self._learn(place, entry)
        self._vocabulary = sorted(self._places)
        self._long_words = [word for word in self._vocabulary if len(word) >= TYPO_MIN_LETTERS]

    @classmethod
    def of(cls, channels: Iterable[Channel | ChannelView], events: Iterable[Event]) -> "Index":
        """Build the index of these channels and events."""
        return cls([*map(_of_channel, channels), *map(_of_event, events)])

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, query: str, limit: int = 20) -> tuple[Hit, ...]:
        """Return what has all words of `query`, best first; channels before events, then by number."""
        wanted = words(query)
        found = ((-self._ranked(place, score, wanted), place) for place, score in self._found(wanted).items())
        return tuple(self._hit(place, -score) for score, place in nsmallest(max(limit, 0), found))

    def ids(self, query: str) -> set[str]:
        """Return the ids of all that has all words of `query`."""
        return {self._entries[place].hit.id for place in self._found(words(query))}

    def _found(self, wanted: tuple[str, ...]) -> dict[int, float]:
        """Return where all words are, or what they are when written as one."""
        scores = self._scores(wanted)
        if len(wanted) > 1:
            for place, score in self._scores(("".join(wanted),)).items():
                scores[place] = max(score, scores.get(place, 0.0))
        return scores

    def _learn(self, place: int, entry: Entry) -> None:
        for word in entry.detail_words:
            self._places[word][place] = DETAIL
        for word in (*entry.name_words, "".join(entry.name_words)):
            if word:
                self._places[word][place] = NAME

    def _scores(self, wanted: tuple[str, ...]) -> dict[int, float]:
        """Return, for every entry that has all words, the mean of their scores."""
        found = [self._places_of(word) for word in wanted]
        if not found:
            return {}
        if len(found) == 1:
            return found[0]
        in_all = set(found[0]).intersection(*found[1:])
        return {place: sum(scores[place] for scores in found) / len(found) for place in in_all}

    def _places_of(self, word: str) -> dict[int, float]:
        best: dict[int, float] = {}
        for known, likeness in self._alike(word):
            for place, weight in self._places[known].items():
                if (score := likeness * weight) > best.get(place, 0.0):
                    best[place] = score
        return best

    def _alike(self, word: str) -> Iterator[tuple[str, float]]:
        yield from self._beginning_with(word)
        if len(word) >= TYPO_MIN_LETTERS:
            close = process.extract(
                word, self._long_words, scorer=fuzz.ratio, score_cutoff=TYPO_CUTOFF, limit=TYPO_MOST
            )
            for known, score, _ in close:
                yield known, score * TYPO / 100

    def _beginning_with(self, word: str) -> Iterator[tuple[str, float]]:
        place = bisect_left(self._vocabulary, word)
        while place < len(self._vocabulary) and (known := self._vocabulary[place]).startswith(word):
            covered = len(word) / len(known)
            yield known, EXACT if known == word else PREFIX * (0.9 + 0.1 * covered)
            place += 1

    def _ranked(self, place: int, score: float, wanted: tuple[str, ...]) -> float:
        """Put names that are the query, or begin with it, above those that merely contain it."""
        name_words = self._entries[place].name_words
        if name_words == wanted:
            return EXACT
        begins = name_words[: len(wanted)] == wanted
        return round(score * (BEGINS if begins else CONTAINS), 1)

    def _hit(self, place: int, score: float) -> Hit:
        return self._entries[place].hit.model_copy(update={"score": score})


def _order(entry: Entry) -> tuple[str, float, str, str]:
    hit = entry.hit
    return (hit.kind, hit.number or float("inf"), hit.name, hit.id)


def _of_channel(channel: Channel | ChannelView) -> Entry:
    logo = f"/logo/{channel.id}" if channel.logo else None
    hit = Hit(
        kind=HitKind.CHANNEL,
        id=channel.id,
        name=channel.name,
        detail=channel.group,
        number=channel.number,
        logo=logo,
        score=0,
    )
    return Entry(hit, words(channel.name), (*words(channel.group), str(channel.number)))


def _of_event(event: Event) -> Entry:
    detail = " ".join((event.category, event.league or "", *event.teams))
    hit = Hit(kind=HitKind.EVENT, id=event.id, name=event.title, detail=event.category, score=0)
    return Entry(hit, words(event.title), words(detail))
