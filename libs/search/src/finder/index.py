"""The index: every word of every name, and what it stands in.

A query's words are looked up one by one, exactly, as a beginning, and with typos; what has all of them is
a hit, whatever their order. Typos cost the most and are looked for last: a word that stands in as many places
as an answer shows has none, unless nothing has all words.

What was found is only a place in the index and a score until the best are known: a word that stands in every
name finds everything, and building a `Hit` for each would take ten times as long as finding it.

A finished index never changes: whoever gets a new list builds a new one, off the event loop.
"""

from collections import defaultdict
from collections.abc import Iterable
from heapq import nsmallest
from typing import NamedTuple

from contracts.channel import Channel, ChannelView
from contracts.event import Event
from contracts.search import Hit, HitKind

from finder.memory import Memory
from finder.text import words
from finder.vocabulary import EXACT, Alike, Vocabulary

NAME, DETAIL = 1.0, 0.8
"""What a word is worth by where it stands."""

BEGINS, CONTAINS = 0.97, 0.95
ROUNDED = 0.2
"""More than rounding can make of a difference."""
ENOUGH = 20
"""A word that is found in so many places is no typo, it seems."""

REMEMBERED_MOST = 64
WORTH_REMEMBERING = 100
"""Of so many words it is kept where they are, if that is in so many places."""

ANSWERS_MOST = 1024
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
        self._vocabulary = Vocabulary(self._places, self._joined())
        self._remembered: Memory[tuple[str, bool], dict[int, float]] = Memory(REMEMBERED_MOST)
        self._answers: Memory[tuple[str, int], tuple[Hit, ...]] = Memory(ANSWERS_MOST)

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
            self._answers.put((query, limit), answer)
        return answer

    def known(self, query: str, limit: int = 20) -> tuple[Hit, ...] | None:
        """Return the answer if it was found before: that takes no time."""
        return self._answers.get((query, limit))

    def _find(self, wanted: tuple[str, ...], limit: int) -> tuple[Hit, ...]:
        found = _hopeful(self._found(wanted), limit)
        ranked = ((-self._ranked(place, score, wanted), place) for place, score in found)
        return tuple(self._hit(place, -score) for score, place in nsmallest(max(limit, 0), ranked))

    def ids(self, query: str) -> set[str]:
        """Return the ids of all that has all words of `query`."""
        return {self._entries[place].hit.id for place in self._found(words(query))}

    def _found(self, wanted: tuple[str, ...]) -> dict[int, float]:
        """Return where all words are, or what they are as one word: that with typos if all else fails."""
        scores = self._scores(wanted) or self._scores(wanted, typos=True)
        if len(wanted) > 1:
            as_one = "".join(wanted)
            whole = self._vocabulary.beginning_with(as_one)
            joined = self._weighed(whole) if scores else self._places_of(as_one, typos=True)
            scores |= {place: max(score, scores.get(place, 0.0)) for place, score in joined.items()}
        return scores

    def _learn(self, place: int, entry: Entry) -> None:
        for word in entry.detail_words:
            self._places[word][place] = DETAIL
        for word in (*entry.name_words, "".join(entry.name_words)):
            if word:
                self._places[word][place] = NAME

    def _joined(self) -> set[str]:
        """Return the words that stand nowhere: names of several, written as one."""
        single = {word for entry in self._entries for word in (*entry.name_words, *entry.detail_words)}
        return self._places.keys() - single

    def _scores(self, wanted: tuple[str, ...], *, typos: bool = False) -> dict[int, float]:
        """Return, for every entry that has all words, the mean of their scores."""
        found = [self._places_of(word, typos=typos) for word in wanted]
        if not found:
            return {}
        if len(found) == 1:
            return found[0]
        fewest, *others = sorted(found, key=len)
        in_all = [place for place in fewest if all(place in other for other in others)]
        return {place: sum(scores[place] for scores in found) / len(found) for place in in_all}

    def _places_of(self, word: str, *, typos: bool) -> dict[int, float]:
        """Return where a word is, with `typos` or where it is in few places.

        It is remembered: whoever types asks with the same words again.
        """
        if (found := self._remembered.get((word, typos))) is None:
            found = self._weighed(self._vocabulary.beginning_with(word))
            if typos or len(found) < ENOUGH:
                found = self._weighed(self._vocabulary.with_typos(word), found)
            if len(found) >= WORTH_REMEMBERING:
                self._remembered.put((word, typos), found)
        return found

    def _weighed(self, alike: Iterable[Alike], best: dict[int, float] | None = None) -> dict[int, float]:
        """Return where words are, with the best score of each place; `best` is what is known before."""
        best = {} if best is None else best
        for known, likeness in alike:
            for place, weight in self._places[known].items():
                if (score := likeness * weight) > best.get(place, 0.0):
                    best[place] = score
        return best

    def _ranked(self, place: int, score: float, wanted: tuple[str, ...]) -> float:
        """Put names that are the query, or begin with it, above those that merely contain it."""
        name_words = self._entries[place].name_words
        if name_words == wanted:
            return EXACT
        begins = name_words[: len(wanted)] == wanted
        return round(score * (BEGINS if begins else CONTAINS), 1)

    def _hit(self, place: int, score: float) -> Hit:
        return Hit(**{**self._entries[place].hit.__dict__, "score": score})  # faster than a copy


def _hopeful(scores: dict[int, float], limit: int) -> Iterable[tuple[int, float]]:
    """Return what can be among the best, whichever of them begin with the query."""
    if len(scores) <= max(limit, 1):
        return scores.items()
    worst = sorted(scores.values(), reverse=True)[max(limit, 1) - 1]
    least = worst * CONTAINS / BEGINS - ROUNDED
    return [(place, score) for place, score in scores.items() if score >= least]


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
