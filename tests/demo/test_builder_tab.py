"""The panel "Your own net": what its handler answers, whatever it is asked, and what may be run."""

import time
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from cifar_core.config import TrainConfig
from cifar_core.data import CIFAR10_CLASSES
from cifar_core.data.sources import DRAWN, find_source
from cifar_core.models import Metadata
from cifar_core.models.own import KINDS, parse
from cifar_core.models.own_shapes import check
from demo.run import Run
from demo.run_settings import read_settings, written_settings
from demo.tabs import builder
from demo.views.bars import about
from demo.views.builder import ABOUT, FIRST, STARTS, frame
from demo.views.training import tab_html
from demo.views.verdict import verdict
from tests.demo.test_opened_tab import is_a_sentence
from tests.demo.test_runs import reaches, watch

TUTORIAL = STARTS["Tutorial net"]
BROKEN = TUTORIAL.replace("Conv2d(6, 16, 5)", "Conv2d(6, 16, 3)")
ONE_NUMBER = (
    "own: Conv2d(3, 4, 11, stride=11), MaxPool2d(2), BatchNorm2d(4), ReLU(), Flatten(), "
    "Linear(4, 2)"
)
FORM = {**written_settings(TrainConfig()), "data": DRAWN.description}


(look,) = builder.handlers(SimpleNamespace(data=DRAWN))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", STARTS)
def test_the_nets_to_start_from_fit(name):
    check(parse(STARTS[name]), 10)
    assert parse(STARTS[name]) and look({"model": STARTS[name]})["model"] == STARTS[name]


def test_every_kind_of_layer_can_be_added_and_is_explained():
    html = frame()
    assert set(KINDS) == set(ABOUT)
    for kind, known in KINDS.items():
        assert html.count(f'<template data-kind="{kind}">') == 1
        assert html.count(f'data-add="{kind}"') == 1
        assert len(FIRST.get(kind, ())) == len(known.numbers)


def test_the_list_of_networks_offers_your_own_which_starts_as_the_tutorial_net():
    html = tab_html([], [], [], verdict([], [], [], 10))
    assert f'<option value="{TUTORIAL}"' in html and "Your own net" in html


def test_a_net_that_fits_is_shown_with_its_shapes_sizes_and_code():
    seen = look({"model": TUTORIAL, "data": DRAWN.description})
    rows = seen["layers"]
    assert [row["name"] for row in rows[:4]] == ["conv1", "relu1", "pool1", "conv2"]
    assert rows[0]["numbers"] == ["3", "6", "5", "1", "0"] and rows[0]["parameters"] == "456"
    assert (rows[0]["shape"], rows[6]["shape"]) == ("[B, 6, 28, 28]", "[B, 400]")
    assert (rows[0]["sizes"], seen["wanted"]) == ((6, 28, 28), "[B, 10]")
    assert seen["total"] == "62,006 parameters in 12 layers" and seen["mistake"] is None


@pytest.mark.parametrize("name", STARTS)
def test_the_code_makes_the_net(name):
    names: dict = {}
    exec(look({"model": STARTS[name]})["code"], names)
    assert isinstance(names["net"], nn.Sequential)
    assert names["net"](torch.zeros(2, 3, 32, 32)).shape == (2, 10)


def test_the_layer_that_does_not_fit_has_pytorchs_error_and_the_number_that_fits():
    seen = look({"model": BROKEN})
    assert seen["mistake"] == {
        "layer": 7,
        "message": "mat1 and mat2 shapes cannot be multiplied (1x576 and 400x120)",
        "pytorch": True,
        "hint": "",
        "fit": {"layer": 7, "numbers": ["576", "120"], "label": "Fit in_features to 576"},
    }
    assert [bool(row["shape"]) for row in seen["layers"]] == [True] * 7 + [False] * 5
    assert seen["total"].startswith("60,470") and seen["model"] == BROKEN


def test_the_loss_s_mistake_is_fitted_in_the_last_layer():
    seen = look({"model": TUTORIAL.replace("(84, 10)", "(84, 7)")})
    assert seen["mistake"]["layer"] == 12 and seen["mistake"]["pytorch"]
    assert seen["mistake"]["message"] == "Target 9 is out of bounds."
    fit = {"layer": 11, "numbers": ["84", "10"], "label": "Fit out_features of fc3 to 10"}
    assert seen["mistake"]["fit"] == fit


def test_a_draft_is_shown_up_to_the_number_that_cannot_be():
    seen = look({"model": TUTORIAL.replace("MaxPool2d(2)", 'MaxPool2d("zwei")', 1)})
    assert seen["model"] is None and seen["layers"][2]["numbers"] == ["zwei"]
    assert seen["mistake"]["layer"] == 2 and not seen["mistake"]["pytorch"]
    assert seen["mistake"]["message"].startswith("kernel_size must be a whole number from 1 to 11")
    assert [bool(row["shape"]) for row in seen["layers"]] == [True] * 2 + [False] * 10
    assert "nn.MaxPool2d(zwei)" in seen["code"]
    assert seen["total"] == "– parameters in 12 layers", "what follows is not counted yet"
    earlier = look({"model": 'own: Conv2d(4, 6, 5), MaxPool2d("")'})
    assert earlier["mistake"]["layer"] == 0, "the first mistake is the one that is told"


@pytest.mark.parametrize(
    "request_",
    [None, [], "own: ReLU()", 3, {}, {"model": None}, {"model": 3}, {"model": "tutorial"},
     {"model": "own:"}, {"model": "own: eval('1')"}, {"model": "own: " + "ReLU(), " * 30},
     {"model": "own: " + "(" * 1000}, {"model": ["own: ReLU()"], "data": {}}],
)  # fmt: skip
def test_whatever_is_asked_is_answered_with_a_sentence(request_):
    assert is_a_sentence(look(request_))


@given(st.text() | st.integers() | st.none(), st.text() | st.lists(st.text()) | st.none())
def test_nothing_raises(model, data):
    look({"model": model, "data": data})
    look({"model": f"own: Linear({model!r}, 10)", "data": data})


def test_an_answer_takes_less_than_a_tenth_of_a_second():
    seconds = []
    for text in (TUTORIAL, BROKEN) * 3:
        start = time.perf_counter()
        look({"model": text})
        seconds.append(time.perf_counter() - start)
    assert sorted(seconds)[2] < 0.1


def test_the_classes_are_those_of_the_data(picture_folder):
    source = find_source(picture_folder(classes=("a", "b", "c")))
    (look,) = builder.handlers(SimpleNamespace(data=source))  # type: ignore[arg-type]
    three = look({"model": TUTORIAL, "data": source.description})
    assert three["wanted"] == "[B, 3]" and three["mistake"]["layer"] == 12
    assert look({"model": TUTORIAL, "data": DRAWN.description})["mistake"] is None
    form = {**FORM, "data": source.description, "model": TUTORIAL.replace("(84, 10)", "(84, 3)")}
    assert read_settings(form, [source])[0].model == form["model"]
    with pytest.raises(ValueError, match="a score for each of 3 classes"):
        read_settings({**form, "model": TUTORIAL}, [source])


# What may be run


def test_a_form_with_your_own_net_is_read_as_its_canonical_text_and_written_back():
    form = {**FORM, "model": "own:Flatten( ),Linear(3072,10)"}
    config, _ = read_settings(form, [DRAWN])
    assert config.model == "own: Flatten(), Linear(3072, 10)"
    assert written_settings(config)["model"] == config.model


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (BROKEN, "^Layer 8 of your net, fc1, does not fit: mat1 and mat2 shapes .*\\.$"),
        (TUTORIAL.replace("(84, 10)", "(84, 7)"), "^Your net does not end in a score for each"),
        ('own: Conv2d(3, "", 5)', "^Layer 1, Conv2d: out_channels must be .*, and is empty\\.$"),
        ("own: os.system('true')", "^Layer 1 is not a layer"),
    ],
)
def test_a_net_with_a_mistake_is_not_started_and_the_layer_is_named(model, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_settings({**FORM, "model": model}, [DRAWN])


def test_a_batch_norm_with_too_few_numbers_is_told_before_the_start(runs, source):
    config = TrainConfig(model=ONE_NUMBER, epochs=1, batch_size=1)
    with pytest.raises(ValueError, match="^A batch is one picture, of which .* batch size\\.$"):
        runs.start(config, source)
    odd, last = config.replace(batch_size=5), "36 training pictures in batches of 5, the last batch"
    first = runs.start(odd, source)  # nobody knows yet how many pictures there are
    assert f"did not start: With {last}" in watch(first)[-1]["line"]
    watch(runs.start(config.replace(batch_size=4), source))
    with pytest.raises(ValueError, match=f"^With {last} is one picture, of which "):
        runs.start(odd, source)


def test_a_run_of_your_own_net_is_found_again_and_named(runs, source):
    config = TrainConfig(model="own: Flatten(), Linear(3072, 2)", epochs=1000, batch_size=8)
    run = runs.start(config, source, paused=True)
    reaches(run, "paused", 1)
    found = Run.found(run.dir)
    assert found and found.config == config and found.name.startswith("Own net, batch 8")
    run.stop()
    reaches(run, "stopped")


def test_a_run_whose_net_cannot_be_read_here_is_not_shown(runs, source):
    run = runs.start(TrainConfig(epochs=1000, batch_size=8), source, paused=True)
    reaches(run, "paused", 1)
    settings = run.dir / "config.json"
    settings.write_text(settings.read_text().replace('"tutorial"', '"own: Conv9d(1)"'))
    assert Run.found(run.dir) is None
    run.stop()
    reaches(run, "stopped")


def test_the_classify_tab_calls_it_an_own_net():
    metadata = Metadata(TUTORIAL, CIFAR10_CLASSES, (0.5,) * 3, (0.2,) * 3, "drawings")
    assert about(metadata) == "Own net, trained on drawings; not tested yet"
