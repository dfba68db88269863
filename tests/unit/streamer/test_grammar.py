import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamer.playlist.grammar import is_playlist, parse, write
from streamer.playlist.rewrite import Reference, rewrite
from streamer.tickets import Thing
from support import hls

BASE = "https://cdn.example/live/list.m3u8?sig=1"

CORPUS = {
    "media": "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:7\n"
    "#EXTINF:4,\na.ts\n#EXTINF:4,\nb.ts\n",
    "crlf": "#EXTM3U\r\n#EXT-X-TARGETDURATION:4\r\n#EXTINF:4,\r\na.ts\r\n",
    "no newline at the end": "#EXTM3U\n#EXTINF:4,\na.ts",
    "title with odd characters": "#EXTM3U\n#EXTINF:4,News\u2028at \x0bten\na.ts\n",
    "key and map": '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="k?a=1&b=2",IV=0x1F\n'
    '#EXT-X-MAP:URI="i.mp4"\na.m4s\n',
    "comments and blanks": "#EXTM3U\n\n# a comment\n#EXTINF:4,\n\na.ts\n",
    "multivariant": '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="En",URI="a.m3u8"\n'
    '#EXT-X-STREAM-INF:BANDWIDTH=1,CODECS="avc1,mp4a",AUDIO="a"\nv.m3u8\n',
    "unknown tags": "#EXTM3U\n#EXT-X-NEW:URI-LIKE=1\n#EXTINF:4,\na.ts\n",
}


WHOLE = {**CORPUS, **hls.CORPUS}


def found(text: str, base: str = BASE) -> list[Reference]:
    seen: list[Reference] = []
    rewrite(parse(text), base, seen.append)
    return seen


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_what_is_read_is_written_back(text: str) -> None:
    """Byte for byte, but for a byte order mark."""
    assert write(parse(text)) == text.removeprefix("\ufeff")


@given(hls.careless())
def test_untidy_lists_are_written_back(text: str) -> None:
    """Byte for byte."""
    assert write(parse(text)) == text


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_no_address_gets_into_logs(text: str) -> None:
    """A playlist's repr, and its lines', name tags only."""
    assert "example" not in repr(parse(text))


def test_a_lone_carriage_return_ends_a_line() -> None:
    """That is how libavformat and players in browsers read it."""
    assert [line.text for line in parse(hls.CORPUS["lone-cr"]).lines if line.is_uri] == ["one.ts", "two.ts"]


def test_large_numbers_stay_exact() -> None:
    """Sources that count in nanoseconds go beyond what a float holds."""
    playlist = parse("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:9007199254740993\na.ts\n")
    assert (playlist.media_sequence, playlist.next_sequence) == (9007199254740993, 9007199254740994)


@given(st.text())
def test_any_text_survives(text: str) -> None:
    """Whatever it is, but for a byte order mark, nothing gets lost."""
    assert write(parse(text)) == text.removeprefix("\ufeff")


@given(st.lists(st.sampled_from([line for text in CORPUS.values() for line in text.split("\n")])))
def test_leaving_every_address_changes_nothing(lines: list[str]) -> None:
    """In any order of lines, a rewrite that declines gives the playlist back."""
    text = "\n".join(lines)
    assert write(rewrite(parse(text), BASE, lambda _: None)) == text


def test_a_byte_order_mark_is_not_passed_on() -> None:
    """It breaks ffmpeg, PyAV and streamlink."""
    text = "\ufeff#EXTM3U\n"
    assert is_playlist(text)
    assert write(parse(text)) == "#EXTM3U\n"


@pytest.mark.parametrize(
    "text", ["", "<html>", "#EXTINF:4,\na.ts\n", "404"], ids=["empty", "page", "no head", "text"]
)
def test_what_is_no_playlist_is_told_apart(text: str) -> None:
    """By its first line."""
    assert not is_playlist(text)


def test_segments_are_numbered_from_the_media_sequence() -> None:
    """Each address with its number, resolved against where the playlist came from."""
    assert [(ref.sequence, ref.address) for ref in found(CORPUS["media"])] == [
        (7, "https://cdn.example/live/a.ts"),
        (8, "https://cdn.example/live/b.ts"),
    ]


def test_each_address_is_known_for_what_it_is() -> None:
    """From the tag around it."""
    assert [ref.thing for ref in found(CORPUS["key and map"])] == [Thing.KEY, Thing.MAP, Thing.SEGMENT]
    assert [ref.thing for ref in found(CORPUS["multivariant"])] == [Thing.PLAYLIST, Thing.PLAYLIST]


def test_queries_stay_as_they_are() -> None:
    """Not a byte of a signature is tidied up."""
    text = "#EXTM3U\n#EXTINF:1,\nhttps://b.example/a%2Fb.ts?x=%2f+%20&&y==\n"
    assert found(text)[0].address == "https://b.example/a%2Fb.ts?x=%2f+%20&&y=="


@pytest.mark.parametrize("uri", ["data:text/plain;base64,AA==", "skd://key", "urn:uuid:1"])
def test_addresses_that_no_proxy_can_fetch_are_left_alone(uri: str) -> None:
    """DRM and data stay with the player."""
    assert found(f'#EXTM3U\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI="{uri}"\n') == []


def test_byte_ranges_go_on_where_the_last_one_ended() -> None:
    """4.4.4.2: an offset that is not said follows."""
    text = "#EXTM3U\n#EXT-X-BYTERANGE:100@50\na.ts\n#EXT-X-BYTERANGE:60\na.ts\na.ts\n"
    assert [ref.span for ref in found(text)] == ["50-100", "150-60", ""]


def test_parts_belong_to_the_segment_to_come() -> None:
    """Numbered within it; a hint is the next of them."""
    text = (
        '#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:5\n#EXT-X-PART:DURATION=1,URI="5.0"\n#EXT-X-PART:DURATION=1,URI="5.1"\n'
        '#EXTINF:2,\n5.ts\n#EXT-X-PART:DURATION=1,URI="6.0"\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI="6.1"\n'
    )
    assert [(ref.sequence, ref.part) for ref in found(text)] == [(5, 0), (5, 1), (5, -1), (6, 0), (6, 1)]


def test_variables_are_filled_in() -> None:
    """4.4.2.3."""
    text = '#EXTM3U\n#EXT-X-DEFINE:NAME="host",VALUE="c.example"\n#EXTINF:1,\nhttps://{$host}/a.ts\n'
    assert found(text)[0].address == "https://c.example/a.ts"


def test_a_rendition_is_known_by_what_it_is_not_by_its_address() -> None:
    """So that it is found again when the address has expired."""
    lines = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{}\n#EXT-X-STREAM-INF:BANDWIDTH=2\n{}\n"
    one, two = found(lines.format("a?1", "b?1")), found(lines.format("x?9", "y?9"))
    assert [ref.rendition for ref in one] == [ref.rendition for ref in two]
    assert one[0].rendition != one[1].rendition


def test_an_attribute_is_replaced_and_nothing_beside_it() -> None:
    """A URI inside of another attribute's text stays."""
    line = '#EXT-X-KEY:METHOD=AES-128,KEYFORMAT="URI=x",URI="k",IV=0x1'
    text = write(rewrite(parse(line), BASE, lambda _: "/key/t.key"))
    assert text == '#EXT-X-KEY:METHOD=AES-128,KEYFORMAT="URI=x",URI="/key/t.key",IV=0x1'
