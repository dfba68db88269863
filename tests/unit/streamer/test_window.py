"""A list is as long after a change of stream as it was before."""

import pytest
from streamer.playlist.continuity import Continuity, follow
from streamer.playlist.grammar import Playlist, parse, write
from streamer.playlist.segments import divide
from streamer.playlist.window import kept_on

KEY = '#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x1\n'
MAP = '#EXT-X-MAP:URI="init.mp4"\n'


def listed(first: int, count: int = 5, name: str = "a", tags: dict[int, str] | None = None) -> Playlist:
    """Return a list of segments named by their numbers, `tags` standing before some."""
    lines = "".join(
        f"{(tags or {}).get(number, '')}#EXTINF:4,\n{name}{number}.ts\n"
        for number in range(first, first + count)
    )
    return parse(f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:{first}\n{lines}")


def changed(before: Playlist, now: Playlist) -> tuple[Continuity, Playlist]:
    """Return what is known, and the list, after a change of stream that took a segment's time."""
    state, served = follow(None, before, "one")
    state, new = follow(state, now, "two", 4.0)
    return state, kept_on(served, new)


def names(playlist: Playlist) -> list[str]:
    return [segment.uri for segment in divide(playlist).segments]


def numbers(playlist: Playlist) -> dict[str, tuple[int, int]]:
    """Return each segment's number and discontinuity sequence number, as players count them."""
    count, found = playlist.discontinuity_sequence, {}
    for segment in divide(playlist).segments:
        count += segment.discontinuities
        found[segment.uri] = segment.sequence, count
    return found


def test_what_was_listed_stays_until_the_list_is_as_long_again() -> None:
    """Numbers go on; the change is counted once it has slid out, and nothing of before comes back then."""
    state, after = changed(listed(100), listed(101, name="b"))
    assert names(after) == ["a101.ts", "a102.ts", "a103.ts", "a104.ts", "b105.ts"]
    seen = numbers(after)
    for first in range(102, 107):
        state, now = follow(state, listed(first, name="b"), "two")
        after = kept_on(after, now) if state.begins_list(now) else now
        assert len(names(after)) == 5
        assert all(seen.setdefault(name, place) == place for name, place in numbers(after).items())
    assert names(after) == ["b106.ts", "b107.ts", "b108.ts", "b109.ts", "b110.ts"]
    assert seen["a104.ts"] == (104, 0)
    assert seen["b110.ts"] == (110, 1)


def test_a_list_of_two_changes_counts_them() -> None:
    """The first one may slide out while the second is listed."""
    state, after = changed(listed(100), listed(101, name="b"))
    state, now = follow(state, listed(102, name="c"), "three", 4.0)
    after = kept_on(after, now)
    assert names(after) == ["a102.ts", "a103.ts", "a104.ts", "b105.ts", "c106.ts"]
    assert [count for _, count in numbers(after).values()] == [0, 0, 0, 1, 2]


def test_what_holds_for_what_was_listed_goes_with_it_and_no_further() -> None:
    """Keys from a segment that is gone apply to those that are left, and end at the change."""
    _, after = changed(listed(100, tags={100: KEY}), listed(101, name="b"))
    lines = write(after).splitlines()
    assert lines.index(KEY.strip()) < lines.index("a101.ts")
    assert lines[lines.index("a104.ts") + 1 :][:2] == ["#EXT-X-DISCONTINUITY", "#EXT-X-KEY:METHOD=NONE"]


def test_keys_of_now_come_after_the_end_of_those_of_before() -> None:
    """Or they would end at once."""
    _, after = changed(listed(100, tags={100: KEY}), listed(101, name="b", tags={105: KEY.replace("k", "n")}))
    said = [line.value for line in after.lines if line.name == "EXT-X-KEY"]
    assert [value.partition(",")[0] for value in said] == ["METHOD=AES-128", "METHOD=NONE", "METHOD=AES-128"]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (listed(100, tags={100: MAP}), listed(101, name="b")),
        (listed(50, count=2), listed(101, name="b")),
        (parse("#EXTM3U\n"), listed(101, name="b")),
    ],
    ids=["a map that nothing ends", "a shorter list", "an empty list"],
)
def test_where_it_can_not_stay_the_list_is_what_it_would_be(before: Playlist, now: Playlist) -> None:
    """A short one."""
    state, served = follow(None, before, "one")
    _, new = follow(state, now, "two", 8.0)
    assert kept_on(served, new) == new


def test_a_map_of_before_is_replaced_by_one_of_now() -> None:
    """Both kinds stay in one list."""
    other = MAP.replace("init", "other")
    _, after = changed(listed(100, tags={100: MAP}), listed(101, name="b", tags={101: other}))
    lines = write(after).splitlines()
    assert lines.index(MAP.strip()) < lines.index("a101.ts")
    assert lines.index("a104.ts") < lines.index(other.strip()) < lines.index("b105.ts")


def test_longer_segments_than_the_list_says_now_do_not_stay() -> None:
    """4.4.3.1: none is longer than the target duration."""
    long = parse(write(listed(100)).replace("#EXTINF:4,\na102", "#EXTINF:9,\na102"))
    _, after = changed(long, listed(101, name="b"))
    assert names(after) == ["a103.ts", "a104.ts", "b105.ts"]
