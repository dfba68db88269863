"""The past: what came before the ring, read when somebody asks and no more often than needed."""

import asyncio
from datetime import UTC, datetime

import pytest
from contracts.channel import ChannelStatus, Status
from contracts.messages import CatalogChanged
from realtime import past as module
from realtime.news import News
from realtime.past import Past
from realtime.ring import Cursor, Ring

SIZE = 3


def news(sequence: int, channel_id: str | None = None) -> News:
    if channel_id is None:
        return News(sequence, "catalog_changed", CatalogChanged(version=str(sequence)))
    record = ChannelStatus(channel_id=channel_id, status=Status.ONLINE, checked_at=datetime.now(UTC))
    return News(sequence, "channel_status", record, channel_id)


class Stream:
    """What was said, and what of it was read: from where to where."""

    def __init__(self) -> None:
        self.ring = Ring(SIZE)
        self.ring.restart("e", 0)
        self.past = Past(self.ring, self._read)
        self.reads: list[tuple[int, int]] = []
        self._said: list[News] = []

    def say(self, *said: News) -> None:
        self._said += said
        for item in said:
            self.ring.add(item)

    async def _read(self, first: int, last: int) -> list[News]:
        self.reads.append((first, last))
        await asyncio.sleep(0)
        return [item for item in self._said if first <= item.sequence <= last]

    async def since(self, sequence: int, epoch: str = "e") -> list[int] | None:
        cursor = Cursor(epoch, sequence)
        await self.past.reach(cursor)
        missed = self.past.since(cursor)
        return None if missed is None else [item.sequence for item in missed]


@pytest.fixture
def stream() -> Stream:
    made = Stream()
    made.say(*(news(sequence) for sequence in range(1, 11)))
    return made


async def test_past_and_ring_are_one(stream: Stream) -> None:
    """Nothing is missing where they meet, nothing comes twice."""
    assert await stream.since(2) == list(range(3, 11))
    assert stream.reads == [(3, 7)]


async def test_what_was_read_is_not_read_again(stream: Stream) -> None:
    """Who slept as long or shorter reads nothing; who slept longer reads what is missing."""
    for sequence in (4, 4, 6, 1):
        assert await stream.since(sequence) == list(range(sequence + 1, 11))
    assert stream.reads == [(5, 7), (2, 4)]


async def test_what_the_ring_lost_meanwhile_is_read(stream: Stream) -> None:
    """Between what was kept and where the ring begins now."""
    await stream.since(5)
    stream.say(*(news(sequence) for sequence in range(11, 16)))
    assert await stream.since(5) == list(range(6, 16))
    assert stream.reads == [(6, 7), (8, 12)]


async def test_many_who_ask_at_once_cause_one_reading(stream: Stream) -> None:
    """A replica's death sends thousands, all with the same cursor."""
    answers = await asyncio.gather(*(stream.since(3) for _ in range(50)))
    assert answers == [list(range(4, 11))] * 50
    assert stream.reads == [(4, 7)]


async def test_what_is_kept_grows_with_the_channels_only() -> None:
    """Of a channel the last status is kept."""
    stream = Stream()
    stream.say(*(news(sequence, f"c{sequence % 2}") for sequence in range(1, 101)))
    assert await stream.since(0) == [96, 97, 98, 99, 100]


async def test_another_stream_s_past_is_forgotten(stream: Stream) -> None:
    """Its sequences mean something else."""
    await stream.since(2)
    stream.ring.restart("f", 0)
    assert await stream.since(2) is None
    assert await stream.since(0, "f") == []


async def test_who_missed_too_much_is_not_read_for(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fetches everything sooner."""
    monkeypatch.setattr(module, "MOST", 4)
    assert await stream.since(1) is None
    assert stream.reads == []
