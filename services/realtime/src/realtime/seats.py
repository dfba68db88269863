"""Where one client sits: what it joined, and since when it is told things. Pure."""

from contracts.channel import ChannelStatus

from realtime.news import News
from realtime.ring import Cursor, Ring
from realtime.statuses import Statuses

ALL = "channels"
"""The room of those who want every channel."""


def room(channel_id: str) -> str:
    """Return the room of those who joined a channel."""
    return f"channel:{channel_id}"


def rooms_of(news: News) -> list[str]:
    """Return the rooms that an announcement is for; none where it is for everybody."""
    return [ALL, room(news.channel_id)] if news.channel_id else []


class Seat:
    """One client in one namespace: where the ring was when it came, and when it joined each room."""

    __slots__ = ("came", "has_cursor", "rooms")

    def __init__(self, came: Cursor | None) -> None:
        self.came = came
        self.has_cursor = False
        """Whether it joined with a cursor, and so knows by itself what it had and what is missing."""
        self.rooms: dict[str, Cursor | None] = {}

    @property
    def joined(self) -> str | int:
        """What was joined, as the client is told."""
        return "all" if ALL in self.rooms else len(self.rooms)

    def concerns(self, news: News) -> bool:
        """Whether an announcement is for this client."""
        rooms = rooms_of(news)
        return not rooms or any(name in self.rooms for name in rooms)

    def has_heard(self, news: News, ring: Ring, statuses: Statuses) -> bool:
        """Whether the client was told an announcement as it came, or was sent it as the present."""
        if not isinstance(news.record, ChannelStatus):
            return news.sequence > ring.told_since(self.came)
        places = [self.rooms[name] for name in rooms_of(news) if name in self.rooms]
        told = any(news.sequence > ring.told_since(place) for place in places)
        sent = any(
            place and place.epoch == ring.epoch and news.sequence <= place.sequence for place in places
        )
        return told or (sent and statuses.knows(news.record))
