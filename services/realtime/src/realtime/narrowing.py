"""What clients are told of events whose token has groups: those on these groups' channels, with these alone.

All others are told the same, in one piece; so the few who aren't are kept here, with their groups. An event
that is not for a client is left out: on all channels it meets a hole in the cursors, and joins with its own.
"""

from collections.abc import Iterator
from dataclasses import replace

from contracts.messages import EventStateChanged

from realtime.catalog import Catalog
from realtime.fanout import Told
from realtime.news import News
from realtime.seats import rooms_of

Groups = frozenset[str]


class Narrowing:
    """The clients that are shown some groups only. Only `add` and `remove` change who they are."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._groups: dict[str, Groups] = {}

    def add(self, sid: str, groups: Groups) -> None:
        """Show a client these groups only; without any, all."""
        if groups:
            self._groups[sid] = groups

    def remove(self, sid: str) -> None:
        """Forget a client."""
        self._groups.pop(sid, None)

    def groups(self, sid: str) -> Groups:
        """Return the only groups that a client is shown; none is all."""
        return self._groups.get(sid, frozenset())

    def shown(self, sid: str, news: News) -> News | None:
        """Return an announcement as a client is told it; None where it isn't."""
        return self._narrowed(news, self.groups(sid))

    def told(self, news: News, epoch: str, after: int) -> Iterator[Told]:
        """Yield an announcement for everybody, and for those who are not to have it like that."""
        narrow = self._groups if isinstance(news.record, EventStateChanged) else {}
        yield Told(news.event, news.body(epoch, after), rooms_of(news) or None, frozenset(narrow))
        for groups in set(narrow.values()):
            if item := self._narrowed(news, groups):
                sids = [sid for sid, each in narrow.items() if each == groups]
                yield Told(item.event, item.body(epoch, after), sids)

    def _narrowed(self, news: News, groups: Groups) -> News | None:
        if not (groups and isinstance(news.record, EventStateChanged)):
            return news
        if not (event := self._catalog.narrowed(news.record.event, groups)):
            return None
        return replace(news, record=news.record.model_copy(update={"event": event}))
