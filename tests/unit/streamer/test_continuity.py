import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamer.playlist.continuity import Continuity, follow
from streamer.playlist.grammar import Playlist, parse, write
from streamer.playlist.segments import divide
from support import hls

KEY = '#EXT-X-KEY:METHOD=AES-128,URI="k"\n'


def listed(
    first: int, count: int = 5, name: str = "a", head: str = "", before: dict[int, str] | None = None
) -> Playlist:
    """Return a list of segments named by their numbers, `before` giving the tags in front of some."""
    lines = "".join(
        f"{(before or {}).get(number, '')}#EXTINF:4,\n{name}{number}.ts\n"
        for number in range(first, first + count)
    )
    return parse(f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:{first}\n{head}{lines}")


def served(state: Continuity | None, playlist: Playlist, stream: str = "one") -> tuple[Continuity, Playlist]:
    """Follow, through JSON: that is how another node would."""
    state, answer = follow(state, playlist, stream)
    return Continuity.from_json(json.loads(json.dumps(state.to_json()))), answer


def numbers(playlist: Playlist) -> dict[str, int]:
    return {segment.uri: segment.sequence for segment in divide(playlist).segments}


def discontinuities(playlist: Playlist) -> dict[str, int]:
    """Return each segment's discontinuity sequence number, as players count it."""
    count, found = playlist.discontinuity_sequence, {}
    for segment in divide(playlist).segments:
        count += segment.discontinuities
        found[segment.uri] = count
    return found


@given(hls.media(least=1))
def test_a_first_stream_is_served_as_it_is(text: str) -> None:
    """Byte for byte."""
    assert write(follow(None, parse(text), "one")[1]) == text


def test_numbers_go_on_when_the_stream_changes() -> None:
    """The new stream's last three segments follow what was served, behind a discontinuity."""
    state, _ = served(None, listed(100))
    state, after = served(state, listed(7, name="b"), "two")
    assert numbers(after) == {"b9.ts": 105, "b10.ts": 106, "b11.ts": 107}
    assert discontinuities(after) == {"b9.ts": 1, "b10.ts": 1, "b11.ts": 1}
    assert state.next == 108


@pytest.mark.parametrize(
    ("since_s", "begins"),
    [(0.0, "b11.ts"), (1.9, "b11.ts"), (2.1, "b10.ts"), (6.1, "b9.ts"), (60.0, "b9.ts")],
)
def test_what_was_on_the_air_before_the_change_is_not_shown_again(since_s: float, begins: str) -> None:
    """As many segments as there was none for, half a target duration more, one at least and three at most."""
    state, _ = follow(None, listed(100), "one")
    state, after = follow(state, listed(7, name="b"), "two", since_s)
    assert min(numbers(after), key=numbers(after).__getitem__) == begins
    assert numbers(after)[begins] == 105
    assert (numbers(after)["b11.ts"] + 1, discontinuities(after)[begins]) == (state.next, 1)


@pytest.mark.parametrize(
    ("first", "since_s", "begins"),
    [(101, 4.0, "b105.ts"), (102, 7.5, "b105.ts"), (103, 11.9, "b105.ts"), (99, 4.0, "b102.ts")],
    ids=["one is new", "two are", "three are", "none is yet"],
)
def test_a_stream_that_counts_alike_goes_on_with_what_is_due(first: int, since_s: float, begins: str) -> None:
    """Nothing is shown twice, which players of one clock take for a fault; if nothing is new, little is."""
    state, _ = follow(None, listed(100), "one")
    _, after = follow(state, listed(first, name="b"), "two", since_s)
    assert min(numbers(after), key=numbers(after).__getitem__) == begins
    assert numbers(after)[begins] == 105


def test_it_counts_alike_on_the_way_back_too() -> None:
    """Though what is served is counted by another number by then."""
    state, _ = follow(None, listed(100), "one")
    state, _ = follow(state, listed(7, name="b"), "two", 4.0)
    state, after = follow(state, listed(8, name="c"), "three", 4.0)
    assert numbers(after) == {"c12.ts": 107}
    assert state.next == 108


def test_a_stream_that_counts_alike_by_chance_is_not_believed() -> None:
    """What it would go on with is far from the time that has passed."""
    state, _ = follow(None, listed(100), "one")
    _, after = follow(state, listed(103, count=12, name="b"), "two", 4.0)
    assert list(numbers(after)) == ["b113.ts", "b114.ts"]


@pytest.mark.parametrize(
    ("date", "begins"),
    [
        ("2026-01-01T00:00:08Z", "b10.ts"),
        ("2026-01-01T01:00:08.200+01:00", "b10.ts"),
        ("2026-01-01T00:00:07", "b10.ts"),
        ("2026-01-01T00:00:09Z", "b9.ts"),
        ("2026-01-01T00:00:00Z", "b9.ts"),
        ("2026-01-01T00:00:20Z", "b9.ts"),
        ("2025-01-01T00:00:08Z", "b9.ts"),
        ("soon", "b9.ts"),
    ],
    ids=[
        *("cut alike", "some frames apart", "1 s before", "1 s after"),
        *("8 s before", "12 s after", "a year before", "no date"),
    ],
)
def test_a_stream_that_is_dated_goes_on_with_the_segment_of_that_moment(date: str, begins: str) -> None:
    """However it counts; where it is cut elsewhere, a part is shown twice. A clock that is off is no help."""
    dated = {100: "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00Z\n"}
    state, _ = follow(None, listed(100, before=dated), "one")
    other = listed(7, name="b", before={7: f"#EXT-X-PROGRAM-DATE-TIME:{date}\n"})
    _, after = follow(state, other, "two", 7.9)
    assert min(numbers(after), key=numbers(after).__getitem__) == begins


def test_what_a_newer_node_says_is_left_out() -> None:
    """Nodes of two versions share it."""
    state, _ = follow(None, listed(100), "one")
    assert Continuity.from_json({**state.to_json(), "not_yet": 1}) == state


def test_the_change_is_counted_once_it_has_slid_out() -> None:
    """6.2.2: a removed EXT-X-DISCONTINUITY raises the discontinuity sequence."""
    state, _ = served(None, listed(100, head="#EXT-X-DISCONTINUITY-SEQUENCE:4\n"))
    state, _ = served(state, listed(7, name="b"), "two")
    state, still_there = served(state, listed(9, name="b"), "two")
    state, gone = served(state, listed(10, name="b"), "two")
    assert still_there.discontinuity_sequence == 4
    assert gone.discontinuity_sequence == 5
    assert discontinuities(still_there)["b11.ts"] == discontinuities(gone)["b11.ts"] == 5


def test_a_stream_with_a_discontinuity_of_its_own_there_gets_no_second_one() -> None:
    """One is what players look for; its own count goes on from there."""
    state, _ = served(None, listed(100))
    mark = {9: "#EXT-X-DISCONTINUITY\n", 11: "#EXT-X-DISCONTINUITY\n"}
    head = "#EXT-X-DISCONTINUITY-SEQUENCE:30\n"
    state, after = served(state, listed(7, name="b", head=head, before=mark), "two")
    assert discontinuities(after) == {"b9.ts": 1, "b10.ts": 1, "b11.ts": 2}
    later = listed(10, name="b", head="#EXT-X-DISCONTINUITY-SEQUENCE:31\n", before=mark)
    assert discontinuities(served(state, later, "two")[1])["b12.ts"] == 2


def test_a_key_without_an_iv_is_written_out_for_each_segment() -> None:
    """5.2: the IV is the number that the segment had at its source."""
    state, _ = served(None, listed(100))
    _, after = served(state, listed(7, name="b", before={7: KEY, 11: "#EXT-X-KEY:METHOD=NONE\n"}), "two")
    ivs = [dict(line.attributes()).get("IV") for line in after.lines if line.name == "EXT-X-KEY"]
    assert ivs == [f"0x{9:032x}", f"0x{10:032x}", None]
    assert after.number("EXT-X-VERSION", 1) >= 2


@pytest.mark.parametrize(
    "key",
    [
        '#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x01\n',
        '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://k",KEYFORMAT="x"\n',
    ],
    ids=["with an IV", "of a DRM system"],
)
def test_other_keys_are_left_alone(key: str) -> None:
    """But are said again where the first segment that is left still needs them."""
    state, _ = served(None, listed(100))
    _, after = served(state, listed(7, name="b", before={7: key}), "two")
    assert [line.text + "\n" for line in after.lines if line.name == "EXT-X-KEY"] == [key]


def test_a_map_from_before_the_change_still_applies() -> None:
    """The first segment that is left takes it over."""
    state, _ = served(None, listed(100))
    _, after = served(state, listed(7, name="b", before={7: '#EXT-X-MAP:URI="i"\n'}), "two")
    assert [line.name for line in divide(after).segments[0].lines][:2] == ["EXT-X-DISCONTINUITY", "EXT-X-MAP"]


def test_parts_of_the_segment_to_come_have_their_key() -> None:
    """It stands before the first part, with the number that the segment will have had."""
    state, _ = served(None, listed(100))
    coming = write(listed(7, name="b", before={7: KEY})) + '#EXT-X-PART:DURATION=1,URI="p"\n'
    _, after = served(state, parse(coming), "two")
    tail = divide(after).tail
    assert [line.name for line in tail] == ["EXT-X-KEY", "EXT-X-PART"]
    assert tail[0].attributes()["IV"] == f"0x{12:032x}"


def test_a_source_that_counts_anew_goes_on_behind_a_discontinuity() -> None:
    """It starts from 0 with segments that nobody knows."""
    state, _ = served(None, listed(100))
    state, after = served(state, listed(0, 2, name="new"))
    assert numbers(after) == {"new0.ts": 105, "new1.ts": 106}
    assert discontinuities(after)["new0.ts"] == 1


def test_segments_that_are_known_keep_their_numbers_when_their_source_counts_anew() -> None:
    """They are the same; players have them already."""
    state, _ = served(None, listed(100))
    renumbered = parse(write(listed(102)).replace("SEQUENCE:102", "SEQUENCE:2"))
    state, after = served(state, renumbered)
    assert numbers(after)["a102.ts"] == 102
    assert state.next == 107
    assert not after.discontinuity_sequence


def test_a_source_that_never_counts_is_counted_for() -> None:
    """Its list moves on while its number stands still."""
    state = None
    for first in (0, 1, 3, 6):
        uncounted = parse(re.sub("SEQUENCE:.*", "SEQUENCE:0", write(listed(first))))
        state, after = served(state, uncounted)
        assert numbers(after) == {f"a{number}.ts": number for number in range(first, first + 5)}


def test_an_older_list_keeps_its_numbers_and_changes_nothing() -> None:
    """Whoever reads the lists holds it back; what is known stays."""
    state, _ = served(None, listed(100))
    state, _ = served(state, listed(102))
    again, older = served(state, listed(100))
    assert numbers(older)["a104.ts"] == 104
    assert again == state


def test_a_delta_update_is_numbered_as_the_list_that_it_shortens() -> None:
    """What it hides is known from before: its keys, and how much of it was before the change."""
    state, _ = served(None, listed(100))
    state, full = served(state, listed(7, 8, name="b", before={7: KEY}), "two")
    short = parse(
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:8\n#EXT-X-SKIP:SKIPPED-SEGMENTS=6\n"
        "#EXTINF:4,\nb14.ts\n#EXTINF:4,\nb15.ts\n"
    )
    _, after = served(state, short, "two")
    assert numbers(full) == {"b12.ts": 105, "b13.ts": 106, "b14.ts": 107}
    assert numbers(after) == {"b14.ts": 107, "b15.ts": 108}
    assert (after.media_sequence, after.skipped) == (105, 2)
    assert [line.attributes()["IV"] for line in after.lines if line.name == "EXT-X-KEY"] == [
        f"0x{14:032x}",
        f"0x{15:032x}",
    ]


def test_reports_of_other_renditions_go_with_the_numbers() -> None:
    """They speak of numbers that have changed as well, each by its own offset."""
    state, _ = served(None, listed(100))
    report = '#EXT-X-RENDITION-REPORT:URI="x.m3u8",LAST-MSN=9\n'
    _, after = served(state, parse(write(listed(7, name="b")) + report), "two")
    assert not after.has("EXT-X-RENDITION-REPORT")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["one", "two", "three"]),
        st.integers(0, 4),
        st.integers(1, 7),
        st.sampled_from([0, 0, 0, 1]),
    ),
    min_size=1,
    max_size=12,
)


@given(steps=STEPS, marks=st.sets(st.integers(0, 60)), keyed=st.booleans())
def test_nothing_ever_runs_backwards(
    steps: list[tuple[str, int, int, int]], marks: set[int], *, keyed: bool
) -> None:
    """Over any changes and restarts: one number is one segment, with one discontinuity and IV."""
    state, at = None, {"one": 10, "two": 20, "three": 30}
    life = dict.fromkeys(at, 0)
    named: dict[int, tuple[str, int]] = {}
    first = last = -1
    for stream, forward, count, restart in steps:
        anew = restart and at[stream] > 0
        at[stream] = 0 if anew else at[stream] + forward
        life[stream] += anew
        before = dict.fromkeys(marks, "#EXT-X-DISCONTINUITY\n")
        before[at[stream]] = before.get(at[stream], "") + (KEY if keyed else "")
        own = sum(mark < at[stream] for mark in marks)
        name = f"{stream}-{life[stream]}-"
        head = f"#EXT-X-DISCONTINUITY-SEQUENCE:{own}\n"
        state, after = served(state, listed(at[stream], count, name, head, before), stream)
        for segment in divide(after).segments:
            counted = discontinuities(after)[segment.uri]
            assert named.setdefault(segment.sequence, (segment.uri, counted)) == (segment.uri, counted)
            said = [line.attributes().get("IV") for line in segment.lines if line.name == "EXT-X-KEY"][-1:]
            original = int(re.findall(r"(\d+)\.ts", segment.uri)[0])
            assert not said or said[0] in (None, f"0x{original:032x}")
            assert said != [None] or segment.sequence == original
        assert after.media_sequence >= first
        assert state.next >= last
        first, last = after.media_sequence, state.next
