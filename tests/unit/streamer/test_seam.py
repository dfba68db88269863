"""Joints: nothing that a strict player would notice, and nothing hidden that it should."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamer.transport.packets import PACKET
from streamer.transport.pictures import Scanner
from streamer.transport.seam import Counters, Seam, Versions, broken
from streamer.transport.tables import crc
from support.packets import decoded_frames, film, gaps, is_broken, packets, pid, split, with_counters

PLACES = st.lists(st.integers(0, 1 << 30), max_size=20)


@given(st.lists(st.integers(0, 15), min_size=1, max_size=4), PLACES)
@settings(deadline=None, max_examples=40)
def test_counters_go_on_over_joints(shifts: list[int], places: list[int]) -> None:
    """Whatever each piece counts from, and however it arrives."""
    counters, made = Counters(), b""
    for shift in shifts:
        counters.joint()
        piece = with_counters(film(), shift)
        for some in split(piece, [place % len(piece) // PACKET * PACKET for place in places]):
            made += counters.feed(some)
    assert gaps(made) == []


def test_what_was_lost_inside_a_piece_shows_as_lost() -> None:
    """A player has to know that a picture is damaged."""
    data = with_counters(film(), 5)
    counters = Counters()
    counters.feed(film())
    counters.joint()
    made = counters.feed(data[: 300 * PACKET] + data[301 * PACKET :])
    assert [number for number, *_ in gaps(made)] == [300]


def test_a_packet_without_payload_does_not_count() -> None:
    """It carries the number of the one before, on both sides of a joint."""
    data = film()
    empty = broken(b"\x47\x01\x00\x15" + bytes(184), 0x100)[:PACKET]
    assert (empty[3] & 0x30, empty[3] & 0x0F) == (0x20, 4)
    first = b"\x47\x01\x00\x15" + bytes(184)
    counters = Counters()
    made = counters.feed(data)
    counters.joint()
    made += counters.feed(empty + first)
    assert gaps(made) == []


def versions_in(data: bytes, which: int) -> list[int]:
    found = [packet for packet in packets(data) if pid(packet) == which]
    for packet in found:
        section = packet[5 : 5 + 3 + ((packet[6] & 0x0F) << 8 | packet[7])]
        assert crc(section) == 0
    return [packet[10] >> 1 & 0x1F for packet in found]


def test_versions_change_when_a_table_says_something_new() -> None:
    """And at no other time: the same table keeps its version, another one never has the same."""
    one, other = film(), film(8, "mpeg2")
    versions = Versions()
    of_one = set(versions_in(versions.feed(one), 0x1000))
    again = set(versions_in(versions.feed(one), 0x1000))
    of_other = set(versions_in(versions.feed(other), 0x1000))
    back = set(versions_in(versions.feed(one), 0x1000))
    assert (of_one, again, of_other, back) == ({0}, {0}, {1}, {2})
    assert set(versions_in(versions.feed(other), 0)) == {0}


def test_a_break_is_told_where_the_clock_is_read() -> None:
    """The first packet with a clock says it."""
    data = film()
    told = broken(data, 0x100)
    first = next(packet for packet in packets(told) if pid(packet) == 0x100)
    assert is_broken(first)
    assert len(told) == len(data)


@pytest.mark.parametrize(("start", "left"), [(0, 200), (100, 150), (200, 150)])
def test_a_restart_begins_with_tables_and_a_key_frame(start: int, left: int) -> None:
    """Wherever the new connection begins: no counter breaks, the clock's does, nothing is garbled."""
    seam = Seam()
    made = seam.feed(film())
    seam.restart()
    coming = with_counters(film(), 7)[start * PACKET + 50 :]
    after = seam.feed(coming)
    marks = Scanner().feed(after)

    assert [pid(packet) for packet in packets(after)][:2] == [0, 0x1000]
    assert (marks[0].is_key, marks[0].is_broken) == (True, True)
    assert gaps(made + after) == []
    frames, complaints = decoded_frames(after)
    assert (frames, complaints) == (left, "")
