"""The simulated player: what the bench says of stalls is only as true as its buffer."""

import pytest
from bench.player import Buffer, Listed, Place, reload_after_s
from bench.zap import drift, full_since
from support.origin import media_playlist


def listed(first: int, count: int = 6) -> Listed:
    return Listed.read(media_playlist(first, count).decode())


def test_a_buffer_plays_from_its_first_segment_on() -> None:
    """Start-up counts from tuning in; what is held shrinks in real time."""
    buffer = Buffer(tuned_at=10.0)
    buffer.play(12.0)
    buffer.add(12.5, 4.0)
    buffer.play(14.0)
    assert (buffer.start_up_s, buffer.held_s, buffer.stalls) == (2.5, 2.5, 0)


def test_a_segment_that_comes_too_late_is_a_stall() -> None:
    """It lasts from the buffer's end to the segment, and is counted once."""
    buffer = Buffer(tuned_at=0.0)
    for now in (0.0, 5.5, 9.5):
        buffer.add(now, 4.0)
    assert (buffer.stalls, buffer.stalled_s, buffer.held_s) == (1, 1.5, 4.0)


def test_an_end_without_media_is_a_stall() -> None:
    """Also where no segment came after it."""
    buffer = Buffer(tuned_at=0.0)
    buffer.add(0.0, 4.0)
    buffer.play(6.0)
    assert (buffer.stalls, buffer.stalled_s) == (1, 2.0)


def test_who_never_began_has_no_start_up_and_no_stall() -> None:
    """He is counted elsewhere."""
    buffer = Buffer(tuned_at=0.0)
    buffer.play(60.0)
    assert (buffer.start_up_s, buffer.stalls) == (None, 0)


def test_a_player_begins_near_the_end_and_takes_what_is_new() -> None:
    """Three segments from the end, then each one once."""
    place = Place()
    began = place.follow(listed(7))
    same = place.follow(listed(7))
    more = place.follow(listed(9))
    assert began == (True, [(10, "seg-10.ts"), (11, "seg-11.ts"), (12, "seg-12.ts")])
    assert same == (False, [])
    assert more == (True, [(13, "seg-13.ts"), (14, "seg-14.ts")])


def test_a_sequence_that_runs_backwards_is_noted() -> None:
    """Nothing is downloaded twice because of it."""
    place = Place()
    place.follow(listed(7))
    assert place.follow(listed(6)) == (True, [])
    assert place.backwards == 1


def test_what_left_the_window_is_noted_as_skipped() -> None:
    """A player that was held up goes on with what there is."""
    place = Place()
    place.follow(listed(1))
    _, new = place.follow(listed(9))
    assert (place.skipped, new[0]) == (2, (9, "seg-9.ts"))


@pytest.mark.parametrize(("changed", "expected"), [(True, 4.0), (False, 2.0)])
def test_an_unchanged_playlist_is_loaded_again_sooner(*, changed: bool, expected: float) -> None:
    """RFC 8216, 6.3.4."""
    assert reload_after_s(4.0, changed=changed) == expected


def test_drift_compares_the_end_with_the_beginning() -> None:
    """One spike is no drift."""
    assert drift([100.0, 100.0, 300.0, 100.0, 110.0, 110.0, 110.0, 110.0]) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("held", "expected"),
    [([10, 50, 100, 99, 100, 99, 100, 99], 2), ([10, 20, 30, 40, 50, 60, 70, 80], 8)],
    ids=["full", "still growing"],
)
def test_a_segment_memory_is_full_once_it_grows_no_more(held: list[float], expected: int) -> None:
    """A run that ends while it grows says nothing of what comes after."""
    assert full_since(held) == expected
