"""HLS playlists, from given times."""

import re
from itertools import pairwise

import pytest
from demo import playlists
from demo.channels import Kind
from demo.live import Slot, Timeline
from demo.playlists import Shape
from hypothesis import given
from hypothesis import strategies as st

TIMELINE = Timeline.cut(60, 4)
JUMPING = Shape(seamless=False)
LOW_LATENCY = Timeline.cut(60, 4)
MOMENTS = st.floats(min_value=1e6, max_value=1e9)


def address(slot: Slot) -> str:
    return f"main/{slot.sequence}.ts"


def number(text: str, tag: str) -> int:
    found = re.search(rf"#{tag}:(\d+)", text)
    assert found is not None
    return int(found[1])


def discontinuities(text: str) -> dict[str, int]:
    """Return every segment's discontinuity sequence number, as RFC 8216, 6.2.1 derives it."""
    current = number(text, "EXT-X-DISCONTINUITY-SEQUENCE")
    numbers = {}
    for line in text.splitlines():
        current += line == "#EXT-X-DISCONTINUITY"
        if not line.startswith("#"):
            numbers[line] = current
    return numbers


def test_a_playlist_reads_like_one() -> None:
    text = playlists.media_playlist(TIMELINE, 600_001, Shape(seconds=12), address)

    assert text.splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        "#EXT-X-TARGETDURATION:4",
        "#EXT-X-MEDIA-SEQUENCE:149997",
        "#EXTINF:4.000,",
        "main/149997.ts",
        "#EXTINF:4.000,",
        "main/149998.ts",
        "#EXTINF:4.000,",
        "main/149999.ts",
    ]


@given(MOMENTS)
def test_a_segment_keeps_its_discontinuity_number_for_life(moment: float) -> None:
    reloads = [
        discontinuities(playlists.media_playlist(TIMELINE, moment + 4 * step, JUMPING, address))
        for step in range(20)
    ]

    for earlier, later in pairwise(reloads):
        assert all(later[segment] == earlier[segment] for segment in later.keys() & earlier.keys())
    assert max(reloads[-1].values()) > min(reloads[0].values())


def test_seamless_channels_have_no_discontinuity() -> None:
    assert "DISCONTINUITY" not in playlists.media_playlist(TIMELINE, 600_001, Shape(), address)


@pytest.mark.parametrize("kind", [Kind.AES_EXPLICIT, Kind.AES_IMPLICIT])
def test_every_segment_has_the_key_of_its_number(kind: Kind) -> None:
    first = TIMELINE.window(600_001, 8)[0].sequence
    tags = playlists.key_tags("53", kind, "http://h", first)

    text = playlists.media_playlist(TIMELINE, 600_001, Shape(), address, tags)

    key = None
    for line in text.splitlines():
        if found := re.search(r"key/(\d+)\.key", line):
            key = int(found[1])
        elif not line.startswith("#"):
            assert key == int(line.removeprefix("main/").removesuffix(".ts")) // playlists.KEY_LASTS
    assert ("IV=0x" in text) == (kind is Kind.AES_EXPLICIT)
    assert 'URI="key/' in text
    assert 'URI="http://h/live/53/key/' in text


def test_an_implicit_initialization_vector_is_the_sequence_number() -> None:
    vector = playlists.initialization_vector("54", Kind.AES_IMPLICIT, 258)

    assert vector == bytes(14) + b"\x01\x02"


def test_byte_ranges_say_size_and_offset() -> None:
    tags = playlists.byte_range_tags(lambda slot: (slot.index * 100, 100))

    text = playlists.media_playlist(TIMELINE, 600_001, Shape(seconds=12), lambda _: "loop.ts", tags)

    assert "#EXT-X-BYTERANGE:100@1400" in text


@given(MOMENTS)
def test_the_hinted_part_is_the_one_after_the_last(moment: float) -> None:
    text = playlists.low_latency(LOW_LATENCY, moment)

    parts = [(int(s), int(p)) for s, p in re.findall(r'EXT-X-PART:.*URI="main/(\d+)\.(\d+)\.m4s"', text)]
    hinted = re.search(r'PRELOAD-HINT:TYPE=PART,URI="main/(\d+)\.(\d+)\.m4s"', text)
    assert hinted is not None
    sequence, part = int(hinted[1]), int(hinted[2])
    assert parts[-1] == ((sequence, part - 1) if part else (sequence - 1, 9))
    assert playlists.published(LOW_LATENCY, sequence, part) == pytest.approx(moment, abs=0.41)


@given(MOMENTS)
def test_what_was_promised_to_a_blocked_reload_is_there_on_time(moment: float) -> None:
    """The playlist at the moment of publication has the part."""
    current = LOW_LATENCY.at(moment)

    for part in range(10):
        text = playlists.low_latency(LOW_LATENCY, playlists.published(LOW_LATENCY, current.sequence, part))
        assert f'URI="main/{current.sequence}.{part}.m4s"' in text


def test_a_delta_update_leaves_out_what_it_says() -> None:
    whole = playlists.low_latency(LOW_LATENCY, 600_001)
    delta = playlists.low_latency(LOW_LATENCY, 600_001, skip=True)

    found = re.search(r"SKIPPED-SEGMENTS=(\d+)", delta)
    assert found is not None
    skipped = int(found[1])
    assert skipped > 0
    assert whole.count("#EXTINF") == delta.count("#EXTINF") + skipped
    assert number(whole, "EXT-X-MEDIA-SEQUENCE") == number(delta, "EXT-X-MEDIA-SEQUENCE")


def test_beyond_the_last_part_is_the_next_segments_first() -> None:
    """RFC 8216bis, 6.2.5.2."""
    assert playlists.published(TIMELINE, 7, 10) == playlists.published(TIMELINE, 8, 0)
