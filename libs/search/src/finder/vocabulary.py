"""The vocabulary: every word that there is, found as a beginning and with typos.

Only it is searched with typos, never the entries: it grows much more slowly than a list does. Whole names
that are written as one ("skysports") are most of it, and a slip at the very beginning is rare: of these only
those with the same first letter are compared, unless nothing else is alike.
"""

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from rapidfuzz import fuzz, process

from finder.memory import Memory

EXACT, PREFIX, TYPO = 100.0, 92.0, 85.0
TYPO_CUTOFF = 75.0
TYPO_MIN_LETTERS = 4
TYPO_MOST = 50

REMEMBERED_MOST = 1000
"""Of so many words it is remembered what they resemble: neighbours of each are few."""

Alike = tuple[str, float]
"""A word that is known, and how much it is like the one that was asked for."""


class Vocabulary:
    """All words of an index. `joined` are the names that are words only when written as one."""

    def __init__(self, words: Collection[str], joined: Collection[str]) -> None:
        self._all = sorted(words)
        able = [word for word in self._all if may_have_typos(word)]
        together = [word for word in able if word in joined]
        self._words = ByLength(word for word in able if word not in joined)
        self._joined = ByLength(together)
        by_letter: defaultdict[str, list[str]] = defaultdict(list)
        for word in together:
            by_letter[word[0]].append(word)
        self._by_letter = {letter: ByLength(begun) for letter, begun in by_letter.items()}
        self._remembered: Memory[str, tuple[Alike, ...]] = Memory(REMEMBERED_MOST)

    def beginning_with(self, word: str) -> Iterator[Alike]:
        """Yield what is the word or begins with it."""
        place = bisect_left(self._all, word)
        while place < len(self._all) and (known := self._all[place]).startswith(word):
            covered = len(word) / len(known)
            yield known, EXACT if known == word else PREFIX * (0.9 + 0.1 * covered)
            place += 1

    def with_typos(self, word: str) -> tuple[Alike, ...]:
        """Return what the word may have been meant to be."""
        if not may_have_typos(word):
            return ()
        if (alike := self._remembered.get(word)) is None:
            alike = self._compared(word)
            self._remembered.put(word, alike)
        return alike

    def _compared(self, word: str) -> tuple[Alike, ...]:
        begun = self._by_letter.get(word[0])
        alike = [*_close(word, self._words), *(_close(word, begun) if begun else ())]
        return tuple(alike or _close(word, self._joined))


class ByLength:
    """Words, cut out by their length."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted(words, key=len)
        self._lengths = [len(word) for word in self._words]

    def about_as_long_as(self, word: str) -> list[str]:
        """Return the words that can be as alike as the cutoff asks: those of about the same length.

        A ratio is twice what is common over both lengths.
        """
        shortest = math.ceil(len(word) * TYPO_CUTOFF / (200 - TYPO_CUTOFF))
        longest = math.floor(len(word) * (200 - TYPO_CUTOFF) / TYPO_CUTOFF)
        return self._words[bisect_left(self._lengths, shortest) : bisect_right(self._lengths, longest)]


def may_have_typos(word: str) -> bool:
    """Whether a word is looked up with typos. A short one, or a number, differs by one sign from too many."""
    return len(word) >= TYPO_MIN_LETTERS and not word.isdigit()


def _close(word: str, words: ByLength) -> list[Alike]:
    close = process.extract(
        word, words.about_as_long_as(word), scorer=fuzz.ratio, score_cutoff=TYPO_CUTOFF, limit=TYPO_MOST
    )
    return [(known, score * TYPO / 100) for known, score, _ in close]
