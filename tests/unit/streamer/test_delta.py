import pytest
from hypothesis import example, given
from streamer.playlist import tags
from streamer.playlist.delta import delta
from streamer.playlist.grammar import Line, Playlist, parse, write
from streamer.playlist.segments import Segment, divide
from support import hls
from support.hls import CORPUS

FULL = parse(CORPUS["apple-low-latency"].replace("CAN-SKIP-UNTIL=24.0", "CAN-SKIP-UNTIL=12.0"))


def merged(old: Playlist, update: Playlist) -> tuple[Segment, ...]:
    """Return what a player has after an update: 6.3.7."""
    known = {segment.sequence: segment for segment in divide(old).segments}
    first = update.media_sequence
    return (*(known[first + at] for at in range(update.skipped)), *divide(update).segments)


def meaning(segments: tuple[Segment, ...]) -> list[tuple[object, ...]]:
    """Return each segment with all that applies to it, wherever that was said, and the map with its keys."""
    keys: dict[str, str] = {}
    map_: tuple[object, ...] = ()
    rate = ""
    found: list[tuple[object, ...]] = []
    for segment in segments:
        own: list[str] = []
        for line in segment.lines:
            if line.name == "EXT-X-KEY":
                keys = {} if "METHOD=NONE" in line.value else {**keys, form(line): line.text}
            elif line.name == "EXT-X-MAP":
                map_ = line.text, keys
            elif line.name == "EXT-X-BITRATE":
                rate = line.text
            elif line.name in tags.SEGMENT:
                own.append(line.text)
        found.append((segment.sequence, segment.uri, keys, map_, rate, own))
    return found


def form(line: Line) -> str:
    """Return a key's format: one of each is in force."""
    return line.attributes().get("KEYFORMAT", "identity")


NAMED_ALIKE = """#EXTM3U
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3,CAN-SKIP-UNTIL=24
#EXT-X-PART-INF:PART-TARGET=1
#EXT-X-MAP:URI="s0.mp4"
#EXTINF:4,
s0.ts
#EXT-X-KEY:METHOD=AES-128,URI="s0.key"
#EXTINF:4,
s0.ts
#EXTINF:4,
s0.ts
#EXTINF:4,
s0.ts
#EXT-X-KEY:METHOD=AES-128,URI="s1.key"
#EXTINF:4,
s0.ts
"""
"""A map that is not encrypted, and a key after it."""


@given(hls.media(low_latency=True, least=4))
@example(NAMED_ALIKE)
def test_a_player_has_the_same_list_after_an_update(text: str) -> None:
    """Whatever was left out, it had: also one that reads the update with nothing in force."""
    full = parse(text.replace("CAN-SKIP-UNTIL=24", "CAN-SKIP-UNTIL=8"))
    update = delta(full, "YES")
    means = meaning(divide(full).segments)
    assert meaning(merged(full, update)) == means
    assert meaning(divide(update).segments) == means[update.skipped :]
    assert update.next_sequence == full.next_sequence
    assert divide(update).tail == divide(full).tail


def test_what_is_further_away_than_the_boundary_is_left_out() -> None:
    """Seven segments of four seconds: four end more than twelve seconds before the end."""
    update = delta(FULL, "YES")
    assert update.skipped == 4
    assert divide(update).segments[0].uri == "fileSequence270.mp4"
    assert update.has("EXT-X-DATERANGE")
    assert "init.mp4" in write(update)


@pytest.mark.parametrize(
    ("change", "skip"),
    [
        (("CAN-SKIP-UNTIL=12.0,", ""), "YES"),
        (("#EXTINF", "#EXT-X-ENDLIST\n#EXTINF"), "YES"),
        (("CAN-SKIP-UNTIL=12.0", "CAN-SKIP-UNTIL=36.0"), "YES"),
        (("", ""), ""),
        (("", ""), "NO"),
    ],
    ids=["it can't", "it has ended", "it is too short", "nobody asked", "nonsense"],
)
def test_the_list_is_whole_where_the_directive_does_not_count(change: tuple[str, str], skip: str) -> None:
    """6.2.5.1."""
    playlist = parse(write(FULL).replace(*change) if change[0] else write(FULL))
    assert delta(playlist, skip) == playlist


def test_an_update_of_an_update_is_itself() -> None:
    """EXT-X-SKIP stands there once."""
    update = delta(FULL, "YES")
    assert delta(update, "YES") == update


def test_the_version_is_raised_to_what_is_used() -> None:
    """Section 8: 9 for EXT-X-SKIP, 10 where date ranges are left out."""
    old = parse(write(FULL).replace("EXT-X-VERSION:9", "EXT-X-VERSION:6"))
    assert delta(old, "YES").number("EXT-X-VERSION", 0) == 9
    assert delta(old, "v2").number("EXT-X-VERSION", 0) == 10


def test_an_implied_offset_is_written_out_where_its_range_is_left_out() -> None:
    """Else it would go on where nobody knows."""
    text = CORPUS["ffmpeg-single-file"].replace(
        "#EXT-X-VERSION:7", "#EXT-X-VERSION:7\n#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=4.0"
    )
    update = delta(parse(text), "YES")
    assert update.skipped == 1
    assert divide(update).segments[0].value_of_range == "90211@99310"


def test_date_ranges_stay_where_they_might_be_left_out() -> None:
    """So none has to be named as removed; the attribute is required all the same (4.4.5.2)."""
    assert write(FULL).count("#EXT-X-DATERANGE") == write(delta(FULL, "v2")).count("#EXT-X-DATERANGE") > 0
    assert delta(FULL, "v2").attribute("EXT-X-SKIP", "RECENTLY-REMOVED-DATERANGES") == ""
    assert "RECENTLY-REMOVED-DATERANGES" in write(delta(FULL, "v2"))
    assert "RECENTLY-REMOVED-DATERANGES" not in write(delta(FULL, "YES"))
