import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamer.errors import DirectiveInvalid
from streamer.playlist.directives import NOTHING, Directives, read, satisfied, too_far
from streamer.playlist.grammar import parse
from support import hls
from support.hls import CORPUS

LIVE = parse(CORPUS["apple-low-latency"])
"""Segments 266 to 272, four parts of 271, none of 272, three of 273."""


def wanting(sequence: int, part: int = -1) -> Directives:
    return Directives(sequence, "", part)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, NOTHING),
        ({"x": "1"}, NOTHING),
        ({"_HLS_msn": "4"}, Directives(4, "_HLS_msn=4")),
        ({"x": "1", "_HLS_part": "1", "_HLS_msn": "04"}, Directives(4, "_HLS_msn=4&_HLS_part=1", 1)),
        ({"_HLS_skip": "YES"}, Directives(-1, "_HLS_skip=YES", skip="YES")),
        ({"_HLS_skip": "v2", "_HLS_msn": "0"}, Directives(0, "_HLS_msn=0&_HLS_skip=v2", skip="v2")),
    ],
)
def test_directives_are_read_and_put_in_order(query: dict[str, str], expected: Directives) -> None:
    """Whatever else is in a query stays out: one wish is one entry in caches."""
    assert read(query) == expected


@pytest.mark.parametrize(
    "query",
    [
        {"_HLS_part": "1"},
        {"_HLS_msn": ""},
        {"_HLS_msn": "-1"},
        {"_HLS_msn": "1.5"},
        {"_HLS_msn": "\u0661"},
        {"_HLS_msn": "9" * 16},
        {"_HLS_msn": "1", "_HLS_part": "x"},
        {"_HLS_skip": "yes"},
    ],
)
def test_what_is_no_directive_is_refused(query: dict[str, str]) -> None:
    """6.2.5.2: a bad request."""
    with pytest.raises(DirectiveInvalid):
        read(query)


def test_a_delta_update_is_no_other_thing_to_wait_for() -> None:
    """Players with and without it wait together."""
    assert read({"_HLS_msn": "4", "_HLS_skip": "YES"}).blocking == read({"_HLS_msn": "4"}).query


@pytest.mark.parametrize(
    ("sequence", "part", "there"),
    [
        (-1, -1, True),
        (100, -1, True),
        (272, -1, True),
        (273, -1, False),
        (271, 3, True),
        (271, 4, True),
        (273, 2, True),
        (273, 3, False),
        (274, 0, False),
    ],
    ids=[
        "nothing asked",
        "slid out",
        "the last segment",
        "the one to come",
        "a part of an earlier one",
        "a part beyond an earlier one",
        "the last part",
        "the part to come",
        "the segment after",
    ],
)
def test_a_list_has_what_is_asked_for_or_not(sequence: int, part: int, *, there: bool) -> None:
    """6.2.5.2."""
    assert satisfied(LIVE, wanting(sequence, part)) is there


@pytest.mark.parametrize(("coming", "there"), [("", False), ('#EXT-X-PART:URI="b",DURATION=1\n', True)])
def test_a_part_beyond_the_last_is_the_next_segments_first(coming: str, *, there: bool) -> None:
    """A player can't know that the segment was complete."""
    text = '#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-PART:URI="a",DURATION=1\n#EXTINF:1,\n7.ts\n'
    assert satisfied(parse(text + coming), wanting(7, 1)) is there


def test_a_list_that_has_ended_has_all_there_will_be() -> None:
    """The directives are ignored."""
    ended = parse(CORPUS["apple-iframes"])
    assert satisfied(ended, wanting(900, 4))
    assert not too_far(ended, wanting(900, 4))


@pytest.mark.parametrize(
    ("sequence", "part", "mistaken"),
    [(274, -1, False), (275, -1, True), (273, 10, False), (273, 11, True), (271, 500, False)],
)
def test_who_is_too_far_ahead_is_mistaken(sequence: int, part: int, *, mistaken: bool) -> None:
    """Two segments, or parts for three seconds."""
    assert too_far(LIVE, wanting(sequence, part)) is mistaken


@given(text=hls.media(low_latency=True), sequence=st.integers(0, 5), part=st.integers(-1, 4))
def test_what_is_there_stays_there(text: str, sequence: int, part: int) -> None:
    """Another segment and its parts never undo what was satisfied."""
    playlist = parse(text)
    wanted = wanting(max(0, playlist.next_sequence - 3 + sequence), part)
    more = parse(text.rstrip("\r\n") + '\n#EXTINF:1,\nz.ts\n#EXT-X-PART:URI="z",DURATION=1\n')
    assert satisfied(more, wanted) or not satisfied(playlist, wanted)
