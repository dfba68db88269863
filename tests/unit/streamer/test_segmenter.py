"""Segments and their playlist, from what ffmpeg makes."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamer.segmenter import LONGEST_S, LOST_BYTES, WINDOW, Entry, Segment, Segmenter, Window
from streamer.transport.packets import PACKET
from streamer.transport.pictures import CLOCK_HZ, WRAP
from support.packets import (
    decoded_frames,
    film,
    gaps,
    packets,
    pid,
    scrambled,
    song,
    split,
    with_counters,
    without_access_points,
)


def segments(*pieces: bytes) -> list[Segment]:
    segmenter = Segmenter()
    return [segment for piece in pieces for segment in segmenter.feed(piece)]


@given(st.lists(st.integers(0, 1 << 30), max_size=30))
@settings(deadline=None, max_examples=40)
def test_segments_are_the_same_however_bytes_arrive(places: list[int]) -> None:
    """Two nodes that read the same connection would cut the same."""
    assert segments(*split(film(16), places)) == segments(film(16))


def test_each_segment_plays_by_itself() -> None:
    """Tables and a key frame first; as many pictures as its duration says."""
    made = segments(film(16))
    assert [segment.duration_s for segment in made] == [2, 2, 2, 4, 4]
    for segment in made:
        assert [pid(packet) for packet in packets(segment.content)][:2] == [0, 0x1000]
        assert decoded_frames(segment.content) == (segment.duration_s * 25, "")


def test_segments_in_a_row_are_the_stream() -> None:
    """Nothing is lost between them, and nothing twice but tables."""
    data = film(16)
    made = b"".join(segment.content for segment in segments(data))
    streams = [packet for packet in packets(made) if pid(packet) in (0x100, 0x101)]
    source = [packet for packet in packets(data) if pid(packet) in (0x100, 0x101)]
    assert streams == source[: len(streams)]
    assert decoded_frames(made) == (14 * 25, "")


def test_durations_go_on_over_the_wrap() -> None:
    """No segment of 26 hours."""
    made = segments(film(16, "h264", "-output_ts_offset", str(WRAP / CLOCK_HZ - 5)))
    assert [segment.duration_s for segment in made] == [2, 2, 2, 4, 4]
    assert not any(segment.is_broken for segment in made)


def test_sound_alone_is_cut_by_time() -> None:
    """About the target, from anywhere."""
    made = segments(song(20))
    assert all(3.4 < segment.duration_s < 4.1 for segment in made[3:])
    assert all(segment.is_independent for segment in made)


def test_without_key_frames_it_is_cut_all_the_same() -> None:
    """And the playlist does not promise what is not so."""
    data = film(32, "h264", "-force_key_frames", "0", "-g", "2000", "-keyint_min", "2000")
    made = segments(data)
    assert [segment.is_independent for segment in made] == [True, False]
    assert made[0].duration_s == pytest.approx(LONGEST_S, abs=0.2)
    window = Window(0)
    for segment in made:
        window.add(Entry("a.ts", segment.duration_s, segment.is_broken, segment.is_independent), 4)
    assert "INDEPENDENT" not in window.write()
    assert "#EXT-X-TARGETDURATION:12" in window.write()


def test_what_has_no_pictures_any_more_is_let_go() -> None:
    """A channel that turns scrambled goes on sending: no segment holds that; what then comes is another."""
    segmenter = Segmenter()
    before = segmenter.feed(film(8))
    for piece in [scrambled(film(8))] * (2 * LOST_BYTES // len(film(8))):
        assert segmenter.feed(piece) == []
    after = segmenter.feed(film(8) + film(8))
    assert before
    assert all(len(segment.content) < LOST_BYTES for segment in after)
    assert (after[0].is_broken, decoded_frames(after[0].content)) == (True, (100, ""))


@pytest.mark.parametrize("told", [True, False], ids=["told", "not told"])
def test_a_clock_that_breaks_is_a_discontinuity(told: bool) -> None:  # noqa: FBT001
    """By the source's word, or because timestamps can't be of the same clock."""
    later_s = "12" if told else "5000"
    other = bytearray(with_counters(film(8, "h264", "-output_ts_offset", later_s), 3))
    if told:
        key = next(
            at for at in range(0, len(other), PACKET) if other[at + 3] & 0x20 and other[at + 5] & 0x50 == 0x50
        )
        other[key + 5] |= 0x80
    made = segments(film(8) + bytes(other))
    assert [segment.is_broken for segment in made] == [False, False, False, False, True]
    assert made[3].duration_s == pytest.approx(2, abs=0.05)
    assert sum(segment.duration_s for segment in made[:4]) == pytest.approx(8, abs=0.05)


def test_a_break_is_told_in_the_packets_too() -> None:
    """As another node goes on, its counters do not fit, and ffmpeg would call a picture damaged."""
    taking_over = Segmenter()
    taking_over.restart()
    before, after = segments(film(8)), taking_over.feed(with_counters(film(16), 3))
    made = b"".join(segment.content for segment in [*before, *after])
    streams = b"".join(packet for packet in packets(made) if pid(packet) in (0x100, 0x101))
    assert gaps(streams) != []
    assert gaps(streams, told=True) == []
    frames, complaints = decoded_frames(after[0].content)
    assert (frames, complaints) == (50, "")


def test_key_frames_need_no_indicator() -> None:
    """Many encoders never set it."""
    data = without_access_points(film(16))
    assert [segment.duration_s for segment in segments(data)] == [2, 2, 2, 4, 4]


entries = st.builds(
    Entry,
    st.from_regex(r"/content/[a-z]{3}\.ts", fullmatch=True),
    st.integers(1, 9).map(float),
    st.booleans(),
)


@given(st.lists(entries, max_size=20), st.integers(0, 10**9), st.lists(entries, max_size=10))
def test_a_window_goes_on_where_another_node_left_it(
    before: list[Entry], first: int, after: list[Entry]
) -> None:
    """Read back, it is the same window: numbers, breaks and target go on as if nothing had happened."""
    one = Window(first)
    for entry in before:
        one.add(entry, 4)
    other = Window.read(one.write())
    for entry in after:
        one.add(entry, 4)
        other.add(entry, 4)
        assert other.write() == one.write()
    assert one.next_number == first + len(before) + len(after)
    other.drop(len(other.addresses))
    assert (other.addresses, other.next_number) == ([], one.next_number)


def test_a_break_that_leaves_the_window_is_counted() -> None:
    """4.4.3.3: so that players of several renditions, or that slept, stay in step."""
    window = Window(7)
    for number in range(10):
        window.add(Entry(f"{number}.ts", 4.0, number in (1, 8)), 4)
    text = window.write()
    assert "#EXT-X-MEDIA-SEQUENCE:11\n" in text
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:1\n" in text
    assert len(re.findall("^#EXTINF", text, re.MULTILINE)) == WINDOW
    assert "#EXT-X-DISCONTINUITY\n#EXTINF:4.00000,\n8.ts" in text
