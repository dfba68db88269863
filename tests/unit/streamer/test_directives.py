import pytest
from streamer.errors import DirectiveInvalid
from streamer.playlist.directives import NOTHING, Directives, read


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, NOTHING),
        ({"x": "1"}, NOTHING),
        ({"_HLS_msn": "4"}, Directives(4)),
        ({"x": "1", "_HLS_part": "1", "_HLS_msn": "04"}, Directives(4, 1)),
        ({"_HLS_skip": "YES"}, Directives(skip="YES")),
        ({"_HLS_skip": "v2", "_HLS_msn": "0"}, Directives(0, skip="v2")),
    ],
)
def test_directives_are_read(query: dict[str, str], expected: Directives) -> None:
    """Whatever else is in a query stays out."""
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
