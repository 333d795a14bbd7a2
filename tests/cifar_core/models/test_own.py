"""Nets that are written down: text to layers and back, and nothing else gets in."""

import ast
import builtins
import dataclasses
import json

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import nn

from cifar_core.data import CIFAR10_CLASSES
from cifar_core.models import (
    Metadata,
    WeightsError,
    count_parameters,
    create_model,
    load_weights,
    model_info,
    save_weights,
)
from cifar_core.models.own import KINDS, OwnLayer, calls, is_own, parse, spec
from cifar_core.models.weights import FORMAT

TUTORIAL = (
    "own: Conv2d(3, 6, 5), ReLU(), MaxPool2d(2), Conv2d(6, 16, 5), ReLU(), MaxPool2d(2), "
    "Flatten(), Linear(400, 120), ReLU(), Linear(120, 84), ReLU(), Linear(84, 10)"
)
DEEP = (
    "own: Conv2d(3, 4, 3, stride=2, padding=1), BatchNorm2d(4), ReLU(), MaxPool2d(2), "
    "Dropout(0.25), Flatten(), Linear(256, 10)"
)


@st.composite
def layers(draw):
    """Any layer with numbers in its ranges."""
    kind = draw(st.sampled_from(list(KINDS)))
    values = [
        draw(st.integers(n.low, int(n.high)) if n.whole else st.floats(n.low, n.high))
        for n in KINDS[kind].numbers
    ]
    return OwnLayer.of(kind, values)


@given(st.lists(layers(), min_size=1, max_size=24))
def test_layers_come_back_from_their_text_as_they_were(net):
    assert parse(spec(net)) == tuple(net)
    for layer, node in zip(net, ast.parse(spec(net)[5:] + ",", mode="eval").body.elts, strict=True):
        numbers = [ast.literal_eval(value) for value in node.args]
        keywords = {keyword.arg: ast.literal_eval(keyword.value) for keyword in node.keywords}
        with torch.device("meta"):
            by_hand = getattr(nn, node.func.id)(*numbers, **keywords)
        assert layer.parameters == count_parameters(by_hand)


@pytest.mark.parametrize(
    "text",
    [
        "own:Conv2d( 3,6,5 ),ReLU()",
        "own: Conv2d(3, 6, 5, 1, 0), ReLU(),",
        "own: (Conv2d(in_channels=3, out_channels=6, kernel_size=5, stride=1), ReLU())",
        "own:\n  Conv2d(3, 6, kernel_size=5, padding=0),\n  ReLU()\n",
    ],
)
def test_other_ways_to_write_a_net_have_one_canonical_form(text):
    assert spec(parse(text)) == "own: Conv2d(3, 6, 5), ReLU()"
    assert model_info(text).name == "own: Conv2d(3, 6, 5), ReLU()"


HOSTILE = [
    None, 3, b"own: ReLU()", ["own: ReLU()"], {}, "", "ReLU()", "tutorial", "own", "own:", "own: ,",
    "own: ReLU", "own: torch.nn.ReLU()", "own: nn.ReLU()", "own: ReLU().__class__()",
    "own: __import__('os').system('true')", "own: eval('1')", "own: exec(1)", "own: object()",
    "own: Sequential(ReLU())", "own: ReLU(ReLU())", "own: ReLU()()", "own: [ReLU()]",
    "own: {ReLU()}", "own: *ReLU()", "own: lambda: ReLU()", "own: ReLU() if 1 else ReLU()",
    "own: (x := ReLU())", "own: [ReLU() for x in y]", "own: ReLU(), 3", "own: 3", "own: 'ReLU()'",
    "own: ReLU(inplace=True)", "own: ReLU(**{})", "own: ReLU(*())", "own: ReLU(1)",
    "own: Conv2d(3, 6)", "own: Conv2d(3, 6, 5, bias=False)", "own: Conv2d(3, 6, 5, 1, 0, 1)",
    "own: Conv2d(3, 6, 5, in_channels=3)", "own: Conv2d(3, 6, 5, padding=1, padding=2)",
    "own: Conv2d(3, 6, 5, padding='same')", "own: Conv2d(3, 6, (5, 5))", "own: Conv2d(3, 6, n)",
    "own: Conv2d(3, 6, 2 + 3)", "own: Conv2d(3, 6, 5.0)", "own: Conv2d(3, 6, True)",
    "own: Conv2d(3, 6, None)", "own: Conv2d(3, 6, ...)", "own: Conv2d(3, 6, '5')",
    "own: Conv2d(3, 6, '')", "own: Conv2d(3, 6, 5j)", "own: Conv2d(3, 6, 0)",
    "own: Conv2d(3, 6, 12)", "own: Conv2d(-3, 6, 5)", "own: Conv2d(0, 6, 5)",
    "own: Conv2d(1025, 6, 5)", "own: Conv2d(3, 99999999999999999999, 5)",
    f"own: Conv2d(3, {'9' * 1900}, 5)", "own: Conv2d(3, 6, 5, stride=0)",
    "own: Conv2d(3, 6, 5, padding=11)", "own: MaxPool2d(0)", "own: MaxPool2d(2, 2)",
    "own: BatchNorm2d(0)", "own: BatchNorm2d(1e999)", "own: Dropout()", "own: Dropout(1)",
    "own: Dropout(0.951)", "own: Dropout(-0.1)", "own: Dropout('0.5')", "own: Dropout(1e999)",
    "own: Flatten(0)", "own: Linear(10, 4097)", "own: Linear(1048577, 1)", "own: Linear(3_0, 1)",
    "own: Linear(0x10, 1)", "own: Linear(1if 1else 2, 3)", "own: ReLU() ReLU()", "own: ReLU(",
    "own: ReLU());import os", "own: ReLU()\nimport os", "own: ReLU() # c", "own: 'a\\d'",
    "own: f'{1}'", "own: '''a'''", "own: \x00", "own: ＲeＬＵ()", "own: Ｒ()",
    "own: " + "(" * 1900, "own: " + "-" * 1900 + "1", "own: " + "ReLU(" * 380,
    "own: " + "ReLU(), " * 25, "own: ReLU()" + " " * 2000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text)[:40])
def test_what_is_no_net_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match=r"\A[A-Z][^\n]{10,250}\.\Z"):
        parse(text)
    if text != "tutorial":
        with pytest.raises(ValueError, match=r"\A[^\n]+\.\Z"):
            create_model(text)


@given(st.text() | st.text("own: ReLUConv2d(),.=369'\"\\-*[]{}f+e", max_size=60))
def test_no_text_at_all_does_anything_but_raise_a_sentence(text):
    for candidate in (text, f"own: {text}"):
        try:
            assert is_own(spec(parse(candidate)))
        except ValueError as error:
            assert str(error).endswith(".")


def test_nothing_in_a_text_is_called(monkeypatch):
    def called(*arguments, **keywords):
        raise AssertionError("a net's text was run")

    for name in ("eval", "exec", "__import__"):
        monkeypatch.setattr(builtins, name, called)
    for text in ("own: eval('1')", "own: exec('1')", "own: __import__('os')"):
        with pytest.raises(ValueError):
            calls(text)


def test_the_articles_net_written_down_is_the_articles_net():
    written, own = create_model("tutorial"), create_model(TUTORIAL)
    pairs = dict(zip(own.state_dict(), written.state_dict(), strict=True))
    own.load_state_dict({mine: written.state_dict()[theirs] for mine, theirs in pairs.items()})
    images = torch.rand(2, 3, 32, 32)
    assert torch.equal(own(images), written(images))


def test_layers_are_named_by_what_they_are_and_counted():
    assert [name for name, _ in create_model(TUTORIAL).named_children()] == [
        "conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "flatten", "fc1", "relu3", "fc2",
        "relu4", "fc3",
    ]  # fmt: skip
    assert isinstance(create_model(DEEP), nn.Sequential)
    assert create_model(DEEP).dropout1.p == 0.25 and create_model(DEEP).conv1.stride == (2, 2)


def test_both_kinds_of_nets_are_known_by_their_info():
    assert model_info("tutorial").title == "Tutorial net"
    info = model_info(DEEP)
    assert (info.name, info.title, info.summary) == (DEEP, "Own net", "7 layers of your own")
    assert info.build(10)(torch.zeros(2, 3, 32, 32)).shape == (2, 10)
    names = "tutorial, mlp, convnet, fastnet, widefast, resnet, airbench"
    with pytest.raises(ValueError, match=names):
        model_info("lenet")


ABOUT = Metadata(DEEP, CIFAR10_CLASSES, (0.5, 0.4, 0.3), (0.2, 0.2, 0.2), "made up")


def test_weights_of_an_own_net_come_back_as_they_were(tmp_path):
    model = create_model(DEEP)
    model(torch.rand(8, 3, 32, 32))  # moves the batch norm's figures
    save_weights(tmp_path / "w", model, ABOUT)
    loaded, about = load_weights(tmp_path / "w")
    assert about == ABOUT
    images = torch.rand(2, 3, 32, 32)
    assert torch.equal(loaded(images), model.eval()(images))


@pytest.mark.parametrize(
    "text",
    [*(text for text in HOSTILE if not isinstance(text, bytes)), "own: Flatten(), Linear(3072, 2)",
     "own: Conv2d(4, 4, 3)", TUTORIAL],
    ids=lambda text: repr(text)[:40],
)  # fmt: skip
def test_weights_that_name_another_net_or_none_are_refused(tmp_path, text):
    about = json.dumps({**dataclasses.asdict(ABOUT), "model": text})
    save_file(create_model(DEEP).state_dict(), tmp_path / "w", {"format": FORMAT, "about": about})
    with pytest.raises(WeightsError, match="does not fit what it says of itself"):
        load_weights(tmp_path / "w")
