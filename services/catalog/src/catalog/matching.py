"""Which channels of a guide are ours: by id, then by name. Pure.

The trap: names are no identities. A name that two of the guide's channels have goes to the first of them; one
that is in another country (as the guide's id ends, `.uk`) is not ours; and a channel found by id is never
given to one found by name.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from contracts.channel import Channel
from finder import name_key

from catalog.merge import SUFFIX

MOST_CHANNELS = 200_000
BY_ID, BY_NAME = 0, 1


class Wanted:
    """What our channels are called by guides. Grows as a guide names its channels."""

    def __init__(self, channels: Iterable[Channel]) -> None:
        self._ids: defaultdict[str, list[str]] = defaultdict(list)
        self._names: defaultdict[str, list[str]] = defaultdict(list)
        self._countries: dict[str, str] = {}
        for channel in channels:
            for id_ in dict.fromkeys((_plain(channel.tvg_id or ""), channel.id)):
                self._ids[id_].append(channel.id)
            self._names[name_key(channel.name)].append(channel.id)
            self._countries[channel.id] = (channel.country or _country(channel.tvg_id or "")).lower()
        self._found: dict[str, dict[str, int]] = {}
        self._owners: dict[str, tuple[int, str]] = {}
        self.named = 0
        """How many channels the guide named."""

    def learn(self, guide_id: str, names: Sequence[str]) -> None:
        """Take a channel of the guide."""
        self.named += 1
        if len(self._found) >= MOST_CHANNELS:
            return
        found = self._by_id(guide_id)
        if not found:
            found = {id_: BY_NAME for name in names for id_ in self._named(name, guide_id)}
        if found:
            self._found.setdefault(guide_id, {}).update(found)
            for id_, level in found.items():
                if id_ not in self._owners or self._owners[id_][0] > level:
                    self._owners[id_] = (level, guide_id)

    def knows(self, guide_id: str) -> bool:
        """Whether a channel of the guide is one of ours; one that it never named is, by its id."""
        if guide_id in self._found:
            return True
        if _plain(guide_id) not in self._ids:
            return False
        self.learn(guide_id, ())
        self.named -= 1
        return True

    def ours(self, guide_id: str) -> list[str]:
        """Return the ids of our channels that get their programmes from it."""
        return [id_ for id_ in self._found.get(guide_id, ()) if self._owners[id_][1] == guide_id]

    def looks_for(self) -> list[str]:
        """Return everything that a guide is searched for: another list is a reason to read it again."""
        return sorted({*self._ids, *self._names})

    def _by_id(self, guide_id: str) -> dict[str, int]:
        return dict.fromkeys(self._ids.get(_plain(guide_id), ()) if guide_id else (), BY_ID)

    def _named(self, name: str, guide_id: str) -> list[str]:
        key, country = name_key(name), _country(guide_id)
        return [
            id_
            for id_ in (self._names.get(key, ()) if key else ())
            if not country or not self._countries[id_] or self._countries[id_] == country
        ]


def _plain(guide_id: str) -> str:
    """Return an id without case and without the feed behind it (`one.uk@SD`)."""
    return guide_id.strip().casefold().partition("@")[0]


def _country(guide_id: str) -> str:
    match = SUFFIX.search(guide_id.casefold())
    return match[1] if match else ""
