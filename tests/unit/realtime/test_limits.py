"""A meter: how much one client may say."""

import pytest
from realtime import limits
from realtime.limits import BURST_S, REFUSALS_MOST, Meter

RATE = 10.0


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(limits, "time", made)
    return made


def taken(meter: Meter, times: int) -> int:
    return sum(meter.take() for _ in range(times))


def test_a_burst_is_let_through_and_no_more(clock: Clock) -> None:
    """A page that starts says much at once."""
    assert clock.now == 0
    assert taken(Meter(RATE), 1000) == RATE * BURST_S


@pytest.mark.parametrize(("pause_s", "most"), [(0.1, 1), (1.0, RATE), (1000.0, RATE * BURST_S)])
def test_it_is_filled_again_at_its_rate(clock: Clock, pause_s: float, most: float) -> None:
    """And never beyond a burst, however long the silence."""
    meter = Meter(RATE)
    taken(meter, 1000)
    clock.now += pause_s
    assert taken(meter, 1000) == most


def test_who_keeps_to_the_rate_is_never_refused(clock: Clock) -> None:
    """For as long as it likes."""
    meter = Meter(RATE)
    for _ in range(10_000):
        clock.now += 1 / RATE
        assert meter.take()


def test_who_goes_on_although_refused_is_deaf(clock: Clock) -> None:
    """After a hundred refusals, and not before."""
    meter = Meter(RATE)
    taken(meter, int(RATE * BURST_S) + REFUSALS_MOST)
    assert not meter.is_deaf
    clock.now += 0.01
    meter.take()
    assert meter.is_deaf


def test_who_pauses_is_heard_anew(clock: Clock) -> None:
    """Refusals of long ago are forgotten."""
    meter = Meter(RATE)
    taken(meter, int(RATE * BURST_S) + REFUSALS_MOST)
    clock.now += 2 * BURST_S
    taken(meter, int(RATE * BURST_S) + REFUSALS_MOST)
    assert not meter.is_deaf
