"""Shapes and errors of written nets are PyTorch's, and a net that is too large is never made."""

import time

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from cifar_core.models import create_model
from cifar_core.models.own import KINDS, OwnLayer, parse
from cifar_core.models.own_shapes import check, sentence, shapes
from tests.cifar_core.models.test_own import DEEP, TUTORIAL

SIZES = st.sampled_from([2, 3, 4, 6, 10])
OTHERS = {
    "Conv2d": [SIZES, st.integers(1, 7), st.integers(1, 3), st.integers(0, 3)],
    "MaxPool2d": [],
    "BatchNorm2d": [],
    "Dropout": [],
    "Linear": [SIZES],
}


@st.composite
def nets(draw):
    """Up to eight layers, most of which read what is there: sizes follow the shapes by hand."""
    x, net = torch.zeros(2, 3, 32, 32), []
    for kind in draw(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=8)):
        fits = draw(st.integers(0, 5)) > 0
        first = x.shape[-1 if kind == "Linear" else 1] if fits else draw(SIZES)
        values = {"ReLU": [], "Flatten": [], "Dropout": [0.5], "MaxPool2d": [draw(SIZES)]}
        numbers = values.get(kind, [min(first, 1024) if kind != "Linear" else first])
        numbers = [*numbers, *(draw(other) for other in OTHERS.get(kind, []))]
        net.append(OwnLayer.of(kind, numbers))
        try:
            x = getattr(nn, kind)(*numbers)(x)
        except (RuntimeError, ValueError):
            break
    return net


@given(nets(), st.sampled_from([2, 10]))
def test_shapes_and_the_error_are_those_of_pytorch_run_by_hand(net, classes):
    batch = 2 if any(layer.kind == "BatchNorm2d" for layer in net) else 1
    x, by_hand, message = torch.zeros(batch, 3, 32, 32), [], None
    for layer in net:
        try:
            x = getattr(nn, layer.kind)(*layer.numbers)(x)
        except (RuntimeError, ValueError) as error:
            message = str(error)
            break
        by_hand.append(tuple(x.shape))
    seen = shapes(net, classes)
    assert list(seen.shapes) == by_hand
    if message is not None:
        assert seen.mistake and (seen.mistake.layer, seen.mistake.message) == (
            len(by_hand), message.partition("\n")[0],
        )  # fmt: skip
        return
    try:
        F.cross_entropy(x, torch.tensor([classes - 1] * batch))
    except (RuntimeError, IndexError, ValueError) as error:
        assert seen.mistake and seen.mistake.layer == len(net)
        assert seen.mistake.message == str(error)
    else:
        learns = any(layer.parameters for layer in net)
        assert (seen.mistake is None) == (tuple(x.shape) == (batch, classes) and learns)


@given(nets(), st.sampled_from([2, 10]))
def test_a_fit_makes_its_layer_fit(net, classes):
    mistake = shapes(net, classes).mistake
    if mistake is None or mistake.fit is None:
        assert mistake is None or mistake.hint or mistake.layer == len(net)
        return
    place, layer = mistake.fit
    after = shapes([*net[:place], layer, *net[place + 1 :]], classes)
    assert len(after.shapes) > place
    assert after.mistake is None or after.mistake.layer > mistake.layer


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        ("Conv2d(4, 6, 5)", "Conv2d(3, 6, 5)"),
        ("Conv2d(3, 6, 11, stride=9), Conv2d(6, 9, 5)", "Conv2d(6, 9, 3)"),
        ("Conv2d(3, 6, 11, stride=9), Conv2d(5, 9, 5)", "Conv2d(6, 9, 3)"),
        ("Conv2d(3, 6, 11, stride=9), Conv2d(6, 9, 6, padding=1)", "Conv2d(6, 9, 5, padding=1)"),
        ("Conv2d(3, 6, 11, stride=9), MaxPool2d(5)", "MaxPool2d(3)"),
        ("BatchNorm2d(4)", "BatchNorm2d(3)"),
        ("Flatten(), Linear(400, 10)", "Linear(3072, 10)"),
        ("Flatten(), Linear(3072, 12)", "Linear(3072, 10)"),
        ("Flatten(), Linear(3072, 7)", "Linear(3072, 10)"),
        ("Flatten(), Linear(3072, 7), ReLU(), Dropout(0.5)", "Linear(3072, 10)"),
    ],
)
def test_the_number_that_would_match(text, fit):
    mistake = shapes(parse(f"own: {text}"), 10).mistake
    assert mistake and mistake.fit and str(mistake.fit[1]) == fit


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Linear(400, 10)", "put a Flatten before it"),
        ("Flatten(), Conv2d(3, 6, 5)", "before the Flatten"),
        ("Flatten(), MaxPool2d(2)", "before the Flatten"),
        ("Flatten(), BatchNorm2d(3)", "before the Flatten"),
        ("Conv2d(3, 10, 5)", "End with a Flatten"),
    ],
)
def test_where_no_number_helps_it_is_said_what_does(text, hint):
    mistake = shapes(parse(f"own: {text}"), 10).mistake
    assert mistake and mistake.fit is None and hint in mistake.hint


def test_scores_that_stand_for_no_class_are_a_mistake_although_pytorch_does_not_complain():
    layers = parse("own: Flatten(), Linear(3072, 12)")
    F.cross_entropy(torch.zeros(1, 12), torch.tensor([9]))
    with pytest.raises(ValueError, match="does not complain, but 2 of the 12 scores stand for no"):
        check(layers, 10)
    check(layers, 12)


def test_a_net_without_weights_has_nothing_to_learn():
    with pytest.raises(ValueError, match="nothing to learn"):
        check(parse("own: MaxPool2d(11), MaxPool2d(2), Flatten()"), 3)


def test_a_mistake_is_one_sentence_with_the_layers_place_and_name():
    layers = parse(TUTORIAL.replace("Linear(400", "Linear(256"))
    mistake = shapes(layers, 10).mistake
    assert mistake and sentence(layers, 10, mistake) == (
        "Layer 8 of your net, fc1, does not fit: "
        "mat1 and mat2 shapes cannot be multiplied (1x400 and 256x120)."
    )
    with pytest.raises(ValueError, match="Layer 8 of your net, fc1"):
        create_model(TUTORIAL.replace("Linear(400", "Linear(256"))


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("Flatten(), Linear(3072, 4096)", "12,587,008 parameters up to here, at most 5,000,000"),
        ("Conv2d(3, 1024, 1)", "1,048,576 numbers a picture"),
        ("Conv2d(3, 1024, 1, padding=10)", "numbers a picture"),
        ("Conv2d(3, 8, 1, padding=10), " * 8, "numbers a picture"),
        ("Conv2d(3, 128, 3, padding=1), ReLU(), Conv2d(128, 128, 1)", "numbers a picture"),
        ("Linear(32, 4096)", "393,216 numbers a picture"),
        ("Conv2d(3, 200, 3, padding=1), Conv2d(200, 30, 9, padding=4)", "497,664,000|multiplies"),
    ],
)
def test_a_net_that_is_too_large_is_refused_before_it_is_made(text, limit, monkeypatch):
    made = []
    plain = OwnLayer.module
    monkeypatch.setattr(OwnLayer, "module", lambda layer: made.append(layer) or plain(layer))
    layers = parse(f"own: {text.replace('Conv2d(3, 8, 1, padding=10), ' * 8, _growing())}")
    with pytest.raises(ValueError, match=limit):
        check(layers, 10)
    assert len(made) < len(layers)


def _growing() -> str:
    return "Conv2d(3, 8, 1, padding=10), " + "Conv2d(8, 8, 1, padding=10), " * 7


def test_the_largest_nets_are_looked_at_in_a_tenth_of_a_second():
    text = "own: Conv2d(3, 120, 9, padding=4), MaxPool2d(2), Conv2d(120, 13, 11, padding=5)"
    layers = parse(f"{text}, MaxPool2d(4), Flatten(), Linear(208, 4096), Linear(4096, 940)")
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        seen = shapes(layers, 940)
        seconds.append(time.perf_counter() - start)
    assert seen.mistake is None
    assert sum(layer.parameters for layer in layers) > 4_500_000
    assert min(seconds) < 0.5, "0.1 s on a machine with nothing else to do"


def test_looking_draws_no_number_from_pytorchs_generator():
    before = torch.get_rng_state()
    shapes(parse(DEEP), 10)
    assert torch.equal(torch.get_rng_state(), before)
