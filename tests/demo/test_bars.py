"""The answer as words and bars: every number there, nothing claimed that the net did not say."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cifar_core.data import CIFAR10_CLASSES
from cifar_core.inference import Prediction
from cifar_core.models.weights import Metadata
from demo.views import bars
from demo.views.said import Guess, question_rows

PIXELS = np.zeros((32, 32, 3), np.uint8)


def prediction(probabilities: dict[str, float]) -> Prediction:
    label = max(probabilities, key=lambda name: probabilities[name])
    return Prediction(label, probabilities, True, PIXELS)


def blank(classes=CIFAR10_CLASSES) -> Prediction:
    return Prediction(None, dict.fromkeys(classes, 0.1), False, PIXELS)


def judged(score: float, top: float = 0.71, second: float = 0.12) -> Prediction:
    """Of a net with a score: refused below 0.4."""
    rest = (1 - top - second) / 8
    shares = [top, second, *[rest] * 8]
    probabilities = dict(zip(CIFAR10_CLASSES, shares, strict=True))
    return Prediction("airplane", probabilities, score >= 0.4, PIXELS, (), score, 0.4)


def text(html: str) -> list[str]:
    return [part for part in re.split(r"<[^>]*>", html) if part]


SOME = prediction(
    dict(zip(CIFAR10_CLASSES, [0.3, 0.5, 0.1, 0.07, 0.02, 0.006, 0.003, 0.001, 0, 0], strict=True))
)


def test_every_class_stands_with_its_number_in_the_nets_order():
    numbers = ["30 %", "50 %", "10 %", "7 %", "2 %", "1 %", "<1 %", "<1 %", "0 %", "0 %"]
    shown = [part.replace("&lt;", "<") for part in text(bars.bars(SOME))]
    assert shown == [part for row in zip(CIFAR10_CLASSES, numbers, strict=True) for part in row]


def test_only_the_top_row_is_marked():
    html = bars.bars(SOME)
    assert html.count("bar-top") == 1
    assert text(html[html.index("bar-top") :])[1] == "automobile"


@given(st.floats(0, 1))
def test_percent_claims_certainty_only_where_there_is(probability):
    shown = bars.percent(probability)
    assert (shown == "0 %") == (probability == 0)
    assert (shown == "100 %") == (probability == 1)
    if shown[0] not in "<>":
        assert abs(int(shown.split()[0]) - 100 * probability) <= 0.5


def test_headline_is_the_top_answer_with_its_number():
    assert bars.headline(SOME) == "automobile, 50 %"


def test_blank_picture_gets_an_invitation_and_no_answer():
    assert bars.headline(blank()) == bars.INVITATION
    assert "%" not in "".join(text(bars.bars(blank(), Guess("cat"))))
    assert "one colour" in bars.known(blank())
    assert bars.said(blank(), Guess("cat")) == ""


def test_what_was_said_stands_in_its_row_and_beside_the_answer():
    html = bars.bars(SOME, Guess("cat", 60))
    assert html.count("you said 60 %") == 1 and html.count("left: 60%") == 1
    assert text(html)[text(html).index("you said 60 %") - 1] == "cat"
    assert (
        bars.said(SOME, Guess("cat", 60)) == "You said: cat, about 60 %. It says automobile, 50 %."
    )
    assert bars.said(SOME, Guess("automobile")) == "You said: automobile. It says so too, 50 %."
    assert bars.said(SOME, None) == ""
    refused = Prediction(SOME.label, SOME.probabilities, False, PIXELS)
    assert bars.said(refused, Guess("cat")) == "You said: cat. It says probably none of the ten."


def test_a_second_nets_numbers_stand_in_the_rows_of_their_classes():
    html = bars.bars(SOME, beside={"cat": 0.25, "frog": 0.75})
    rows = [text(row) for row in html.split("<li")[1:]]
    assert [row[-1] for row in rows] == [
        {"cat": "25 %", "frog": "75 %"}.get(name, "\N{EN DASH}") for name in CIFAR10_CLASSES
    ]
    assert re.findall(r'bar-strip" style="width: ([\d.]+)%', html) == ["25.0", "75.0"]
    assert bars.beside_says("photos only", SOME) == "Second net, photos only: automobile, 50 %"
    assert bars.beside_says("photos only", blank()) == ""


def test_rows_before_during_and_after_the_question_are_as_many():
    for html in (
        bars.empty_bars(CIFAR10_CLASSES),
        question_rows(CIFAR10_CLASSES),
        bars.bars(SOME),
    ):
        assert html.count("<li") == 10


def test_one_press_says_a_class_and_how_sure():
    html = question_rows(CIFAR10_CLASSES)
    for name in CIFAR10_CLASSES:
        assert re.findall(f'data-guess="{name}" data-sure="(\\d+)"', html) == ["30", "60", "90"]
    assert 'aria-label="cat, about 90 %"' in html


def test_of_many_classes_the_ten_best_are_shown_and_the_one_that_was_said():
    many = prediction({f"class {i}": i / 4950 for i in range(100)})
    html = bars.bars(many, Guess("class 3"))
    assert [name for name in text(html) if name.startswith("class")] == [
        *(f"class {i}" for i in range(99, 90, -1)),
        "class 3",
    ]


@pytest.mark.parametrize(
    "html",
    [
        bars.bars,
        lambda p: bars.empty_bars(p.probabilities),
        lambda p: question_rows(p.probabilities),
    ],
)
def test_class_names_of_a_folder_cannot_become_html(html):
    assert "<img" not in html(prediction({'"><img src=x>': 0.9, "cat": 0.1}))


def test_the_net_is_described_with_what_it_learned_from():
    metadata = Metadata("mlp", CIFAR10_CLASSES, (0, 0, 0), (1, 1, 1), "pictures of farms")
    assert bars.about(metadata) == "MLP, trained on pictures of farms; not tested yet"
    tested = Metadata("mlp", CIFAR10_CLASSES, (0, 0, 0), (1, 1, 1), "farms", 0.8612)
    assert bars.about(tested) == "MLP, trained on farms; 86.1 % of test pictures right"
    assert "wrong on drawings" in bars.trust("photos", metadata)
    assert "pictures of farms" in bars.trust("run", metadata)


def test_a_picture_that_looks_like_a_class_says_so_with_numbers():
    assert bars.headline(judged(0.934)) == "airplane, 71 %"
    assert bars.known(judged(0.934)) == (
        "Looks like one of the ten classes (score 0.93; refused below 0.40)."
    )


def test_a_refused_picture_is_told_of_first_and_why():
    assert bars.headline(judged(0.12)) == "Probably none of the ten"
    assert bars.known(judged(0.12)).startswith(
        "Probably not one of the ten classes (score 0.12; refused below 0.40): "
    )
    assert bars.next_best(judged(0.12)).startswith(
        "Nearest: airplane, 71 %; next: automobile, 12 %"
    )
    assert "airplane" in bars.bars(judged(0.12))
    assert bars.beside_says("photos", judged(0.12)) == (
        "Second net, photos: probably none of the ten"
    )


@given(st.floats(0, 1))
def test_the_score_that_is_shown_is_on_its_side_of_the_threshold(score):
    shown, refused_below = map(float, re.findall(r"\d\.\d\d", bars.known(judged(score)))[:2])
    assert (shown >= refused_below) == (score >= 0.4)


def test_nets_without_a_score_only_warn():
    assert "always answers with its ten classes" in bars.known(SOME)


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        (0.12, "Next: automobile, 12 %. The first is 6 times as probable."),
        (0.60, "Next: automobile, 60 %. Close: a small change of the picture can turn the answer."),
        (0.001, "Next: automobile, <1 %. The first is over 100 times as probable."),
        (0.0, "Next: automobile, 0 %. The first is over 100 times as probable."),
    ],
)
def test_the_second_answer_and_how_far_it_is_behind(second, sentence):
    shares = dict.fromkeys(CIFAR10_CLASSES, 0.0) | {"airplane": 0.71, "automobile": second}
    assert bars.next_best(prediction(shares)) == sentence
    assert bars.next_best(blank()) == ""
