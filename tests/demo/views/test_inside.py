"""What the Inside panel shows of a look is what the look says."""

import base64
import io
import math
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from cifar_core.data import CIFAR10_CLASSES
from cifar_core.introspect.answers import ReluHealth
from cifar_core.introspect.filters import Filters
from cifar_core.introspect.inside import Answered, Inside
from cifar_core.introspect.norms import LayerNorms
from demo.views.inside import EVERY, MISTAKES, PARTS, frame, inside_parts
from demo.views.inside_pictures import filter_pictures, picture_sheet
from demo.views.inside_tables import confusion_table, norm_table, relu_table, size

EVIL = '<script>"&'


class Cells(HTMLParser):
    """The text of each cell, a list a row."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.inside = [], False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag):
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data


def cells(html) -> list[list[str]]:
    return Cells(html).rows


def widths(html) -> list[float]:
    return [float(w) for w in re.findall(r"width:([\d.]+)%", html)]


def pixels(html) -> list[np.ndarray]:
    found = re.findall(r"data:image/png;base64,([^\"]+)", html)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))) for data in found]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def answered(rng):
    def make(label, *top):
        return Answered(7, rng.integers(0, 256, (3, 32, 32), dtype=np.uint8), label, top)

    return make


@pytest.fixture
def inside(answered):
    wrong = answered(3, (5, 0.75), (3, 0.2), (0, 0.05))
    return Inside(
        step=12,
        filters=None,
        norms=(),
        relus=(),
        split="validation",
        checked=2,
        unanswered=0,
        accuracy=0.5,
        confusion=np.eye(10, dtype=np.int64),
        per_class=(1.0,) * 10,
        mistakes=(wrong,),
        sheet=(wrong,) * 12,
    )


def test_a_confusion_matrix_has_the_counts_true_by_answered_and_each_accuracy(rng):
    counts = rng.integers(0, 30, (10, 10))
    per_class = [float(row[i] / row.sum()) for i, row in enumerate(counts)]
    head, *rows = cells(confusion_table(counts, per_class, CIFAR10_CLASSES))
    assert head[1:] == [*CIFAR10_CLASSES, "right"]
    for i, (name, *shown, accuracy) in enumerate(rows):
        assert name == CIFAR10_CLASSES[i]
        assert list(map(int, shown)) == counts[i].tolist()
        assert accuracy == f"{100 * counts[i, i] / counts[i].sum():.0f} %"


def test_a_class_without_pictures_has_no_accuracy():
    html = confusion_table(np.array([[0, 0], [1, 1]]), (None, 0.5), ("cat", "dog"))
    assert [row[-1] for row in cells(html)] == ["right", "–", "50 %"]


def test_of_many_classes_those_with_most_mistakes_are_shown_and_every_row_adds_up(rng):
    counts = rng.integers(0, 9, (30, 30))
    names = [f"c{i}" for i in range(30)]
    head, *rows = cells(confusion_table(counts, [0.5] * 30, names))
    mistakes = counts.sum(1) - counts.diagonal()
    assert len(rows) == 20 and head[-2:] == ["others", "right"]
    left_out = [m for name, m in zip(names, mistakes, strict=True) if name not in head]
    for name, *shown, _ in rows:
        i = names.index(name)
        assert sum(map(int, shown)) == counts[i].sum()
        assert mistakes[i] >= max(left_out)


def test_norms_are_numbers_with_bars_and_the_ratio_has_its_middle_at_a_thousandth():
    layers = [LayerNorms("conv1", 4.0, 0.5, 0.004, 0.001), LayerNorms("fc", 8.0, 0.25, 0.8, 0.1)]
    html = norm_table(layers)
    assert cells(html)[1:] == [["conv1", "4", "0.5", "0.001"], ["fc", "8", "0.25", "0.1"]]
    assert widths(html) == [50, 100, 50, 100, 50, 100]


def test_norms_before_the_first_step_and_after_a_divergence_are_words():
    layers = [LayerNorms("a", 4.0, None, None, None), LayerNorms("b", *[float("nan")] * 4)]
    html = norm_table([*layers, LayerNorms("c", float("inf"), 0.0, 0.0, 0.0)])
    _, first, second, third = cells(html)
    assert first == ["a", "4", "–", "–"]
    assert second == ["b"] + ["not a number"] * 3
    assert third == ["c", "infinite", "0", "0"]
    assert all(0 <= width <= 100 for width in widths(html))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (3e-7, "3.00e-7"),
        (0.00123456, "0.00123"),
        (12.345, "12.3"),
        (1e4, "10,000"),
        (248_155_536.0, "2.48e8"),
        (1.68e19, "1.68e19"),
    ],
)
def test_sizes_have_three_figures_above_and_below_zero(value, text):
    assert size(value) == text
    if value:
        assert size(-value) == f"-{text}"


def test_dead_relus_are_shares_of_the_units():
    html = relu_table([ReluHealth("relu1", 1200, 0.25, 0.5)])
    assert cells(html)[1] == ["relu1", "1,200", "25 %", "50 %"]
    assert widths(html) == [25, 50] and "no numbers" not in html
    assert "no ReLUs" in relu_table([])


def test_a_relu_whose_outputs_are_no_numbers_is_neither_dead_nor_zero():
    html = relu_table([ReluHealth("relu1", 12, math.nan, math.nan)])
    assert cells(html)[1] == ["relu1", "12", "–", "–"] and widths(html) == [0, 0]
    assert "no numbers any more" in html


def test_filters_are_shown_pixel_by_pixel_with_their_scale(rng):
    weights = rng.integers(0, 256, (6, 5, 5, 3), dtype=np.uint8)
    html = filter_pictures(Filters("conv1", weights, 6, 0.25))
    assert np.array_equal(np.stack(pixels(html)), weights)
    assert "grey is 0" in html and "±0.25," in html and "training leaves" not in html
    assert "±1.68e19," in filter_pictures(Filters("conv1", weights, 6, 1.68e19))
    fixed = filter_pictures(Filters("whitening", weights, 6, 0.25, trained=False))
    assert "set before the first step" in fixed and "training leaves them" in fixed


def test_filters_that_are_left_out_are_counted(rng):
    weights = rng.integers(0, 256, (32, 32, 32, 3), dtype=np.uint8)
    html = filter_pictures(Filters("fc1", weights, 512, 0.1))
    assert len(pixels(html)) == 12 and "12 of 512 filters" in html
    assert "does not see" in filter_pictures(None)


def test_filters_whose_weights_are_no_numbers_are_not_drawn():
    html = filter_pictures(Filters("conv1", np.full((6, 5, 5, 3), 128, np.uint8), 6, math.nan))
    assert html == "<p>The weights of <code>conv1</code> are no numbers any more.</p>"


def test_a_net_without_answers_is_right_and_wrong_nowhere(inside, answered):
    look = replace(inside, unanswered=2, mistakes=(), sheet=(answered(3),) * 12)
    parts = inside_parts(look, CIFAR10_CLASSES)
    assert parts["confusion"] == parts["mistakes"] == "<p>Its answers are no numbers any more.</p>"
    assert not widths(parts["sheet"]) and len(pixels(parts["sheet"])) == 12
    text = re.sub("<[^>]+>", " ", parts["sheet"])
    assert text.split() == ["cat", "no", "answer"] * 12


def test_pictures_that_a_net_does_not_answer_are_counted_below_the_others(inside):
    html = inside_parts(replace(inside, unanswered=1), CIFAR10_CLASSES)["confusion"]
    assert "<table" in html and "Without 1 of 2 pictures" in html


def test_a_picture_has_its_class_its_bars_and_whether_the_net_is_right(answered):
    wrong = answered(3, (5, 0.75), (3, 0.2), (0, 0.05))
    right = answered(5, (5, 0.75), (3, 0.2), (0, 0.05))
    html = picture_sheet([wrong, right], CIFAR10_CLASSES, 2)
    shown = pixels(html)
    assert np.array_equal(shown[0], wrong.pixels.transpose(1, 2, 0))
    assert widths(html) == [75, 20, 5] * 2
    assert html.count(">wrong<") == html.count(">right<") == 1
    names = [CIFAR10_CLASSES[c] for c in (5, 3, 0)]
    assert re.findall(r'inside-name" title="(\w+)"', html) == names * 2


def test_every_part_of_the_panel_has_its_look_and_its_sentence(inside):
    parts = inside_parts(inside, CIFAR10_CLASSES)
    html = frame()
    assert [*parts, "layers"] == sorted([part.name for part in PARTS], key=lambda n: n == "layers")
    for part in PARTS:
        assert html.count(f'data-part="{part.name}"') == 1 and part.see in html
        assert part.see.endswith(".")
    assert html.count('id="train-inside"') == 1
    assert re.search(r'<option value="3" selected>', html) and len(EVERY) == 4


def test_a_look_with_fewer_mistakes_takes_as_much_room(inside):
    cards = [
        inside_parts(replace(inside, mistakes=inside.mistakes * n), CIFAR10_CLASSES)["mistakes"]
        for n in (0, 1, MISTAKES)
    ]
    assert [html.count("<img") for html in cards] == [0, 1, MISTAKES]
    assert "<li></li>" * MISTAKES in cards[0] and "<li></li>" * MISTAKES in frame()
    assert cards[1].count("<li></li>") == MISTAKES - 1


def test_names_are_escaped(inside):
    look = replace(
        inside,
        filters=Filters(EVIL, np.zeros((1, 5, 5, 3), np.uint8), 1, 0.1),
        norms=(LayerNorms(EVIL, 1.0, 1.0, 1.0, 1.0),),
        relus=(ReluHealth(EVIL, 1, 0.0, 0.0),),
    )
    for html in inside_parts(look, [EVIL] * 10).values():
        assert "<script" not in html and "&lt;script&gt;" in html
