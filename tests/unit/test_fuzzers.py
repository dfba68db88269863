"""What strangers send, by the thousand: each reader ends soon, with a record or with its own error."""

import contextlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from catalog.errors import SourceError
from catalog.sources import daddylive, ics, m3u, xmltv, xtream
from catalog.sources.spec import SourceSpec
from chassis.access import enter, take_prefix
from chassis.guard import allowed, literal
from chassis.tokens import Tokens
from hypothesis import given, settings
from hypothesis import strategies as st
from realtime.errors import RealtimeError
from realtime.requests import Channels, NoRequest, Resume, Search
from realtime.requests import parse as parse_request
from realtime.sockets import Packet
from streamer import manifest, pages
from streamer.bodies import read_range
from streamer.errors import StreamerError
from streamer.playlist import directives
from streamer.playlist.grammar import parse, write
from streamer.playlist.rewrite import rewrite
from streamer.tickets import Tickets

NOW = datetime(2030, 1, 1, tzinfo=UTC)
ALL = xmltv.Span(0, 2**40)
MOST_S = 2.0
"""For one document of the sizes below, on a busy machine."""

WORDS = st.sampled_from(
    ["#EXTM3U", "#EXTINF:-1 ", "#EXTINF:6,", "#EXT-X-KEY:", "#EXT-X-MAP:", "#EXT-X-MEDIA-SEQUENCE:", "URI=", '"',  # noqa: E501
     "#EXT-X-DEFINE:NAME=", "{$a}", "#EXT-X-BYTERANGE:", "9" * 50, "-1", "http://", "[::", "tvg-id=", ",", "=", "\n",  # noqa: E501
     "\r", "@", "#EXTVLCOPT:", "|User-Agent=", "%", "\x00", "\ufeff", "BEGIN:VEVENT", "RRULE:FREQ=SECONDLY;COUNT=",  # noqa: E501
     "DTSTART:", "<tv>", "<programme start=", "<!DOCTYPE", "<!ENTITY", "&a;", "]]>", "<![CDATA[", "<MPD", "$Number$",  # noqa: E501
     "<SegmentTemplate media=", "</", ">", "<iframe src=", '"source":', "{", "}", "[", "]", "null", "1e999", "\ud800"]  # noqa: E501
)  # fmt: skip
TEXT = st.lists(st.one_of(WORDS, st.text(max_size=12)), max_size=60).map("".join)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(
            st.one_of(st.text(max_size=8), st.sampled_from(["time", "event", "channels", "name", "url"])),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=30,
)


def spec(kind: str) -> SourceSpec:
    return SourceSpec(kind=kind, name="x", url="http://source.example/get.php?username=a&password=b")


@contextlib.contextmanager
def soon(most_s: float = MOST_S) -> Iterator[None]:
    began = time.process_time()
    yield
    assert time.process_time() - began < most_s


def guide(text: str) -> None:
    reader = xmltv.Reader("x", ALL, find=lambda *_: None, wants=lambda _: True, keep=lambda *_: None)
    data = text.encode("utf-8", "surrogatepass")
    for at in range(0, len(data), 4096):
        reader.feed(data[at : at + 4096])
    reader.close()


def dash(text: str) -> None:
    with contextlib.suppress(ValueError):  # what the reader turns into its own error
        manifest.rewrite(text, "http://source.example/a.mpd", lambda _: "sealed")


def hls(text: str) -> None:
    playlist = parse(text)
    write(playlist)
    with contextlib.suppress(ValueError):
        rewrite(playlist, "http://source.example/a.m3u8", lambda _: "/content/x.ts")


READERS: dict[str, Callable[[str], object]] = {
    "m3u": lambda text: m3u.parse(text, spec("m3u")),
    "xmltv": guide,
    "hls": hls,
    "mpd": dash,
    "schedule": lambda text: daddylive.parse_schedule(text, "x"),
    "channel page": lambda text: daddylive.parse_page(text, "x"),
    "stream page": lambda text: pages.read(text, "http://source.example/"),
    "calendar": lambda text: ics.parse(text, spec("ics"), NOW),
    "query string": lambda text: directives.read({"_HLS_msn": text, "_HLS_part": text, "_HLS_skip": text}),
    "range": lambda text: read_range(text, 1000),
    "host": lambda text: (found := literal(text)) is None or allowed(found, private=False),
    "ticket": Tickets("secret").open,
}


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=60, deadline=None)
@given(text=TEXT)
def test_any_text_ends_in_a_record_or_an_error_of_ours(name: str, text: str) -> None:
    with soon(), contextlib.suppress(SourceError, StreamerError):
        READERS[name](text)


JSON_READERS: dict[str, Callable[[Any], object]] = {
    "schedule": lambda said: daddylive.parse_schedule(orjson.dumps(said).decode(), "x"),
    "channels": lambda said: daddylive.parse_json(orjson.dumps(said).decode(), "x"),
    "panel account": lambda said: xtream.account_of(said, "x"),
    "panel groups": xtream.groups_of,
}


@pytest.mark.parametrize("name", JSON_READERS)
@settings(max_examples=60, deadline=None)
@given(said=JSON)
def test_any_json_ends_in_a_record_or_an_error_of_ours(name: str, said: Any) -> None:
    try:
        said = orjson.loads(orjson.dumps(said))
    except TypeError:
        return
    with soon(), contextlib.suppress(SourceError):
        JSON_READERS[name](said)


@settings(max_examples=60, deadline=None)
@given(arguments=st.lists(JSON, max_size=3).map(tuple))
@pytest.mark.parametrize("model", [Channels, Search, Resume, NoRequest])
def test_any_socket_request_is_read_or_refused(model: Any, arguments: tuple[Any, ...]) -> None:
    with soon(), contextlib.suppress(RealtimeError):
        parse_request(model, arguments)


@settings(max_examples=100, deadline=None)
@given(text=st.one_of(TEXT, st.from_regex(r"[0-9]{1,3}(-|/_event,)?[0-9]{0,30}.*", fullmatch=False)))
def test_any_packet_is_decoded_or_marked(text: str) -> None:
    with soon():
        Packet(encoded_packet=text or "2")


@settings(max_examples=100, deadline=None)
@given(path=st.binary(max_size=60), query=st.binary(max_size=60), cookie=st.binary(max_size=40))
def test_any_request_is_looked_through_for_tokens(path: bytes, query: bytes, cookie: bytes) -> None:
    scope: dict[str, Any] = {
        "type": "http",
        "path": "/t/" + path.decode("latin-1"),
        "raw_path": b"/t/" + path,
        "query_string": b"token=" + query,
        "headers": [(b"cookie", b"iptv_token=" + cookie), (b"authorization", b"Bearer " + cookie)],
    }
    take_prefix(scope)
    assert enter(Tokens([("a", "no such secret can be guessed")]), scope) is None


LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
QUADRATIC = f'<!ENTITY a "{"x" * 50_000}">'
ATTRIBUTES = " ".join(f'a{n}="x"' for n in range(50_000))
BOMBS = {
    "billion laughs": f'<!DOCTYPE t [<!ENTITY a0 "ha">{LAUGHS}]><%s>&a11;</%s>',
    "quadratic": f"<!DOCTYPE t [{QUADRATIC}]><%s>{'&a;' * 50_000}</%s>",
    "an external entity": '<!DOCTYPE t [<!ENTITY a SYSTEM "file:///etc/passwd">]><%s>&a;</%s>',
    "an external document type": '<!DOCTYPE t SYSTEM "http://127.0.0.1:1/x.dtd"><%s></%s>',
    "a parameter entity": '<!DOCTYPE t [<!ENTITY %% a SYSTEM "file:///etc/passwd"> %%a;]><%s></%s>',
    "depth": f"<%s>{'<a>' * 100_000}</%s>",
    "closed depth": f"<%s>{'<a>' * 20_000}{'</a>' * 20_000}</%s>",
    "attributes": f"<%s {ATTRIBUTES}></%s>",
    "a long name": f"<%s><{'a' * 1_000_000}/></%s>",
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize("kind", ["tv", "MPD"])
def test_no_document_fills_the_memory_or_reads_a_file(name: str, kind: str) -> None:
    """It is refused, or nothing comes of it: no text of the file, no text that was never sent."""
    text, kept = BOMBS[name] % (kind, kind), []
    with soon(10.0):
        if kind == "tv":
            with contextlib.suppress(SourceError):
                guide(text)
        else:
            with contextlib.suppress(ValueError):
                kept.append(manifest.rewrite(text, "http://source.example/", lambda _: "x").content)
    assert all(b"root:" not in one and len(one) < 20 * len(text) + 100_000 for one in kept)


def test_a_template_is_not_written_without_end() -> None:
    """A large one of many representations would be copied into each."""
    template = "<SegmentTemplate media='a$Number$.m4s'>" + "<S/>" * 5_000 + "</SegmentTemplate>"
    representations = "<Representation><BaseURL>a/</BaseURL></Representation>" * 5_000
    text = f"<MPD><Period><AdaptationSet><BaseURL>b/</BaseURL>{template}{representations}</AdaptationSet></Period></MPD>"  # noqa: E501
    with soon(10.0), pytest.raises(ValueError, match="too many"):
        manifest.rewrite(text, "http://source.example/", lambda _: "x")
