"""Lists as they are found in the wild load whole."""

import contextlib
import os
from itertools import pairwise
from pathlib import Path

import pytest
from catalog.errors import SourceUnreadable
from catalog.sources.base import Reading, SourceChannel
from catalog.sources.m3u import kind_of, parse
from catalog.sources.spec import SourceSpec
from catalog.sources.text import decode
from contracts.channel import StreamKind
from hypothesis import given
from hypothesis import strategies as st

SPEC = SourceSpec(kind="m3u", name="list", url="http://list.example/list.m3u")
QUIRKS = (Path(__file__).parents[2] / "data" / "catalog" / "quirks.m3u").read_bytes()
REAL = sorted(Path(os.environ.get("IPTV_REAL_LISTS", "/nonexistent")).glob("*.m3u*"))


def read(body: bytes) -> Reading:
    return parse(decode(body), SPEC, base=SPEC.url)


@pytest.fixture(scope="module")
def quirks() -> list[SourceChannel]:
    return list(read(QUIRKS).channels)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(QUIRKS, id="as it is"),
        pytest.param(b"\xef\xbb\xbf" + QUIRKS, id="byte order mark"),
        pytest.param(QUIRKS.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(QUIRKS.partition(b"\n")[2], id="no header"),
        pytest.param(QUIRKS.decode().encode("utf-16"), id="UTF-16"),
        pytest.param(QUIRKS.replace(b"#EXTINF", b"\n  #EXTINF"), id="blank lines and spaces"),
    ],
)
def test_the_envelope_does_not_matter(body: bytes, quirks: list[SourceChannel]) -> None:
    assert list(read(body).channels) == quirks


def test_names_groups_logos_and_numbers_are_right(quirks: list[SourceChannel]) -> None:
    found = [(channel.name, channel.group, channel.logo, channel.number) for channel in quirks]
    assert found == [
        ("One Ⓖ", "Germany", "http://logo.example/one.png", 7),
        ("One Ⓖ", "Germany", None, None),
        ("One HD", "Germany", None, None),
        ('Talk, and "more" talk', "News, Talk", None, None),
        ("Quoted", 'Quo"ted', "http://logo.example/q.png", None),
        ("No attributes", "Plain", None, None),
        ("Radio Bare", "Radio", None, None),
        ("Kodi", "", None, None),
        ("From its attribute", "", None, None),
    ]


def test_kinds_are_told_by_the_address(quirks: list[SourceChannel]) -> None:
    kinds = [channel.streams[0].kind.value for channel in quirks]
    assert kinds == ["hls", "hls", "hls", "dash", "hls", "ts", "ts", "dash", "ts"]


def test_headers_come_from_every_place_that_names_them(quirks: list[SourceChannel]) -> None:
    by_name = {channel.name: channel.streams[0] for channel in quirks}
    assert by_name["Quoted"].headers == {"User-Agent": "Mozilla/5.0", "Referer": "http://a.example/"}
    assert by_name["Quoted"].address == "http://a.example/quoted.m3u8?token=a,b"
    assert by_name["Radio Bare"].headers == {"User-Agent": "VLC/3.0", "Referer": "http://r.example/"}
    assert by_name["Kodi"].headers == {"Origin": "http://o.example", "Cookie": "a=b"}


def test_what_cannot_be_opened_is_reported() -> None:
    assert read(QUIRKS).unread == ("Tuner: an address that is not http",)


@pytest.mark.parametrize(
    ("address", "names", "unread"),
    [
        ("http://[bad/x", ["Channel"], ()),
        ("//[bad/x", [], ("Channel: an address that is not http",)),
    ],
)
def test_an_address_that_is_none_has_no_name_to_give(
    address: str, names: list[str], unread: tuple[str, ...]
) -> None:
    """An entry without a name is called by its address; where that can't be taken apart, the list goes on."""
    reading = read(f"#EXTINF:-1,\n{address}\n".encode())
    assert ([channel.name for channel in reading.channels], reading.unread) == (names, unread)


def test_groups_are_kept_and_renamed_as_told() -> None:
    spec = SPEC.model_copy(update={"include": ("germany", "Radio"), "rename": {"Germany": "DE"}})
    channels = parse(QUIRKS.decode(), spec).channels
    assert [channel.group for channel in channels] == ["DE", "DE", "DE", "Radio"]


@pytest.mark.parametrize(
    "text",
    ["#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\na.ts", " <!doctype html><p>Checking your browser"],
    ids=["an HLS playlist", "a challenge page"],
)
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(SourceUnreadable):
        parse(text, SPEC)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("http://h/a.m3u8?x=.mpd", StreamKind.HLS),
        ("http://h/a.MPD", StreamKind.DASH),
        ("http://h/live/user/pass/12", StreamKind.TS),
        ("http://h/udp/239.0.0.1:5000", StreamKind.TS),
        ("http://h/a.php?id=1", StreamKind.HLS),
    ],
)
def test_kind_of_an_address(address: str, kind: StreamKind) -> None:
    assert kind_of(address) is kind


@pytest.mark.skipif(not REAL, reason="IPTV_REAL_LISTS names no folder of lists")
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_real_lists_load_whole(path: Path) -> None:
    """Every `#EXTINF` with an address under it is a channel, with what its line says."""
    lines = decode(path.read_bytes()).splitlines()
    told = [line for line, after in pairwise(lines) if line.startswith("#EXTINF") and "://" in after]
    reading = read(path.read_bytes())
    assert [channel.name for channel in reading.channels] == [
        line.rpartition('",')[2].strip() for line in told
    ]
    assert all(f'group-title="{c.group}"' in line for c, line in zip(reading.channels, told, strict=True))
    assert all(c.logo and f'{c.logo}" tvg-id' in line for c, line in zip(reading.channels, told, strict=True))
    assert reading.unread == ()


WORD = st.text(st.characters(exclude_characters='"\n\r,', exclude_categories=("Cc", "Cs")), max_size=20).map(
    lambda text: " ".join(text.split())
)


@given(st.text(max_size=400))
def test_no_text_breaks_the_parser(text: str) -> None:
    with contextlib.suppress(SourceUnreadable):
        parse(text, SPEC)


@given(tvg_id=WORD, group=WORD, name=WORD.filter(bool), number=st.integers(1, 9999))
def test_what_is_written_is_read(tvg_id: str, group: str, name: str, number: int) -> None:
    text = (
        f'#EXTINF:-1 tvg-id="{tvg_id}" tvg-chno="{number}" group-title="{group}",{name}, {name}\nhttp://h/x'
    )
    (channel,) = parse(text, SPEC).channels
    assert (channel.tvg_id or "", channel.group, channel.name) == (tvg_id, group, f"{name}, {name}")
    assert channel.number == number


def test_headers_nested_without_end_are_left_out() -> None:
    """A line of brackets is no reason to lose the list."""
    body = f"#EXTM3U\n#EXTINF:-1,One\n#EXTHTTP:{'[' * 100_000}\nhttp://a.example/1.m3u8\n".encode()
    (channel,) = read(body).channels
    assert channel.streams[0].headers == {}
