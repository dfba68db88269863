"""What a source gave survives being written down, and bodies are bounded while they are unpacked."""

import gzip
import zlib
from collections.abc import Callable
from typing import Any

import brotli
import orjson
import pytest
from catalog import records
from catalog.sources.base import SourceChannel, SourceStream
from catalog.sources.packing import PIECE, BadPacking, unpacking
from catalog.sources.text import decode, lines
from contracts.channel import Locator, StreamKind
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
STREAMS = st.builds(
    SourceStream,
    source=TEXT,
    address=TEXT,
    kind=st.sampled_from(StreamKind),
    locator=st.sampled_from(Locator),
    headers=st.dictionaries(TEXT, TEXT, max_size=2),
    allow_private=st.booleans(),
    socks5=st.none() | TEXT.filter(bool),
    max_connections=st.none() | st.integers(1, 9),
)
CHANNELS = st.builds(
    SourceChannel,
    source=TEXT,
    native_id=TEXT,
    name=TEXT,
    group=TEXT,
    country=st.none() | TEXT.filter(bool),
    logo=st.none(),
    tvg_id=st.none() | TEXT.filter(bool),
    number=st.none() | st.integers(1, 9),
    radio=st.booleans(),
    streams=st.lists(STREAMS, max_size=2).map(tuple),
)


@given(st.lists(CHANNELS, max_size=4))
def test_what_is_written_is_read(channels: list[SourceChannel]) -> None:
    assert records.load(b"".join(records.dump(channels))) == channels


def test_fields_of_another_writer_are_passed_over() -> None:
    stream = {"source": "s", "address": "a", "new": 3}
    text = orjson.dumps({"source": "s", "native_id": "1", "new": 2, "name": "One", "streams": [stream]})
    (found,) = records.load(text)
    assert found == SourceChannel("s", "1", "One", streams=(SourceStream("s", "a"),))


BODY = b"#EXTM3U\n" * 100_000


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("gzip", lambda body: gzip.compress(body[:9]) + gzip.compress(body[9:])),
        ("deflate", zlib.compress),
        ("deflate", lambda body: zlib.compress(body)[2:-4]),
        ("br", brotli.compress),
        ("identity", bytes),
        ("", bytes),
    ],
    ids=["gzip", "gzip in two members", "deflate", "deflate, bare", "br", "identity", "none"],
)
def test_bodies_are_unpacked_in_bounded_pieces(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    packed, unpacked = pack(BODY), unpacking(encoding)
    pieces = [piece for at in range(0, len(packed), 1000) for piece in unpacked.feed(packed[at : at + 1000])]
    unpacked.end()
    assert b"".join(pieces) == BODY
    assert max(map(len, pieces)) <= 2 * PIECE


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(BODY)[:-9]),
        ("br", brotli.compress(BODY)[:-9]),
        ("br", b"nothing of the kind"),
        ("gzip", b"\x1f\x8bnothing of the kind"),
        ("zstd", b""),
    ],
)
def test_a_body_that_is_not_as_it_says_is_refused(encoding: str, body: bytes) -> None:
    def unpack() -> None:
        unpacked = unpacking(encoding)
        list(unpacked.feed(body))
        unpacked.end()

    with pytest.raises(BadPacking):
        unpack()


@given(st.binary(max_size=60), st.sampled_from(["utf-8", "utf-16", "cp1252"]))
def test_lines_are_those_of_the_text(body: bytes, encoding: str) -> None:
    text = body.decode(encoding, errors="replace")
    written: Any = text.encode(encoding, errors="replace")
    whole = decode(written).replace("\r", "\n").split("\n")
    assert list(lines(written)) == [line for line in whole if line]
