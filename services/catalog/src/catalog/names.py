"""The keys of names, kept while lists are read and merged: each is asked for three times."""

from finder import name_key

MOST = 262_144


class _Keys(dict[str, str]):
    """A name's key: made when it is first asked for."""

    def __missing__(self, name: str) -> str:
        key = name_key(name)
        if len(self) < MOST:
            self[name] = key
        return key


KEYS = _Keys()
key_of = KEYS.__getitem__
"""Return what two spellings of one channel's name have in common."""


def forget() -> None:
    """Give the memory back: of 100,000 names it is 20 MB."""
    KEYS.clear()
