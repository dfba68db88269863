"""Time in, window out."""

from itertools import pairwise

import pytest
from demo.live import EPOCH, Timeline, since_epoch
from hypothesis import given
from hypothesis import strategies as st

MOMENTS = st.floats(min_value=1e6, max_value=1e9)
TIMELINE = Timeline((4.0,) * 15)


@pytest.mark.parametrize(
    ("length", "segment_s", "durations"),
    [
        pytest.param(60, 4, (4,) * 15, id="even"),
        pytest.param(60, 10, (10,) * 6, id="long"),
        pytest.param(8, 6, (6, 2), id="the last takes what is left"),
        pytest.param(8, 10, (8,), id="longer than the loop"),
    ],
)
def test_a_loop_is_cut_without_a_rest(length: float, segment_s: float, durations: tuple[float, ...]) -> None:
    assert Timeline.cut(length, segment_s).durations == durations


@given(MOMENTS, st.sampled_from([4.0, 6.0, 10.0, 7.0]))
def test_a_window_is_complete_contiguous_and_up_to_date(moment: float, segment_s: float) -> None:
    timeline = Timeline.cut(60, segment_s)

    window = timeline.window(moment, 6)

    assert [slot.sequence for slot in window] == list(range(window[0].sequence, window[0].sequence + 6))
    assert all(later.start == pytest.approx(slot.end) for slot, later in pairwise(window))
    assert window[-1].end <= moment < window[-1].end + segment_s


@given(MOMENTS)
def test_time_only_moves_the_window_on(moment: float) -> None:
    now, later = TIMELINE.window(moment, 6), TIMELINE.window(moment + 4, 6)

    assert later[:-1] == now[1:]


def test_a_restarted_process_gives_the_same_answer() -> None:
    assert Timeline.cut(60, 4).window(1234567.8, 8) == Timeline.cut(60, 4).window(1234567.8, 8)


def test_the_counter_is_the_second_of_the_minute() -> None:
    """Loops of a minute begin with the minutes of the clock."""
    noon_and_17_seconds = 1_900_022_417 // 60 * 60 + 17

    slot = TIMELINE.at(since_epoch(noon_and_17_seconds))

    assert EPOCH % 60 == 0
    assert slot.offset <= 17 < slot.offset + slot.duration


@given(st.integers(min_value=10, max_value=10**8))
def test_slots_are_found_by_number_and_by_time_alike(sequence: int) -> None:
    slot = TIMELINE.slot(sequence)

    assert TIMELINE.at(slot.start + 1.0) == slot
