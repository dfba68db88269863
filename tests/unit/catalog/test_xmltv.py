"""Guides are read as they are found, in bounded memory, and nothing in one does harm."""

import gzip
import itertools
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from catalog.errors import SourceUnreadable
from catalog.harvest import Harvest, tidy, unpack
from catalog.matching import Wanted
from catalog.outputs import xmltv
from catalog.sources.xmltv import MOST_MARKUP, Broadcast, Reader, Span, episode, moment
from contracts.channel import Channel
from contracts.programme import Programme
from hypothesis import given
from hypothesis import strategies as st

T0 = 1_759_200_000
"""A moment on a full hour: 2025-09-30 02:40 UTC."""
SPAN = Span(T0 - 6 * 3600, T0 + 7 * 86_400)
ONE = Channel(id="one", number=1, name="Channel One", tvg_id="one.uk")
TWO = Channel(id="two", number=2, name="Télé Deux")


def read(
    document: bytes | Iterable[bytes], *channels: Channel, span: Span = SPAN
) -> dict[str, list[Programme]]:
    """Return what a guide has for some channels."""
    wanted, harvest = Wanted(channels or (ONE, TWO)), Harvest(span)
    reader = Reader(
        "guide",
        span,
        find=wanted.learn,
        wants=wanted.knows,
        keep=lambda guide_id, each: harvest.add(wanted.ours(guide_id), each),
    )
    for piece in [document] if isinstance(document, bytes) else document:
        reader.feed(piece)
    reader.close()
    texts, _ = harvest.gathered()
    return {channel_id: list(unpack(text).programmes) for channel_id, text in texts.items()}


def programme(
    channel: str, inside: str = "<title>A</title>", start: int = T0, stop: int | None = T0 + 1800
) -> str:
    times = f'start="{stamp(start)}"' + (f' stop="{stamp(stop)}"' if stop else "")
    return f'<programme {times} channel="{channel}">{inside}</programme>'


def stamp(seconds: int) -> str:
    return xmltv.time(moment_of(seconds))


def moment_of(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def guide(*items: str) -> bytes:
    return f'<?xml version="1.0"?><!DOCTYPE tv SYSTEM "xmltv.dtd"><tv>{"".join(items)}</tv>'.encode()


def titles(found: dict[str, list[Programme]]) -> dict[str, list[str]]:
    return {channel_id: [each.title for each in listed] for channel_id, listed in found.items()}


CHANNEL = '<channel id="{}"><display-name>{}</display-name></channel>'


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        pytest.param([programme("one.uk")], {"one": ["A"]}, id="by tvg-id, never named"),
        pytest.param([programme("ONE.UK@SD")], {"one": ["A"]}, id="by tvg-id, whatever case and feed"),
        pytest.param(
            [CHANNEL.format("x9", "tele deux Ⓖ"), programme("x9")], {"two": ["A"]}, id="by name, folded"
        ),
        pytest.param(
            [CHANNEL.format("x9.de", "Channel One"), programme("x9.de")], {}, id="another country's"
        ),
        pytest.param(
            [
                CHANNEL.format("x9", "Channel One"),
                CHANNEL.format("one.uk", "Something else"),
                programme("x9", "<title>By name</title>"),
                programme("one.uk", "<title>By id</title>"),
            ],
            {"one": ["By id"]},
            id="id before name",
        ),
        pytest.param(
            [
                CHANNEL.format("a", "Télé Deux"),
                CHANNEL.format("b", "Télé Deux"),
                programme("b"),
                programme("a"),
            ],
            {"two": ["A"]},
            id="the first of two of one name",
        ),
        pytest.param([programme("two")], {"two": ["A"]}, id="by our own id"),
        pytest.param([programme("nobody")], {}, id="nobody's"),
    ],
)
def test_programmes_find_their_channels(items: list[str], expected: dict[str, list[str]]) -> None:
    assert titles(read(guide(*items))) == expected


def test_everything_that_counts_is_read() -> None:
    """Of several languages the first; exact episode numbers before those for people."""
    inside = (
        '<title lang="en">A &amp; B</title><title lang="fr">A et B</title><sub-title>Part</sub-title>'
        "<desc>Long\n text</desc><category>Sports</category><category>Live</category>"
        '<icon src="http://i.example/a.png"/><episode-num system="onscreen">Ep. 5</episode-num>'
        '<episode-num system="xmltv_ns"> 1 . 4/12 . 0/2 </episode-num>'
    )
    (found,) = read(guide(programme("one.uk", inside)))["one"]

    assert (found.title, found.subtitle, found.description) == ("A & B", "Part", "Long text")
    assert found.categories == ("Sports", "Live")
    assert found.episode == "S02E05"
    assert found.icon is not None
    assert found.icon.startswith("/logo/one/")
    assert "example" not in found.model_dump_json()
    assert (int(found.start.timestamp()), int(found.stop.timestamp())) == (T0, T0 + 1800)


def test_only_what_is_on_in_the_window_is_kept() -> None:
    items = [
        programme("one.uk", f"<title>{name}</title>", start, start + 1800)
        for name, start in {
            "over": SPAN.first - 1800,
            "just": SPAN.first - 1799,
            "last": SPAN.last - 1,
            "later": SPAN.last,
        }.items()
    ]
    assert titles(read(guide(*items))) == {"one": ["just", "last"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20250930184500 +0100", 1_759_254_300),
        ("20250930184500 -0530", 1_759_277_700),
        ("20250930184500", 1_759_257_900),
        ("202509301845", 1_759_257_900),
        ("2025093018 +01:00", 1_759_251_600),
        ("20250930184500 BST", 1_759_257_900),
        ("20251330184500 +0000", None),
        ("soon", None),
        ("", None),
    ],
)
def test_times_are_read_as_they_are_written(text: str, expected: int | None) -> None:
    assert moment(text) == expected


@pytest.mark.parametrize(
    ("text", "system", "expected"),
    [
        ("0.0.0/1", "xmltv_ns", "S01E01"),
        (".11.", "xmltv_ns", "E12"),
        ("..", "xmltv_ns", ""),
        ("S3 E07", "onscreen", "S03E07"),
        ("Folge 12", "", "Folge 12"),
    ],
)
def test_episodes_are_said_one_way(text: str, system: str, expected: str) -> None:
    assert episode(text, system) == expected


def packed(document: bytes, times: int) -> bytes:
    for _ in range(times):
        document = gzip.compress(document, mtime=0)
    return document


REFUSED = {
    "page": (b"<!DOCTYPE html><html><body>Just a moment...</body></html>", "begins with <html>"),
    "nothing": (b"", "ends too soon"),
    "half": (guide(programme("one.uk"))[:-5], "ends too soon"),
    "bare ampersand": (guide("<programme start='x'>&nope</programme>"), "is not XML"),
    "half of gzip": (gzip.compress(guide(programme("one.uk")))[:-12], "middle of gzip"),
    "broken gzip": (gzip.compress(b"x", mtime=0)[:10] + b"\xff" * 4, "broken gzip"),
    "list": (b"#EXTM3U\n", "is not XML"),
    "deep": (b"<tv>" + b"<a>" * 40, "deep"),
    "Chinese": (b'<?xml version="1.0" encoding="gb2312"?><tv/>', "it is in gb2312"),
    "unheard of": (b'<?xml version="1.0" encoding="x-9"?><tv/>', "it is in x-9"),
    "gzip without end": (packed(b"<tv/>", 1000), "is not XML"),
    "long": (b'<tv><programme start="' + b"1" * (MOST_MARKUP + 10), "longer than"),
}


@pytest.mark.parametrize(("document", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_whole_guide_is_refused(document: bytes, reason: str) -> None:
    with pytest.raises(SourceUnreadable, match=reason):
        read(document)


BOMB = (
    b'<!DOCTYPE tv [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b"<tv><programme start='20250930' channel='one.uk'><title>&b;</title></programme></tv>"
)
OUTSIDE = b'<!DOCTYPE tv [<!ENTITY f SYSTEM "file:///etc/passwd">]><tv>&f;</tv>'
PARAMETER = b'<!DOCTYPE tv [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd">%p;]><tv/>'


@pytest.mark.parametrize("document", [BOMB, OUTSIDE, PARAMETER], ids=["bomb", "file", "parameter"])
def test_entities_are_refused(document: bytes) -> None:
    """As soon as one is declared: nothing is expanded, and nothing is opened."""
    with pytest.raises(SourceUnreadable, match="declares entities"):
        read(document)


def test_a_packed_bomb_is_never_held() -> None:
    """What gzip makes of little comes in small pieces: a megabyte of markup is where it ends."""
    bomb = gzip.compress(b"<tv><programme start='" + b"1" * 300_000_000)
    with pytest.raises(SourceUnreadable, match="longer than"):
        read(bomb)


def test_control_characters_cost_nothing_but_themselves() -> None:
    assert titles(read(guide(programme("one.uk", "<title>A\x01\x1fB</title>")))) == {"one": ["AB"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_documents_are_read_in_their_encoding(encoding: str) -> None:
    document = (
        f'<?xml version="1.0" encoding="{encoding}"?><tv>{programme("one.uk", "<title>é</title>")}</tv>'
    )
    assert titles(read(document.encode(encoding))) == {"one": ["é"]}


@given(st.lists(st.integers(min_value=1, max_value=60)), st.integers(min_value=0, max_value=2))
def test_pieces_and_packing_make_no_difference(sizes: list[int], times: int) -> None:
    """Gzip in gzip is a packed file that was sent packed."""
    document = guide(CHANNEL.format("one.uk", "One"), programme("one.uk", "<title>A &lt; B</title>"))
    document = packed(document, times)
    cuts = [0, *itertools.accumulate(sizes)]
    pieces = [document[start:end] for start, end in itertools.pairwise(cuts)] + [document[cuts[-1] :]]

    assert titles(read(pieces)) == {"one": ["A < B"]}


BROADCASTS = st.lists(
    st.tuples(st.integers(0, 500), st.none() | st.integers(0, 500)).map(
        lambda times: Broadcast(times[0], times[1], "t", "", "", (), "", "")
    ),
    max_size=12,
)


@given(BROADCASTS)
def test_tidied_programmes_follow_each_other(listed: list[Broadcast]) -> None:
    found = list(tidy(listed))

    assert all(each.stop is not None and each.start < each.stop for each in found)
    assert all((one.stop or 0) <= other.start for one, other in itertools.pairwise(found))


TEXT = st.text(st.characters(codec="utf-8"), min_size=1)


@given(TEXT, TEXT, st.lists(TEXT, max_size=3))
def test_what_is_written_is_read_again(title: str, description: str, categories: list[str]) -> None:
    """Quotes, markup, `]]>`, line breaks: a guide of ours, read by ourselves, says the same."""
    written = Programme(
        channel_id="one",
        start=moment_of(T0),
        stop=moment_of(T0 + 1800),
        title=f"t{title}",
        description=description,
        categories=tuple(categories),
        episode="S02E05",
    )
    (found,) = read(xmltv.write([ONE], [written], "http://tv.lan"))["one"]

    assert found.title == xmltv.text(f"t{title}")
    assert found.description == xmltv.text(description)
    assert found.categories == tuple(dict.fromkeys(filter(None, map(xmltv.text, categories))))
    assert found.episode == "S02E05"
