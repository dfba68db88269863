import re

import pytest
from hypothesis import example, given, settings
from streamer.playlist import redaction
from streamer.playlist.grammar import Line, Nature, parse, write
from streamer.playlist.rewrite import Context, Reference, prepared, rewrite
from streamer.tickets import Thing
from support import hls
from support.hls import BASE, CORPUS

SEALED = re.compile(r"/sealed/[0-9]+")
ADDRESS = re.compile(
    r'URI="(?!skd:|data:)([^"]*)"|(?:\A|(?<=[\r\n]))[ \t]*([^#\s][^\r\n]*?)[ \t]*(?=[\r\n]|\Z)'
)
"""An address, without any knowledge of tags: a line that is none, or the value of a URI."""
MADE_FIT = {
    "apple-low-latency-ranges": "implied offsets are written out",
    "bom": "its mark goes",
    "defines": "variables are written out",
    "ffmpeg-single-file": "implied offsets are written out",
    "imports": "variables are written out",
    "mediapackage": "an interstitial's list of assets leads past us",
    "shaka-packager": "a comment names a server",
    "untidy": "its first line names a guide",
}
"""Collected playlists that are changed besides their addresses, and why."""


def numbered() -> "Numbered":
    return Numbered()


class Numbered:
    """A seal that numbers what it is given."""

    def __init__(self) -> None:
        self.seen: list[Reference] = []

    def __call__(self, reference: Reference) -> str:
        self.seen.append(reference)
        return f"/sealed/{len(self.seen)}"


def found(text: str, context: Context = Context()) -> list[Reference]:  # noqa: B008 - it is frozen
    seal = Numbered()
    rewrite(parse(text), BASE, seal, context)
    return seal.seen


def addresses(text: str) -> list[str]:
    """Return a playlist's addresses in their order."""
    return [said or stood for said, stood in ADDRESS.findall(text)]


def blotted(text: str) -> str:
    """Return a playlist with all its addresses blotted out."""
    return ADDRESS.sub("*", text)


def addressless(line: Line) -> Line:
    """Return the line with its address blotted out, if it has one."""
    if line.is_uri:
        return line.with_uri("*")
    where = redaction.ADDRESS.get(line.name)
    said = line.attributes().get(where) if where else None
    return (
        line.with_attribute(where, "*") if where and said and not said.startswith(("skd:", "data:")) else line
    )


@given(hls.PLAIN)
def test_a_seal_that_declines_gives_the_playlist_back(text: str) -> None:
    """Byte for byte."""
    assert write(rewrite(parse(text), BASE, lambda _: None)) == text


@given(hls.PLAIN)
def test_the_identity_gives_the_playlist_back(text: str) -> None:
    """Byte for byte, though each address is written anew."""
    waiting = iter(addresses(text))
    assert write(rewrite(parse(text), BASE, lambda _: next(waiting))) == text
    assert next(waiting, None) is None


@pytest.mark.parametrize("name", CORPUS)
def test_what_encoders_write_comes_back_byte_for_byte(name: str) -> None:
    """But for what players that know only us can't use; each such list has the reason beside its name."""
    waiting = iter(addresses(CORPUS[name]))
    seal = (lambda _: None) if name in MADE_FIT else (lambda _: next(waiting))
    assert (write(rewrite(parse(CORPUS[name]), BASE, seal)) == CORPUS[name]) is (name not in MADE_FIT)


@pytest.mark.parametrize("name", sorted(set(CORPUS) - {"bom"}))
def test_a_list_is_written_as_it_was_read(name: str) -> None:
    """Byte for byte, whatever is in it."""
    assert write(parse(CORPUS[name])) == CORPUS[name]


@given(hls.PLAIN)
def test_nothing_but_addresses_differs(text: str) -> None:
    """Not a byte, by a look at the text alone."""
    assert blotted(write(rewrite(parse(text), BASE, Numbered()))) == blotted(text)


@pytest.mark.parametrize("name", sorted(set(CORPUS) - {"untidy"}))
def test_nothing_but_addresses_differs_in_what_encoders_write(name: str) -> None:
    """From what is fit for players, where a list had to be made so."""
    fit = write(prepared(parse(CORPUS[name]), BASE))
    assert blotted(write(rewrite(parse(CORPUS[name]), BASE, Numbered()))) == blotted(fit)
    assert (fit == CORPUS[name]) is (name not in MADE_FIT)


@given(hls.PLAIN)
def test_no_address_is_the_sources(text: str) -> None:
    """Each is one that the seal gave, in its place; a DRM system's own stays."""
    after = addresses(write(rewrite(parse(text), BASE, Numbered())))
    assert after == [f"/sealed/{number}" for number in range(1, len(addresses(text)) + 1)]


@given(hls.PLAIN)
def test_nothing_but_addresses_changes(text: str) -> None:
    """Each line is what it was, but for its address."""
    after = rewrite(parse(text), BASE, Numbered()).lines
    assert list(map(addressless, parse(text).lines)) == list(map(addressless, after))


@given(hls.careless())
@example('#EXTM3U\n#EXT-X-SESSION-DATA:DATA-ID="title",VALUE="This is an example"')
def test_no_address_of_the_source_is_left(text: str) -> None:
    """Whatever stands in the list, and wherever."""
    left = write(rewrite(parse(text), BASE, Numbered()))
    assert ".example" not in left.lower()
    assert "://" not in left.replace("skd://", "")


@settings(max_examples=300)
@given(hls.shredded())
def test_no_address_is_left_in_shreds(text: str) -> None:
    """However the lines are broken: what still has a scheme in the open was sealed, or is gone."""
    left = rewrite(parse(text), BASE, Numbered()).lines
    assert not [line.text for line in left if "://" in line.text and line.name != "EXT-X-KEY"]


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS)
def test_no_address_is_left_in_what_encoders_write(text: str) -> None:
    """What is left are sealed addresses, and those of DRM systems."""
    left = write(rewrite(parse(text), BASE, Numbered(), Context(imported={"root": "https://r.example"})))
    uris = [line.text.strip() for line in parse(left).lines if line.is_uri]
    said = re.findall(r'URI="([^"]*)"', left)
    assert all(SEALED.fullmatch(uri) or uri.startswith(("skd:", "data:")) for uri in [*uris, *said])
    assert ".example" not in left.lower()


@given(hls.careless())
def test_a_second_look_finds_nothing_to_prepare(text: str) -> None:
    """What is fit for players stays as it is."""
    once = prepared(parse(text), BASE)
    assert prepared(once, BASE) == once


@given(hls.media(low_latency=True))
def test_every_part_and_segment_has_its_number(text: str) -> None:
    """Parts belong to the segment to come, and count from 0 in each."""
    sequence, part = parse(text).media_sequence, 0
    for reference in found(text):
        if reference.thing is Thing.SEGMENT:
            assert (reference.sequence, reference.part) == (sequence, -1)
            sequence, part = sequence + 1, 0
        elif reference.thing is Thing.PART:
            assert (reference.sequence, reference.part) == (sequence, part)
            part += 1
    assert sequence == parse(text).next_sequence


def test_numbers_go_on_behind_what_was_skipped() -> None:
    """A delta update's first segment is not the list's first; a gap counts as one."""
    numbers = [reference.sequence for reference in found(CORPUS["apple-delta"]) if reference.sequence >= 0]
    assert numbers == [273, 274, 275, 275]
    gaps = [
        reference.sequence for reference in found(CORPUS["mediapackage"]) if reference.thing is Thing.SEGMENT
    ]
    assert gaps == [2810142, 2810143, 2810144, 2810145]


@pytest.mark.parametrize(
    ("name", "things"),
    [
        ("apple-multivariant", "dppppppp"),
        ("apple-iframes", "mss"),
        ("shaka-packager", "mss"),
        ("ffmpeg-aes", "ksskss"),
        ("site", "ksss"),
        ("neither", "ss"),
        ("lone-cr", "ss"),
        ("mediapackage", "spsss"),
    ],
)
def test_each_address_is_known_for_what_it_is(name: str, things: str) -> None:
    """From the tags around it; DRM's stay with the player."""
    assert "".join(reference.thing for reference in found(CORPUS[name])) == things


def test_an_address_of_another_protocol_is_no_less_hidden() -> None:
    """It can't be served, but for keys it is a DRM system's own."""
    text = '#EXTM3U\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://k"\n#EXTINF:1,\nrtmp://h.example/a\n'
    assert write(rewrite(parse(text), BASE, Numbered())) == text.replace("rtmp://h.example/a", "/sealed/1")


def test_backups_of_a_rendition_have_names_of_their_own() -> None:
    """6.2.4: they say the same of themselves, and are not the same playlist."""
    names = [reference.rendition for reference in found(CORPUS["apple-multivariant"]) if reference.rendition]
    assert len(names) == len(set(names))
    assert names[-1] == f"{names[-2]}.1"


def test_what_is_nested_in_an_interstitial_is_named_below_it() -> None:
    """Its variants may say the same of themselves as the channel's."""
    text = CORPUS["apple-multivariant"]
    assert all(
        reference.rendition == f"x1.{plain.rendition}"
        for reference, plain in zip(found(text, Context(within="x1")), found(text), strict=True)
        if reference.rendition
    )


def test_a_rendition_report_names_the_rendition_that_the_multivariant_playlist_did() -> None:
    """Where it is known: players look for the very address that they were given."""
    context = Context(renditions={"https://origin.example/1M/waitForMSN.php": "v1"})
    names = [reference.rendition for reference in found(CORPUS["apple-low-latency"], context)][-2:]
    assert names[0] == "v1"
    assert names[1].startswith("r")


def test_a_hint_has_the_address_of_the_part_that_it_announces() -> None:
    """4.4.5.3: number, part and range are the same."""
    text = CORPUS["apple-low-latency-ranges"]
    hint = found(text)[-1]
    later = text.replace("#EXT-X-PRELOAD-HINT:TYPE=PART", "#EXT-X-PART:DURATION=1")
    later = later.replace("BYTERANGE-START=21000,BYTERANGE-LENGTH=22000", 'BYTERANGE="22000"')
    assert found(later)[-1] == hint
    assert (hint.sequence, hint.part, hint.span) == (14, 1, "21000-22000")


@pytest.mark.parametrize("end", ["", ",BYTERANGE-START=0", ",BYTERANGE-START=21000"])
def test_a_hint_without_an_end_is_left_out_where_parts_are_ranges(end: str) -> None:
    """No ticket could be the part's, since nobody knows the part's range."""
    text = CORPUS["apple-low-latency-ranges"].replace(",BYTERANGE-START=21000,BYTERANGE-LENGTH=22000", end)
    assert "PRELOAD-HINT" not in write(rewrite(parse(text), BASE, Numbered()))


@pytest.mark.parametrize(
    ("name", "nature"),
    [
        ("apple-multivariant", Nature.MULTIVARIANT),
        ("wowza-multivariant-crlf", Nature.MULTIVARIANT),
        ("defines", Nature.MULTIVARIANT),
        ("neither", Nature.NEITHER),
        ("usp", Nature.MEDIA),
        ("apple-delta", Nature.MEDIA),
    ],
)
def test_a_list_is_what_its_tags_say(name: str, nature: Nature) -> None:
    """4.1."""
    assert parse(CORPUS[name]).nature is nature


def test_missing_quotes_are_put_in() -> None:
    """And blanks around an address go."""
    text = "#EXTM3U\n#EXT-X-KEY: method=AES-128, uri=https://k.example/k?a=1 ,IV=0x01\n#EXTINF:1,\n a.ts  \n"
    assert write(rewrite(parse(text), BASE, lambda _: "/s")) == (
        '#EXTM3U\n#EXT-X-KEY: method=AES-128, uri="/s" ,IV=0x01\n#EXTINF:1,\n/s\n'
    )


def test_every_double_of_an_address_is_replaced() -> None:
    """The last counts for players; the first would still be read by whoever looks."""
    text = '#EXT-X-KEY:METHOD=AES-128,URI="http://a.example/",URI="http://b.example/"'
    seal = Numbered()
    assert (
        write(rewrite(parse(text), BASE, seal)) == '#EXT-X-KEY:METHOD=AES-128,URI="/sealed/1",URI="/sealed/1"'
    )
    assert [reference.address for reference in seal.seen] == ["http://b.example/"]


@pytest.mark.parametrize(
    "line",
    [
        "#EXT-X-BYTERANGE:abc",
        "#EXT-X-SKIP:SKIPPED-SEGMENTS=x",
        "#EXT-X-MEDIA-SEQUENCE:" + "9" * 5000,
        "#EXT-X-RENDITION-REPORT:LAST-MSN=1",
        '#EXT-X-PART:URI="p",BYTERANGE="@"',
        "#EXT-X-KEY",
        "#EXT-X-KEY:",
        "#EXT-X-DEFINE:",
    ],
)
def test_nonsense_in_a_tag_breaks_nothing(line: str) -> None:
    """It is left for the player to judge."""
    text = f"#EXTM3U\n{line}\n#EXTINF:1,\na.ts\n"
    assert found(text)[-1].address == "https://origin.example/live/a.ts"
