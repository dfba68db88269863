"""Text as a search sees it: no accents, no case, no punctuation.

Three things are kept although they look like ornament, since they tell channels apart: digits, a plus
("Canal+" is not "Canal"), and a word's place. Ⓖ, Ⓨ and other enclosed letters *are* ornament: lists use
them as remarks behind a name.
"""

import re
import unicodedata

ENCLOSED = re.compile("[\u2460-\u24ff\U0001f100-\U0001f1ff]")
WORD, ASCII_WORD = re.compile(r"[^\W_]+"), re.compile(r"[a-z0-9]+")
RUN, ASCII_RUN = re.compile(r"\d+|[^\W\d_]+"), re.compile(r"[a-z]+|[0-9]+")
"""Letters in a row, or digits. Where all is ASCII it is found in half the time."""
UNDECOMPOSED = {
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "\u0131": "i",  # without its dot
    "\u03c2": "\u03c3",  # the sigma at a word's end
    "+": " plus ",
}


class _Folded(dict[int, str]):
    """What becomes of a sign: learnt of each when it is first met."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        folded = " " if ENCLOSED.match(sign) else "".join(map(_bare, _decomposed(sign)))
        if len(self) < MOST_SIGNS:
            self[code] = folded
        return folded


def _decomposed(sign: str) -> str:
    return unicodedata.normalize("NFKD", sign).casefold()


def _bare(letter: str) -> str:
    return "" if unicodedata.combining(letter) else UNDECOMPOSED.get(letter, letter)


MOST_SIGNS = 10_000
"""More than one gateway's lists have, and far fewer than there are."""
FOLDED = _Folded()


def fold(text: str) -> str:
    """Return `text` without case, accents and enclosed letters; punctuation stays.

    Sign by sign: none looks at its neighbours, so that a text costs one pass.
    """
    return text.casefold().replace("+", " plus ") if text.isascii() else text.translate(FOLDED)


def words(text: str) -> tuple[str, ...]:
    """Return the folded words of `text`, in order."""
    plain = fold(text)
    return tuple((ASCII_WORD if plain.isascii() else WORD).findall(plain))


def name_key(name: str) -> str:
    """Return what two spellings of one channel's name have in common.

    "Das Erste Ⓖ" and "DAS ERSTE" are one, "Sport 1" and "SPORT1" too; "Sport 1 1" and "Sport 11" are not.
    """
    plain = fold(name)
    return " ".join((ASCII_RUN if plain.isascii() else RUN).findall(plain))
