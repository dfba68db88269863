"""The ring: what a client missed, or that it can't be told."""

from datetime import UTC, datetime

import pytest
from contracts.channel import ChannelStatus, Status
from contracts.messages import CatalogChanged
from hypothesis import given
from hypothesis import strategies as st
from realtime.news import News, coalesce
from realtime.ring import Cursor, Ring


def changed(sequence: int) -> News:
    return News(sequence, "catalog_changed", CatalogChanged(version=str(sequence)))


def status(sequence: int, channel_id: str) -> News:
    record = ChannelStatus(channel_id=channel_id, status=Status.ONLINE, checked_at=datetime.now(UTC))
    return News(sequence, "channel_status", record, channel_id)


def ring_of(*sequences: int, size: int = 5, floor: int = 0) -> Ring:
    ring = Ring(size)
    ring.restart("e", floor)
    for sequence in sequences:
        ring.add(changed(sequence))
    return ring


MISSED = [
    pytest.param((1, 2, 3), 0, 0, [1, 2, 3], id="everything"),
    pytest.param((1, 2, 3), 0, 2, [3], id="the last"),
    pytest.param((1, 2, 3), 0, 3, [], id="nothing"),
    pytest.param((1, 2, 3), 0, 9, [], id="ahead of us"),
    pytest.param((2, 5, 9), 0, 4, [5, 9], id="a cursor in a gap"),
    pytest.param((1, 2, 3, 4, 5, 6), 0, 1, [2, 3, 4, 5, 6], id="the oldest that is kept"),
    pytest.param((1, 2, 3, 4, 5, 6), 0, 0, None, id="older than the ring"),
    pytest.param((8, 9), 7, 7, [8, 9], id="from the floor"),
    pytest.param((8, 9), 7, 6, None, id="below the floor"),
]


@pytest.mark.parametrize(("sequences", "floor", "seen", "missed"), MISSED)
def test_since_gives_what_came_after(
    sequences: tuple[int, ...], floor: int, seen: int, missed: list[int] | None
) -> None:
    """What was missed is told whole, or not at all."""
    told = ring_of(*sequences, floor=floor).since(Cursor("e", seen))
    assert (None if told is None else [news.sequence for news in told]) == missed


def test_another_epochs_cursor_tells_nothing() -> None:
    """A stream that was made anew counts from 1 again; its sequences say nothing about the old one."""
    assert ring_of(1, 2, 3).since(Cursor("other", 2)) is None


@given(st.sets(st.integers(1, 60)), st.integers(1, 10), st.integers(0, 70))
def test_resuming_never_leaves_a_hole(sequences: set[int], size: int, seen: int) -> None:
    """Whatever was added after the cursor is in the answer, or there is no answer."""
    told = ring_of(*sorted(sequences), size=size).since(Cursor("e", seen))
    assert told is None or [news.sequence for news in told] == sorted(s for s in sequences if s > seen)


def test_a_restart_forgets_everything() -> None:
    """After a restart the old cursors are too old and the new floor is known."""
    ring = ring_of(1, 2, 3)
    ring.restart("f", 40)
    assert (ring.since(Cursor("e", 3)), ring.since(Cursor("f", 40))) == (None, [])
    assert str(ring.cursor) == "f-40"


def test_a_cursor_survives_its_text() -> None:
    """Reading what was written gives it back."""
    assert Cursor.parse(str(Cursor("1731", 12))) == Cursor("1731", 12)


@pytest.mark.parametrize("text", ["", "-", "1-", "-1", "1--1", "a b-1", "1-" + "9" * 40, "e-1 "])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    """A cursor is an epoch and a sequence, and nothing else."""
    with pytest.raises(ValueError, match="accepted"):
        Cursor.parse(text)


def test_of_a_channel_only_the_last_status_is_told() -> None:
    """A flapping channel is told once per tick, in the place of its last change; all else is kept."""
    news = [status(1, "a"), status(2, "b"), changed(3), status(4, "a"), changed(5)]
    assert [item.sequence for item in coalesce(news)] == [2, 3, 4, 5]
