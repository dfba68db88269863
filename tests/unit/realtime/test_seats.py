"""A seat: what is for a client, and what it has heard."""

from datetime import UTC, datetime
from typing import Any, cast

import pytest
from contracts.channel import ChannelStatus, Status
from contracts.messages import CatalogChanged
from realtime.news import News
from realtime.ring import Cursor, Ring
from realtime.seats import ALL, Seat, room
from realtime.statuses import Statuses

NOW = datetime.now(UTC)


def changed(sequence: int) -> News:
    return News(sequence, "catalog_changed", CatalogChanged(version=str(sequence)))


def status(sequence: int, channel_id: str = "zdf") -> News:
    record = ChannelStatus(channel_id=channel_id, status=Status.ONLINE, checked_at=NOW)
    return News(sequence, "channel_status", record, channel_id)


def ring(quiet: int = 0) -> Ring:
    made = Ring(10)
    made.restart("e", 0, quiet)
    return made


def statuses(*known: News) -> Statuses:
    made = Statuses(cast("Any", None))
    for news in known:
        made.note(cast("ChannelStatus", news.record))
    return made


def seat(came: int, joined: int | None = None, name: str = ALL, epoch: str = "e") -> Seat:
    made = Seat(Cursor(epoch, came))
    if joined is not None:
        made.rooms[name] = Cursor(epoch, joined)
    return made


FOR = [
    pytest.param(seat(0), changed(1), True, id="all hear of the list"),
    pytest.param(seat(0), status(1), False, id="who joined nothing hears of no channel"),
    pytest.param(seat(0, 0), status(1), True, id="who joined all hears of each"),
    pytest.param(seat(0, 0, room("zdf")), status(1), True, id="its own channel"),
    pytest.param(seat(0, 0, room("arte")), status(1), False, id="another channel"),
]


@pytest.mark.parametrize(("there", "news", "concerned"), FOR)
def test_a_seat_knows_what_is_for_it(there: Seat, news: News, *, concerned: bool) -> None:
    """What is for everybody, and what was joined."""
    assert there.concerns(news) is concerned


HEARD = [
    pytest.param(seat(5), changed(5), False, id="said before it came"),
    pytest.param(seat(5), changed(6), True, id="said since"),
    pytest.param(seat(5, 7), status(6), True, id="sent as the present, as it joined"),
    pytest.param(seat(5, 7), status(6, "arte"), False, id="not known, so not sent as the present"),
    pytest.param(seat(5, 7), status(8, "arte"), True, id="said since it joined"),
    pytest.param(seat(5), status(8), False, id="of a channel that it did not join"),
    pytest.param(seat(5, 7, epoch="old"), status(1, "arte"), True, id="of a stream that began after it came"),
]


@pytest.mark.parametrize(("there", "news", "heard"), HEARD)
def test_a_seat_knows_what_it_heard(there: Seat, news: News, *, heard: bool) -> None:
    """As it was said, or as the present."""
    assert there.has_heard(news, ring(), statuses(status(1))) is heard


@pytest.mark.parametrize("came", [0, 3, 9])
def test_what_filled_the_ring_was_told_to_nobody(came: int) -> None:
    """A client may be there before the ring is filled; it has heard none of that."""
    there = seat(came, came)
    assert not there.has_heard(changed(9), ring(quiet=9), statuses())
    assert not there.has_heard(status(9), ring(quiet=9), statuses())
    assert there.has_heard(changed(10), ring(quiet=9), statuses())
