"""Panels and tuners, as loosely as they answer."""

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from catalog.errors import SourceError, SourceUnreadable
from catalog.sources import hdhomerun, xtream
from catalog.sources.base import json_of
from catalog.sources.spec import SourceSpec
from contracts.channel import StreamKind
from hypothesis import given
from hypothesis import strategies as st

PANEL = SourceSpec(kind="xtream", name="panel", url="http://me:p%40ss@h:8080")
TUNER = SourceSpec(kind="hdhomerun", name="tuner", url="http://t.lan")
NOW = datetime(2025, 9, 30, tzinfo=UTC)
HLS = xtream.Account(StreamKind.HLS, "m3u8", 3)
ONE = {"name": " One  HD ", "stream_id": "7", "num": "3", "category_id": 1, "epg_channel_id": "one.uk"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["user_info", "auth", "status", "name", "stream_id", "num", "category_id", "GuideNumber", "URL",
             "GuideName", "DRM", "TunerCount", "exp_date", "allowed_output_formats", "max_connections"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"url": "http://me:p%40ss@h:8080/"}, id="before the host"),
        pytest.param({"url": "http://h:8080", "username": "me", "password": "p@ss"}, id="apart"),
        pytest.param({"url": "http://h:8080/get.php?username=me&password=p%40ss&type=m3u"}, id="get.php"),
        pytest.param(
            {"url": "http://h:8080/player_api.php?password=p%40ss&username=me"}, id="player_api.php"
        ),
    ],
)
def test_the_login_is_found_wherever_it_is_said(said: dict[str, Any]) -> None:
    login = xtream.Login.of(SourceSpec(kind="xtream", name="panel", **said))
    assert login == xtream.Login("http://h:8080", "me", "p@ss")
    assert login.stream(7, "ts") == "http://h:8080/live/me/p%40ss/7.ts"
    assert login.address("/player_api.php") == "http://h:8080/player_api.php?username=me&password=p%40ss"


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        ({"auth": 0}, "the login is wrong"),
        ({"auth": "0"}, "the login is wrong"),
        ({"auth": 1, "status": "Banned"}, "the account is banned"),
        ({"auth": 1, "status": "Expired"}, "the account is expired"),
        ({"auth": 1, "status": "Active", "exp_date": "1500000000"}, "the account is expired"),
    ],
)
def test_who_is_not_let_in_is_told_why(user: dict[str, Any], reason: str) -> None:
    with pytest.raises(SourceError, match=reason):
        xtream.account_of({"user_info": user}, "panel", NOW)


@pytest.mark.parametrize(
    ("formats", "kind", "extension"),
    [
        (["m3u8", "ts"], StreamKind.HLS, "m3u8"),
        (["ts", "rtmp"], StreamKind.TS, "ts"),
        ({"0": "ts"}, StreamKind.TS, "ts"),
        ([], StreamKind.HLS, "m3u8"),
        (None, StreamKind.HLS, "m3u8"),
    ],
)
def test_streams_are_of_a_format_that_is_allowed(formats: Any, kind: StreamKind, extension: str) -> None:
    user = {"auth": 1, "allowed_output_formats": formats, "max_connections": "2"}
    assert xtream.account_of({"user_info": user}, "panel") == xtream.Account(kind, extension, 2)


@pytest.mark.parametrize("items", [[ONE], {"0": ONE}], ids=["a list", "an object"])
def test_a_stream_is_a_channel(items: Any) -> None:
    (found,) = xtream.parse(items, PANEL, HLS, {"1": "UK"}, private=False).channels
    (stream,) = found.streams
    assert (found.name, found.native_id, found.number, found.group) == ("One HD", "7", 3, "UK")
    assert (found.tvg_id, stream.address) == ("one.uk", "http://h:8080/live/me/p%40ss/7.m3u8")
    assert stream.max_connections == 3


def test_the_operators_word_on_connections_counts() -> None:
    spec = PANEL.model_copy(update={"max_connections": 1})
    (found,) = xtream.parse([ONE], spec, HLS, {}).channels
    assert found.streams[0].max_connections == 1


def test_entries_without_an_id_are_reported() -> None:
    reading = xtream.parse([ONE, {"name": "### UK ###"}, 5], PANEL, HLS, {})
    assert reading.unread == ("### UK ###: no stream_id, or no name", "a stream: no stream_id, or no name")


@pytest.mark.parametrize("content", [[], {}, {"user_info": {"auth": 0}}, [{"name": "x"}], None])
def test_a_list_without_streams_is_refused(content: Any) -> None:
    with pytest.raises(SourceUnreadable, match="expected"):
        xtream.parse(content, PANEL, HLS, {})


LINEUP = [
    {"GuideNumber": "5.1", "GuideName": "Five", "URL": "http://t.lan:5004/auto/v5.1"},
    {"GuideNumber": "7", "GuideName": "Seven", "URL": "/auto/v7"},
    {"GuideNumber": "8", "GuideName": "Listed", "URL": "http://t.lan/8.m3u8"},
    {"GuideNumber": "9", "GuideName": "Locked", "URL": "http://t.lan:5004/auto/v9", "DRM": 1},
    {"GuideNumber": "10", "GuideName": "Nowhere"},
]


def test_a_line_up_is_channels() -> None:
    reading = hdhomerun.parse(LINEUP, TUNER, tuners=2, base="http://t.lan/lineup.json", private=True)
    found = [
        (c.name, c.native_id, c.number, c.streams[0].address, c.streams[0].kind.value)
        for c in reading.channels
    ]
    assert found == [
        ("Five", "5.1", None, "http://t.lan:5004/auto/v5.1", "ts"),
        ("Seven", "7", 7, "http://t.lan/auto/v7", "ts"),
        ("Listed", "8", 8, "http://t.lan/8.m3u8", "hls"),
    ]
    (stream,) = reading.channels[0].streams
    assert (stream.allow_private, stream.socks5, stream.max_connections) == (True, None, 2)
    assert reading.unread == ("Locked: it is under DRM", "Nowhere: no GuideNumber, or no URL that is http")


@pytest.mark.parametrize(
    ("told", "read"),
    [
        (r"A \ud83d", "A ?"),
        (r"A \ude00 B", "A ? B"),
        (r"\ud83d\ud83d\ude00", "?😀"),
        (r"A \ud83d\ude00", "A 😀"),
        (r"A \\ud83d", r"A \ud83d"),
    ],
)
def test_half_a_letter_costs_nothing_but_itself(told: str, read: str) -> None:
    """Names are cut in the middle of an emoji; what is left of it no text in UTF-8 can hold."""
    assert json_of("tuner", f'[{{"GuideName": "{told}"}}]') == [{"GuideName": read}]


@pytest.mark.parametrize("content", [{}, [], [5], [{"GuideName": "x"}]], ids=str)
def test_what_is_no_line_up_is_refused(content: Any) -> None:
    with pytest.raises(SourceUnreadable, match="expected"):
        hdhomerun.parse(content, TUNER)


@given(JSON)
def test_no_json_breaks_the_parsers(content: Any) -> None:
    for parse in (
        lambda: xtream.account_of(content, "panel"),
        lambda: xtream.parse(content, PANEL, HLS, xtream.groups_of(content)),
        lambda: hdhomerun.parse(content, TUNER, base="http://t.lan/"),
    ):
        with contextlib.suppress(SourceError):
            parse()
    json.dumps(content)
