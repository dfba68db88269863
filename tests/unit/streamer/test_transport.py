"""Packets, tables and key frames, on what ffmpeg makes and on what lines do to it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamer.transport.packets import PACKET, Alignment
from streamer.transport.pictures import CLOCK_HZ, WRAP, Mark, Scanner, elapsed
from streamer.transport.tables import Tables, crc
from support.packets import (
    GOP_S,
    film,
    gaps,
    is_broken,
    packets,
    pid,
    song,
    split,
    without_access_points,
)

PLACES = st.lists(st.integers(0, 1 << 30), max_size=30)


def aligned(pieces: list[bytes]) -> bytes:
    alignment = Alignment()
    return b"".join(map(alignment.feed, pieces))


def keys_of(data: bytes) -> list[Mark]:
    return [mark for mark in Scanner().feed(data) if mark.is_key]


def times_s(marks: list[Mark]) -> list[float]:
    first = marks[0].pts or 0
    return [elapsed(mark.pts or 0, first) / CLOCK_HZ for mark in marks]


@given(PLACES)
@settings(deadline=None)
def test_packets_are_the_same_however_they_arrive(places: list[int]) -> None:
    """The cuts of a connection leave no trace."""
    data = film()
    assert aligned(split(data, places)) == data


@given(st.integers(0, 400), st.binary(max_size=700), PLACES)
@settings(deadline=None)
def test_garbage_costs_the_packet_that_it_hits(number: int, garbage: bytes, places: list[int]) -> None:
    """Before, between and within packets: what follows is found again, and the cuts play no part in it."""
    data = film()[: 500 * PACKET]
    at = number * PACKET + (len(garbage) * 7) % PACKET
    damaged = data[:at] + garbage + data[at:]
    whole = aligned([damaged])

    assert aligned(split(damaged, places)) == whole
    assert set(whole[::PACKET]) == {0x47}
    intact = data[-(-at // PACKET) * PACKET :]
    # A sync byte in just the wrong place, one in 256, may look like a packet for a while, never for long.
    assert whole.endswith(intact[6 * PACKET :])


def test_what_is_no_transport_stream_gives_nothing() -> None:
    """A web page has G's in it, too; nothing is kept of it."""
    alignment = Alignment()
    assert alignment.feed(b"<html>GATEWAY" * 5000) == b""
    assert alignment.feed(film()) == film()


@pytest.mark.parametrize("codec", ["h264", "hevc", "mpeg2"])
@pytest.mark.parametrize("told", [True, False], ids=["by the source's word", "by the codec's own"])
def test_key_frames_are_found(codec: str, told: bool) -> None:  # noqa: FBT001
    """With and without the random access indicator."""
    data = film(8, codec) if told else without_access_points(film(8, codec))
    assert times_s(keys_of(data)) == [0, GOP_S, 2 * GOP_S, 3 * GOP_S]


def test_every_piece_of_sound_can_be_begun_with() -> None:
    """A radio has no key frames and needs none."""
    marks = Scanner().feed(song())
    assert len(marks) > 20
    assert all(mark.is_key for mark in marks)


@given(PLACES)
@settings(deadline=None)
def test_marks_are_the_same_however_packets_arrive(places: list[int]) -> None:
    """The same timestamps, tables and places."""
    data = film()
    scanner, at, found = Scanner(), 0, []
    for piece in split(data, [place % len(data) // PACKET * PACKET for place in places]):
        found += [(at + mark.at, mark.pts, mark.is_key, mark.tables) for mark in scanner.feed(piece)]
        at += len(piece)
    assert found == [(mark.at, mark.pts, mark.is_key, mark.tables) for mark in Scanner().feed(data)]


def test_a_mark_knows_the_tables_before_it() -> None:
    """PAT and PMT, whole, so that a player can begin with them: their counters go on into what follows."""
    data = film()
    mark = keys_of(data)[2]
    tables = list(packets(mark.tables))
    assert [pid(packet) for packet in tables] == [0, 0x1000]
    assert gaps(mark.tables + data[mark.at :]) == []


def test_a_broken_clock_is_told_by_its_own_pid_only() -> None:
    """An indicator on another PID is about that one's counter."""
    data = bytearray(film())
    marks = Scanner().feed(bytes(data))
    key = [mark for mark in marks if mark.is_key][1]
    data[key.at + 5] |= 0x80
    assert is_broken(bytes(data[key.at : key.at + PACKET]))
    assert [mark.at for mark in Scanner().feed(bytes(data)) if mark.is_broken] == [key.at]


def test_timestamps_go_on_over_the_wrap() -> None:
    """Every 26.5 hours a film goes through 0."""
    last_s = WRAP / CLOCK_HZ
    data = film(8, "h264", "-output_ts_offset", str(last_s - 3))
    marks = keys_of(data)
    assert marks[-1].pts is not None
    assert marks[0].pts is not None
    assert marks[-1].pts < marks[0].pts
    assert times_s(marks) == [0, GOP_S, 2 * GOP_S, 3 * GOP_S]


@given(st.integers(0, WRAP - 1), st.integers(-(WRAP // 2) + 1, WRAP // 2 - 1))
def test_elapsed_undoes_the_wrap(start: int, ticks: int) -> None:
    """In both directions."""
    assert elapsed((start + ticks) % WRAP, start) == ticks


def table(section: bytes, which: int) -> list[bytes]:
    """Return a section, its length and CRC filled in, as packets."""
    section = section[:1] + (0xB000 | len(section) + 1).to_bytes(2, "big") + section[3:]
    data = b"\0" + section + crc(section).to_bytes(4, "big")
    made = []
    for number, at in enumerate(range(0, len(data), PACKET - 4)):
        start = 0x40 if at == 0 else 0
        head = bytes([0x47, start | which >> 8, which & 0xFF, 0x10 | number & 0x0F])
        made.append((head + data[at : at + PACKET - 4]).ljust(PACKET, b"\xff"))
    return made


def test_a_table_may_be_larger_than_a_packet() -> None:
    """Broadcasters' PMTs, with a descriptor for everything, are."""
    pat = table(bytes([0, 0, 0, 0, 1, 0xC1, 0, 0]) + b"\0\1" + (0xE000 | 0x500).to_bytes(2, "big"), 0)
    streams = b"".join(
        bytes([0x0F]) + (0xE000 | 0x100 + n).to_bytes(2, "big") + b"\xf0\x14" + bytes(20) for n in range(15)
    )
    pmt = table(bytes([2, 0, 0, 0, 1, 0xC1, 0, 0, 0xE1, 0x00, 0xF0, 0x00]) + streams, 0x500)
    scanner = Scanner()
    scanner.feed(b"".join([*pat, *pmt]))
    assert len(pmt) == 3
    assert scanner.program is not None
    assert list(scanner.program.streams) == [0x100 + n for n in range(15)]
    assert scanner.tables.packets == b"".join([*pat, *pmt])


def test_a_damaged_table_is_not_believed() -> None:
    """The one before stands."""
    tables = Tables()
    pat = bytearray(table(bytes([0, 0, 0, 0, 1, 0xC1, 0, 0]) + b"\0\1\xe5\x00", 0)[0])
    pat[15] ^= 1
    assert not tables.take(0, bytes(pat))
    assert tables.pmt_pid == -1
