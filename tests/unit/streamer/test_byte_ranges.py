import pytest
from hypothesis import given
from streamer.playlist.byte_ranges import explicit, hinted, span
from streamer.playlist.grammar import parse, write
from support import hls


def ranges(text: str) -> list[str]:
    """Return all ranges as they are said once nothing is implied."""
    lines = explicit(parse(text)).lines
    return [line.attributes().get("BYTERANGE", line.value) for line in lines if "BYTERANGE" in line.text]


def test_a_range_goes_on_where_the_last_of_the_same_file_ended() -> None:
    """4.4.4.2: other files between do not matter."""
    text = "".join(
        f"#EXT-X-BYTERANGE:{said}\n{file}\n"
        for said, file in [("100@50", "a"), ("60", "a"), ("10@7", "b"), ("5", "a"), ("3", "b"), ("9", "c")]
    )
    assert ranges(text) == ["100@50", "60@150", "10@7", "5@210", "3@17", "9@0"]


def test_parts_go_on_within_their_parent_only() -> None:
    """4.4.4.9; maps and segments are no part of that chain."""
    text = (
        '#EXT-X-MAP:URI="f",BYTERANGE="500"\n#EXT-X-PART:URI="f",BYTERANGE="10@0"\n'
        '#EXT-X-PART:URI="f",BYTERANGE="20"\n#EXT-X-BYTERANGE:30\nf\n#EXT-X-PART:URI="f",BYTERANGE="5"\n'
    )
    assert ranges(text) == ["500@0", "10@0", "20@10", "30@0", "5@0"]


@given(hls.media())
def test_what_is_said_stays_as_it_is_said(text: str) -> None:
    """Nothing is implied in these."""
    assert write(explicit(parse(text))) == text


@pytest.mark.parametrize(
    ("said", "expected"), [("10@5", "5-10"), (" 10", "0-10"), ("x", ""), ("", ""), ("9" * 30, "")]
)
def test_a_range_is_offset_and_length(said: str, expected: str) -> None:
    """What is no range is none."""
    assert span(said) == expected


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [("", "", ""), ("0", "", ""), ("5", "", None), ("5", "10", "5-10"), ("", "10", "0-10")],
)
def test_a_hint_says_its_range_in_two_attributes(start: str, length: str, expected: str | None) -> None:
    """4.4.5.3: without an end it is the whole file, or not to be named."""
    assert hinted({"BYTERANGE-START": start, "BYTERANGE-LENGTH": length}) == expected
