import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamer.playlist import attributes
from streamer.playlist.grammar import parse, write
from streamer.playlist.rewrite import rewrite
from support.hls import BASE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('A=1,B="x,y",C=0xAF', {"A": "1", "B": "x,y", "C": "0xAF"}),
        (' a = 1 , b = "x" ', {"A": "1", "B": "x"}),
        ('URI="never closed,B=1', {"URI": "never closed", "B": "1"}),
        ('A="x"junk,B=2', {"A": "x", "B": "2"}),
        ('junk"A=1,B=2', {"B": "2"}),
        ("A=1,A=2,,=,", {"A": "2"}),
        ('A="URI=x",URI="y"', {"A": "URI=x", "URI": "y"}),
        ("A=,B", {}),
    ],
)
def test_a_list_is_read_leniently(text: str, expected: dict[str, str]) -> None:
    """As players read it."""
    assert attributes.read(text) == expected
    assert {one.name: one.value for one in attributes.scan(text)} == expected


@given(st.text(st.sampled_from('AB=",x \t')))
def test_what_is_not_changed_keeps_every_byte(text: str) -> None:
    """Of whatever kind."""
    assert attributes.changed(text, lambda _: None) == text
    assert attributes.without(text, lambda _: False) == text
    assert attributes.replaced(text, "URI", "x") == text


@given(st.text(st.sampled_from('AB=",x \t')))
def test_every_character_is_read_once(text: str) -> None:
    """The items lie end to end: none is looked at again, however the list is broken."""
    spans = [match.span() for match in attributes.ITEM.finditer(text) if match[0]]
    assert "".join(text[start:end] for start, end in spans) == text


HOSTILE: dict[str, Callable[[int], str]] = {
    "names": lambda size: "#EXT-X-KEY:" + "A" * size,
    "equals": lambda size: "#EXT-X-KEY:" + "=" * size,
    "commas": lambda size: "#EXT-X-KEY:" + "," * size,
    "quotes": lambda size: "#EXT-X-KEY:" + '"' * size,
    "open quotes": lambda size: "#EXT-X-KEY:" + 'A="' * (size // 3),
    "blanks": lambda size: "#EXT-X-KEY:" + " " * size + "=",
    "attributes": lambda size: "#EXT-X-DATERANGE:" + 'X-A="http://a",' * (size // 15),
    "addresses": lambda size: "#EXT-X-KEY:" + 'URI="u",' * (size // 8),
    "references": lambda size: "#EXT-X-DEFINE:NAME=a\n" + "{$" * (size // 2),
    "carriage returns": lambda size: "\r" * size + "x",
    "dots": lambda size: "#EXTM3U\n" + "../" * (size // 3),
    "digits": lambda size: "#EXT-X-BYTERANGE:" + "9" * size + "\na",
    "lines": lambda size: "#EXT-X-BYTERANGE:1\n" * (size // 19),
    "colons": lambda size: "#EXT" + ":" * size,
}


def worked(text: str) -> float:
    """Return the processor's seconds for one rewrite."""
    before = time.process_time()
    assert write(rewrite(parse(text), BASE, lambda _: "/s")) is not None
    return time.process_time() - before


@pytest.mark.parametrize("shape", HOSTILE.values(), ids=HOSTILE)
def test_four_times_as_much_nonsense_is_about_four_times_the_work(shape: Callable[[int], str]) -> None:
    """A megabyte from a stranger costs what a megabyte costs. Squared it would be sixteen times as much."""
    small = min(worked(shape(250_000)) for _ in range(3))
    large = min(worked(shape(1_000_000)) for _ in range(2))
    assert large < 10 * small + 0.05
