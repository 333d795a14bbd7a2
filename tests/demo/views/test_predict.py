"""What is said of a prediction is what a plain loop over the curve finds."""

import re

import pytest

from demo.views.predict import MARKS, Entrant, controls_html, judge_duel, judge_guess

GUESS = [(0.0, 2.0), (0.5, 1.0), (1.0, 0.5)]


def at(share: float) -> float:
    """The guess at a share of the run, by hand."""
    return 2.0 - 2.0 * share if share <= 0.5 else 1.0 - (share - 0.5)


def test_a_guess_is_compared_at_every_step_and_at_the_end():
    steps, means = [1, 2, 3, 4, 5, 6, 7, 8], [2.3, 2.2, 2.0, 1.9, 1.7, 1.5, 1.3, 1.04]
    off = [abs(at(step / 8) - mean) for step, mean in zip(steps, means, strict=True)]
    said = judge_guess(steps, means, 8, GUESS)
    expected = sum(off) / 8
    assert said.sentence == (
        f"You guessed 0.500 at the end; it was 1.040. On average {expected:.3f} off."
    )
    assert "smoothed training loss" in said.rule


def test_a_perfect_guess_is_not_off_at_all():
    steps = list(range(1, 11))
    means = [at(step / 10) for step in steps]
    assert judge_guess(steps, means, 10, GUESS).sentence.endswith("On average 0.000 off.")


def test_a_run_that_ended_early_is_compared_where_it_ended():
    said = judge_guess([1, 2, 3, 4], [2.0, 1.9, 1.8, 1.5], 16, GUESS)
    assert said.sentence.startswith("You guessed 1.500 for step 4, where it ended; it was 1.500.")


def test_a_loss_that_is_no_number_any_more_is_said_and_left_out_of_the_average():
    said = judge_guess([1, 2, 3, 4], [1.5, 1.0, None, None], 4, GUESS)
    assert said.sentence == (
        "You guessed 0.500 at the end; it was no finite number any more. On average 0.000 off."
    )
    nothing = judge_guess([1], [None], 4, GUESS).sentence
    assert nothing.endswith("it was no finite number any more.")


def test_a_loss_that_has_grown_out_of_hand_is_written_short():
    said = judge_guess([1, 2], [2.0, 8.6e13], 2, GUESS)
    assert said.sentence == "You guessed 0.500 at the end; it was 8.6e13. On average 4.3e13 off."


def entrants(a, b, whole=(True, True), training=(1.0, 1.0)):
    return (
        Entrant("learning rate 0.01", a, training[0], whole[0]),
        Entrant("learning rate 0.03", b, training[1], whole[1]),
    )


@pytest.mark.parametrize(("said", "word"), [(0, "A, and it is not so."), (1, "B, and so it is.")])
def test_the_lower_validation_loss_wins(said, word):
    sentence = judge_duel(entrants(1.35, 1.213, training=(0.1, 0.9)), said).sentence
    assert sentence == (
        "B (learning rate 0.03) won: validation loss 1.213 against 1.350, 0.137 lower. "
        f"You said {word}"
    )


@pytest.mark.parametrize(
    ("a", "b", "how"),
    [
        (2.30742, 2.30711, "2.3071 against 2.3074, 0.0003 lower."),
        (2.30711, 2.30712, "2.30711 against 2.30712, 0.00001 lower."),
        (1.3496, 1.3494, "1.3494 against 1.3496, 0.0002 lower."),  # 1.349, 1.350 and 0.000
        (1.21e12, 1.24e12, "1.21e12 against 1.24e12, 3.00e10 lower."),
    ],
)
@pytest.mark.parametrize("said", [0, 1])
def test_a_close_race_is_written_with_the_digits_that_decide_it(a, b, how, said):
    sentence = judge_duel(entrants(a, b), said).sentence
    assert f"validation loss {how}" in sentence
    assert sentence.startswith("AB"[b < a])
    assert sentence.endswith("and so it is." if said == (b < a) else "and it is not so.")


def test_without_validation_pictures_the_lower_training_loss_wins():
    sentence = judge_duel(entrants(None, None, training=(0.5, 0.75)), 0).sentence
    assert sentence.startswith("A (learning rate 0.01) won: training loss 0.500 against 0.750")


@pytest.mark.parametrize(
    ("two", "words"),
    [
        (entrants(1.0, 1.0), "A tie: both have the validation loss 1.000."),
        (
            entrants(None, 1.2),
            "B (learning rate 0.03) won: validation loss 1.200; the other's is no",
        ),
        (entrants(None, None, training=(None, None)), "nobody won"),
        (entrants(1.2, 3e30), "validation loss 1.200 against 3.0e30, 3.0e30 lower."),
        (entrants(1.0, 1.2, (False, True)), "A (learning rate 0.01) ended early: nobody won."),
        (entrants(1.0, 1.2, (False, False)), "A (learning rate 0.01) and B (learning rate 0.03)"),
    ],
)
def test_what_is_no_fair_race_is_said(two, words):
    assert words in judge_duel(two, 0).sentence


def test_every_control_has_a_label_and_other_nets_can_be_chosen():
    html = controls_html([("mlp", "<MLP>"), ("convnet", "Convnet")])
    ids = set(re.findall(r'<(?:input|select)[^>]* id="([^"]+)"', html))
    assert ids == set(re.findall(r'<label for="([^"]+)"', html)) and len(ids) == len(MARKS) + 1
    assert 'value="model convnet"' in html and "&lt;MLP&gt;" in html and "<MLP>" not in html
    assert 'id="train-predict"' in html
