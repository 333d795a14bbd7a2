"""Stops lie evenly on a logarithmic scale, and what is thinned away is never missed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cifar_core.training.stops import RATIO, is_stop, kept

STEPS = st.lists(st.integers(1, 10**6), min_size=1, max_size=60)
MOST = st.integers(1, 20)


def farthest(steps: list[int], stay: list[int]) -> float:
    """The largest factor by which a step is later than the last one that stays before it."""
    return max(step / max(k for k in stay if k <= step) for step in steps)


def promised(steps: list[int], most: int) -> float:
    return max(RATIO, (steps[-1] / steps[0]) ** (2 / (most - 1))) * (1 + 1e-9)


def test_the_first_stops_are_the_preferred_numbers():
    stops = [step for step in range(1, 1001) if is_stop(step)]
    assert stops == [
        1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 32, 40, 50, 63, 79, 100, 126, 158, 200, 251, 316,
        398, 501, 631, 794, 1000,
    ]  # fmt: skip


def test_stops_grow_by_the_ratio_but_for_rounding():
    stops = [step for step in range(1, 30_001) if is_stop(step)]
    for a, b in zip(stops, stops[1:], strict=False):
        assert b == a + 1 or abs(b - a * RATIO) <= (1 + RATIO) / 2
    assert len(stops) == 42


@given(STEPS, MOST)
def test_the_first_and_the_newest_always_stay(steps, most):
    found = kept(steps, most)
    assert found[0] == min(steps) and found[-1] == max(steps)
    assert set(found) <= set(steps) and found == sorted(set(found))
    assert len(found) == min(len(set(steps)), max(most, 2))


@given(st.permutations(range(1, 12)), MOST)
def test_the_order_in_which_steps_are_named_does_not_matter(steps, most):
    assert kept(steps, most) == kept(sorted(steps) * 2, most)


@given(STEPS)
def test_nothing_goes_while_there_is_room(steps):
    assert kept(steps, len(steps)) == sorted(set(steps))


@given(STEPS, st.integers(2, 20))
def test_thinned_after_each_save_no_step_is_far_from_one_that_stays(steps, most):
    steps, stay = sorted(set(steps)), []
    for count, step in enumerate(steps, 1):
        before, stay = stay, kept([*stay, step], most)
        assert set(stay) <= {*before, step}, "what is gone does not come back"
        assert farthest(steps[:count], stay) <= promised(steps[:count], most)


@pytest.mark.parametrize("most", [3, 21, 86])  # of the resnet, the convnet, the tutorial's net
def test_thinned_after_each_save_a_long_run_keeps_what_it_would_choose_at_its_end(most):
    stay = []
    saved = [step for step in range(1, 22_501) if is_stop(step) or step % 5_000 == 0]
    for step in saved:
        stay = kept([*stay, step], most)
    assert stay == kept(saved, most) and len(stay) == min(most, len(saved))
    assert farthest(saved, stay) <= promised(saved, most)
    if most == 3:
        assert stay == [1, 1585, 22_387] or stay == [1, 1585, 20_000]
