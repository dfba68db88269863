"""Readable ids: a name in ASCII letters, digits and hyphens. Once given they stay, so this must not change.

Greek and Cyrillic are spelled in Latin letters; what is in yet another script becomes `channel-` and a hash.
"""

import hashlib

from finder import words

LONGEST = 60
GREEK = (0x3B1, "a v g d e z i th i k l m n x o p r s s t y f ch ps o")
CYRILLIC = (0x430, "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch . y . e yu ya")
SPELLED = {
    first + place: spelled.replace(".", "")
    for first, alphabet in (GREEK, CYRILLIC)
    for place, spelled in enumerate(alphabet.split())
} | {
    0x456: "i",
    0x454: "ye",
    0x491: "g",
    0x458: "j",
    0x459: "lj",
    0x45A: "nj",
    0x45B: "c",
    0x452: "dj",
    0x45F: "dz",
}
"""Letters as they are after folding: without accents, in lower case."""


def slug(name: str) -> str:
    """Return the id that a name asks for; making it unique is the caller's."""
    spelled = "-".join(words(name))
    if not spelled.isascii():
        spelled = spelled.translate(SPELLED).encode("ascii", errors="ignore").decode()
        spelled = "-".join(filter(None, spelled.split("-")))
    if spelled:
        return spelled[:LONGEST].strip("-")
    return f"channel-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
