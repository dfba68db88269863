import pytest
from catalog.jobs.reports import wait_after


@pytest.mark.parametrize(
    ("failures_in_row", "wait_s"), [(0, 300), (1, 5), (2, 10), (5, 80), (7, 300), (10_000, 300)]
)
def test_a_failed_source_is_tried_again_soon_then_less_and_less(failures_in_row: int, wait_s: float) -> None:
    assert wait_after(failures_in_row, 300) == wait_s
