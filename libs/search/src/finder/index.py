"""The index: every word of every name, and what it stands in.

A query's words are looked up one by one, exactly, as a beginning, and with typos; what has all of them is
a hit, whatever their order. Only the vocabulary is searched with typos, never the entries: it grows much
more slowly than the list, so that a question costs about the same at 1,000 channels and at 100,000.

What was found is only a place in the index and a score until the best are known: a word that stands in every
name finds everything, and building a `Hit` for each would take ten times as long as finding it.

A finished index never changes: whoever gets a new list builds a new one, off the event loop.
"""

import math
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
TYPO_MOST = 50

REMEMBERED_MOST = 64
WORTH_REMEMBERING = 100
"""Of so many words it is kept where they are, if that is in so many places."""

ANSWERS_MOST = 256
"""So many answers are kept: many people type the same few letters."""


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
        self._by_length: defaultdict[int, list[str]] = defaultdict(list)
        for word in self._vocabulary:
            if may_have_typos(word):
                self._by_length[len(word)].append(word)
        self._remembered: dict[str, dict[int, float]] = {}
        self._answers: dict[tuple[str, int], tuple[Hit, ...]] = {}

    @classmethod
    def of(cls, channels: Iterable[Channel | ChannelView], events: Iterable[Event]) -> "Index":
        """Build the index of these channels and events."""
        return cls([*map(_of_channel, channels), *map(_of_event, events)])

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, query: str, limit: int = 20) -> tuple[Hit, ...]:
        """Return what has all words of `query`, best first; channels before events, then by number."""
        if (answer := self.known(query, limit)) is None:
            answer = self._find(words(query), limit)
            if len(self._answers) >= ANSWERS_MOST:
                self._answers = {}
            self._answers[query, limit] = answer
        return answer

    def known(self, query: str, limit: int = 20) -> tuple[Hit, ...] | None:
        """Return the answer if it was found before: that takes no time."""
        return self._answers.get((query, limit))

    def _find(self, wanted: tuple[str, ...], limit: int) -> tuple[Hit, ...]:
        found = ((-self._ranked(place, score, wanted), place) for place, score in self._found(wanted).items())
        return tuple(self._hit(place, -score) for score, place in nsmallest(max(limit, 0), found))

    def ids(self, query: str) -> set[str]:
        """Return the ids of all that has all words of `query`."""
        return {self._entries[place].hit.id for place in self._found(words(query))}

    def _found(self, wanted: tuple[str, ...]) -> dict[int, float]:
        """Return where all words are, or what they are as one word: that with typos if all else fails."""
        scores = self._scores(wanted)
        if len(wanted) > 1:
            as_one = "".join(wanted)
            joined = self._weighed(self._beginning_with(as_one)) if scores else self._scores((as_one,))
            scores |= {place: max(score, scores.get(place, 0.0)) for place, score in joined.items()}
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
        fewest, *others = sorted(found, key=len)
        in_all = [place for place in fewest if all(place in other for other in others)]
        return {place: sum(scores[place] for scores in found) / len(found) for place in in_all}

    def _places_of(self, word: str) -> dict[int, float]:
        """Return where a word is. It is remembered: whoever types asks with the same words again."""
        if (found := self._remembered.get(word)) is None:
            found = self._weighed(self._alike(word))
            if len(found) >= WORTH_REMEMBERING:
                if len(self._remembered) >= REMEMBERED_MOST:
                    self._remembered = {}
                self._remembered[word] = found
        return found

    def _weighed(self, alike: Iterable[tuple[str, float]]) -> dict[int, float]:
        best: dict[int, float] = {}
        for known, likeness in alike:
            for place, weight in self._places[known].items():
                if (score := likeness * weight) > best.get(place, 0.0):
                    best[place] = score
        return best

    def _alike(self, word: str) -> Iterator[tuple[str, float]]:
        yield from self._beginning_with(word)
        if may_have_typos(word):
            close = process.extract(
                word, self._as_long_as(word), scorer=fuzz.ratio, score_cutoff=TYPO_CUTOFF, limit=TYPO_MOST
            )
            for known, score, _ in close:
                yield known, score * TYPO / 100

    def _as_long_as(self, word: str) -> list[str]:
        """Return the words that can be as alike as the cutoff asks: those of about the same length.

        A ratio is twice what is common over both lengths.
        """
        shortest = math.ceil(len(word) * TYPO_CUTOFF / (200 - TYPO_CUTOFF))
        longest = math.floor(len(word) * (200 - TYPO_CUTOFF) / TYPO_CUTOFF)
        return [known for length in range(shortest, longest + 1) for known in self._by_length.get(length, ())]

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


def may_have_typos(word: str) -> bool:
    """Whether a word is looked up with typos. A short one, or a number, differs by one sign from too many."""
    return len(word) >= TYPO_MIN_LETTERS and not word.isdigit()


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
