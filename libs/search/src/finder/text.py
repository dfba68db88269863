"""Text as a search sees it: no accents, no case, no punctuation.

Three things are kept although they look like ornament, since they tell channels apart: digits, a plus
("Canal+" is not "Canal"), and a word's place. Ⓖ, Ⓨ and other enclosed letters *are* ornament: lists use
them as remarks behind a name.
"""

import re
import unicodedata

ENCLOSED = re.compile("[\u2460-\u24ff\U0001f100-\U0001f1ff]")
BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
"""Where accents may be, once they stand apart."""
WORD = re.compile(r"[^\W_]+")
LETTERS_OR_DIGITS = re.compile(r"\d+|[^\W\d_]+")
UNDECOMPOSED = str.maketrans(
    {
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
)


def fold(text: str) -> str:
    """Return `text` without case, accents and enclosed letters; punctuation stays."""
    if text.isascii():
        return text.casefold().replace("+", " plus ")
    plain = unicodedata.normalize("NFKD", ENCLOSED.sub(" ", text)).casefold()
    bare = plain if plain.isascii() else BEYOND_ASCII.sub(_letters, plain)
    return bare.translate(UNDECOMPOSED)


def _letters(match: re.Match[str]) -> str:
    return "".join(letter for letter in match[0] if not unicodedata.combining(letter))


def words(text: str) -> tuple[str, ...]:
    """Return the folded words of `text`, in order."""
    return tuple(WORD.findall(fold(text)))


def name_key(name: str) -> str:
    """Return what two spellings of one channel's name have in common.

    "Das Erste Ⓖ" and "DAS ERSTE" are one, "Sport 1" and "SPORT1" too; "Sport 1 1" and "Sport 11" are not.
    """
    return " ".join(LETTERS_OR_DIGITS.findall(fold(name)))
