"""The sentence under the chart: each case on a made-up curve, and no two cases at once."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from demo.curve import EpochPoint
from demo.views.verdict import DIVERGED, FIRST_STEPS, MOVED, RISEN, Verdict, verdict

GUESSING = math.log(10)
LOSSES = st.floats(0, 30)
MEANS = st.lists(LOSSES, min_size=1, max_size=60)
EPOCHS = st.lists(st.tuples(LOSSES | st.none(), LOSSES | st.none()), max_size=6)
PLENTY = st.lists(LOSSES, min_size=FIRST_STEPS, max_size=60)


def curve_of(loss, steps=400, epochs=()) -> Verdict:
    numbers = list(range(1, steps + 1))
    return verdict(numbers, [loss(n) for n in numbers], epochs, 10)


def read(means, pairs=()) -> Verdict:
    return verdict(list(range(1, len(means) + 1)), means, epochs_of(*pairs), 10)


def epochs_of(*losses):
    return [EpochPoint(100 * i, t, v, 0.5) for i, (t, v) in enumerate(losses, start=1)]


@pytest.mark.parametrize(
    ("word", "loss"),
    [
        ("Still guessing.", lambda n: 2.3),
        ("Learning.", lambda n: 2.3 - n / 400),
        ("Learning.", lambda n: 2.3 * math.exp(-n / 100)),
        ("Plateau.", lambda n: 1.2),
        ("Plateau.", lambda n: 1.2 + 0.005 * math.sin(n)),
        ("Plateau.", lambda n: 0.05 + n / 40_000),
        ("Diverging.", lambda n: 1 + n / 40),
        ("Diverging.", lambda n: 2.3 - n / 250 if n < 350 else 0.9 + (n - 350) / 60),
        ("Diverged.", lambda n: 2.0 if n < 30 else None),
        ("Back to guessing.", lambda n: 2.3 - n / 100 if n < 100 else 2.303),
    ],
)
def test_a_curve_of_each_kind_is_called_by_its_name(word, loss):
    assert curve_of(loss).word == word


def test_little_is_said_of_few_steps():
    assert verdict([], [], [], 10).word == "Nothing yet."
    early = curve_of(lambda n: 2.0, steps=FIRST_STEPS - 1)
    assert early.word == "Too early to say." and "19 steps" in early.sentence


def test_overfitting_is_a_validation_loss_that_rises_while_the_training_loss_falls():
    def falling(n):
        return 2.3 - n / 400

    good = epochs_of((1.6, 1.5), (1.3, 1.4), (1.1, 1.35))
    bad = epochs_of((1.6, 1.5), (1.3, 1.4), (1.1, 1.46))
    both = epochs_of((1.6, 1.5), (1.3, 1.4), (1.35, 1.46))
    assert "No overfitting" in curve_of(falling, epochs=good).sentence
    found = curve_of(falling, epochs=bad)
    assert found.word == "Overfitting." and "1.400 at step 200 to 1.460" in found.sentence
    assert curve_of(falling, epochs=both).word == "Learning."
    assert curve_of(falling, epochs=epochs_of((1.5, None), (1.4, None))).word == "Learning."


def test_guessing_is_measured_by_the_number_of_classes():
    steps = list(range(1, 101))
    found = verdict(steps, [math.log(3)] * 100, [], 3)
    assert found.word == "Still guessing." and f"{math.log(3):.3f}" in found.sentence


def test_a_run_that_goes_on_from_before_its_loss_broke_is_judged_by_what_came_since():
    means = [2.0] * 40 + [None] * 5 + [2.0 - n / 100 for n in range(40)]
    found = verdict(list(range(1, len(means) + 1)), means, [], 10)
    assert found.word == "Learning."


@pytest.mark.parametrize("steps", [5, 25, 100])
def test_a_smoothed_loss_is_called_so_and_is_short_however_large(steps):
    huge = curve_of(lambda n: 7273062773.427, steps)
    assert "smoothed" in huge.sentence and "loss is 7.3e9" in huge.sentence


@pytest.mark.parametrize(
    "loss", [lambda n: 2.3, lambda n: 1.2, lambda n: 2.3 * math.exp(-n / 100), lambda n: n / 200]
)
def test_every_verdict_on_the_running_mean_says_that_it_is_smoothed(loss):
    found = curve_of(loss)
    assert "The smoothed training loss" in found.sentence, found


@given(MEANS, EPOCHS)
def test_every_curve_has_one_verdict_with_its_rule(means, pairs):
    found = read(means, pairs)
    assert found.word.endswith(".") and found.sentence.endswith(".")
    assert found.rule.startswith("Rule: ") and found.rule.endswith(".")


@given(PLENTY, EPOCHS)
def test_what_a_verdict_says_is_so(means, pairs):
    found, now = read(means, pairs), means[-1]
    before = means[-1 - max(FIRST_STEPS // 2, len(means) // 5)]
    match found.word:
        case "Learning.":
            assert now <= (1 - MOVED) * before and now < GUESSING
        case "Plateau.":
            assert now > (1 - MOVED) * before and now < GUESSING and now - before < GUESSING / 10
        case "Diverging.":
            assert now > DIVERGED * GUESSING or now > before
        case "Still guessing.":
            assert (1 - MOVED) * GUESSING < now <= DIVERGED * GUESSING
        case "Back to guessing.":
            assert now > (1 - MOVED) * GUESSING > min(means)
        case "Overfitting.":
            assert now <= DIVERGED * GUESSING
        case _:
            raise AssertionError(found.word)


@given(PLENTY, EPOCHS)
def test_no_verdict_speaks_for_and_against_overfitting(means, pairs):
    found = read(means, pairs)
    both = [(t, v) for t, v in pairs if t is not None and v is not None]
    if found.word == "Overfitting.":
        assert both[-1][0] < both[-2][0] and both[-1][1] >= RISEN * min(v for _, v in both)
    if "No overfitting" in found.sentence:
        known = [v for _, v in pairs if v is not None]
        assert known[-1] == min(known) and found.word in ("Learning.", "Plateau.")


@given(PLENTY, EPOCHS)
def test_a_loss_that_breaks_is_all_that_is_said(means, pairs):
    assume(len(means) > 1)
    found = read([*means, None], pairs)
    assert found.word == "Diverged." and f"step {len(means) + 1}" in found.sentence


def test_a_loss_that_fell_a_little_has_hardly_fallen():
    assert "has hardly fallen for" in curve_of(lambda n: 1.2 - n / 1_000_000).sentence
    assert "has not fallen for" in curve_of(lambda n: 1.2).sentence
