"""The panel "Why" on the server's side: whatever is asked, an explanation or one sentence."""

import base64
import io
import json
import re
import threading
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cifar_core.data import CIFAR10_CLASSES
from cifar_core.data.sources import DRAWN
from cifar_core.inference import Prediction, Predictor
from cifar_core.inference.explain import integrated_gradients, occlusion
from cifar_core.models import create_model
from cifar_core.models.weights import Metadata, save_weights
from demo.nets import Nets
from demo.tabs import explain
from demo.views.explain import WAYS, change, frame, overlay, signed
from tests.conftest import made_up_pictures


class Runs:
    """Stands for the server's runs: one net, newest."""

    def __init__(self, path):
        self.path = path

    def newest_weights(self):
        return self.path and ("a run", self.path)


def write_net(path, model="tutorial"):
    torch.manual_seed(0)
    metadata = Metadata(model, CIFAR10_CLASSES, (0.5,) * 3, (0.25,) * 3, "test pictures")
    save_weights(path, create_model(model), metadata)
    return path


@pytest.fixture
def path(tmp_path):
    return write_net(tmp_path / "net.safetensors")


def served(path):
    """The handlers (explain, variants) over the net in `path` and the drawn pictures."""
    return explain.handlers(SimpleNamespace(data=DRAWN), Nets(Runs(path)))


@pytest.fixture
def ask(path):
    """Asks about the net in `path`: ask(way, ...) -> the answer."""
    handler, _ = served(path)

    def asked(way, **more):
        return handler({"net": "run", "picture": encoded(pixels()), "way": way, **more})

    return asked


def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)


def encoded(picture: np.ndarray) -> str:
    written = io.BytesIO()
    Image.fromarray(picture).save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()


def values_in(html: str) -> np.ndarray:
    return np.array(json.loads(re.search(r'data-values="([^"]*)"', html)[1]))


@pytest.mark.parametrize("way", ["grad_cam", "occlusion", "gradients"])
def test_every_map_shows_numbers_and_what_it_can_and_cannot_say(ask, path, way):
    html = ask(way, label=None)["html"]
    label = Predictor.load(path)(pixels()).label
    assert label in html and "It can say" in html and "It cannot say" in html
    assert np.isfinite(values_in(html)).all()
    assert "conv2" in html or way != "grad_cam"
    if way == "grad_cam":
        assert values_in(html).min() == 0 and "what is below 0 counted as 0" in html


def test_the_numbers_are_those_of_the_library(ask, path):
    predictor = Predictor.load(path)
    found = 100 * occlusion(predictor, pixels(), "ship").values
    np.testing.assert_allclose(values_in(ask("occlusion", label="ship")["html"]), found, rtol=0.005)
    html = ask("gradients", label="ship", baseline="white")["html"]
    found = integrated_gradients(predictor, pixels(), "ship", "white")
    assert f"<td>{signed(found.total)}</td>" in html
    assert f"<td>{signed(found.logit - found.baseline_logit)}</td>" in html
    assert 'data-baseline="white" aria-pressed="true"' in html
    missed = abs(found.total - (found.logit - found.baseline_logit))
    assert f"all pixels miss the difference by {missed:.3f}:" in html


def test_maps_list_all_layers_and_open_a_number(ask, path):
    html = ask("maps")["html"]
    for layer in ("conv1", "conv2", "fc1", "fc3"):
        assert f'<option value="{layer}"' in html
    assert 'value="conv1" selected' in html and html.count("data-channel=") == 6
    assert ask("maps", layer="fc3")["html"].count("data-channel=") == 10
    predictor = Predictor.load(path)
    scores = predictor(pixels()).probabilities
    opened = ask("number", layer="fc3", index=[3])["html"]
    value = float(re.search(r'<data value="([^"]*)"', opened)[1])
    again = float(
        re.search(r'<data value="([^"]*)"', ask("number", layer="fc3", index=[4])["html"])[1]
    )
    assert np.exp(value - again) == pytest.approx(scores["cat"] / scores["deer"], rel=1e-4)
    first = ask("number", layer="conv1", index=[2, 5, 7])["html"]
    assert "kernel (weights)" in first and "opened-window" in first and "bias" in first


def test_the_changes_of_edits_are_the_predictors(path):
    _, variants = served(path)
    edited = [np.roll(pixels(), 9, axis=1), 255 - pixels()]
    answer = variants(
        {
            "net": "run",
            "picture": encoded(pixels()),
            "pictures": [encoded(picture) for picture in edited],
        }
    )
    before, *after = Predictor.load(path).many([pixels(), *edited])
    assert answer["changes"] == [change(before, prediction) for prediction in after]
    assert "explain-edits" in answer["html"]


def test_a_change_names_the_new_answer_where_it_is_another():
    def answer(label, frog):
        return Prediction(label, {"frog": frog, "cat": 1 - frog}, True, pixels())

    assert change(answer("frog", 0.6), answer("frog", 0.85)) == "frog 60 % → 85 %"
    assert change(answer("frog", 0.6), answer("cat", 0.2)) == "frog 60 % → 20 %, now cat 80 %"


@pytest.mark.parametrize(
    ("pictures", "sentence"),
    [
        (None, "no edits"),
        ([], "no edits"),
        (["x"] * 9, "no edits"),
        (["A" * 1_000_001], "too large"),
        ([3], "no picture"),
        (["?"], "did not arrive whole"),
    ],
)
def test_edits_that_do_not_fit_get_a_sentence(path, pictures, sentence):
    _, variants = served(path)
    asked = {"net": "run", "picture": encoded(pixels()), "pictures": pictures}
    assert sentence in variants(asked)["error"]
    assert (
        "one colour"
        in variants(
            {
                **asked,
                "picture": encoded(np.zeros((32, 32, 3), np.uint8)),
                "pictures": [encoded(pixels())],
            }
        )["error"]
    )


def test_the_nearest_pictures_come_once_they_are_read(ask, monkeypatch):
    asked_once = threading.Event()

    def made_up(split, source):
        asked_once.wait(60)
        return made_up_pictures(40)

    monkeypatch.setattr(explain, "load", made_up)
    assert "training pictures" in ask("nearest")["wait"]
    asked_once.set()
    while "wait" in (answer := ask("nearest")):
        pass
    html = answer["html"]
    assert html.count("<li>") == 5 and html.count(" away</span>") == 5
    assert "40 training pictures (made-up pictures)" in html and "84 numbers" in html
    assert "trained on test pictures" in html


def test_a_net_without_convolutions_says_why_grad_cam_cannot(tmp_path):
    path = write_net(tmp_path / "mlp.safetensors", "mlp")
    handler, _ = served(path)
    question = {"net": "run", "picture": encoded(pixels())}
    assert "no convolution" in handler({**question, "way": "grad_cam"})["error"]
    assert "html" in handler({**question, "way": "gradients"})


def test_a_picture_of_one_colour_is_not_explained(ask):
    flat = encoded(np.full((32, 32, 3), 200, np.uint8))
    assert "one colour" in ask("occlusion", picture=flat)["error"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"way": "tea leaves"}, "no such way"),
        ({"way": ["grad_cam"]}, "no such way"),
        ({"label": "unicorn"}, "no class 'unicorn'"),
        ({"label": 3}, "names no class"),
        ({"way": "gradients", "baseline": "pink"}, "baseline 'pink'"),
        ({"way": "gradients", "baseline": {}}, "names no picture to start from"),
        ({"way": "maps", "layer": "conv9"}, "no layer 'conv9'"),
        ({"way": "maps", "layer": 1}, "names no layer"),
        ({"way": "number", "layer": "conv1", "index": [0, 0, 99]}, "no number there"),
        ({"way": "number", "layer": "conv1", "index": [0, True, 1]}, "names no place"),
        ({"way": "number", "layer": "conv1", "index": "0,0,0"}, "names no place"),
        ({"picture": "????"}, "did not arrive whole"),
        ({"net": "moon"}, "no net of that name"),
    ],
)
def test_what_does_not_fit_gets_a_sentence(ask, more, sentence):
    assert sentence in ask(**{"way": "grad_cam", **more})["error"]


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
PARTS = (
    "net", "run", "step", "picture", "way", "label", "baseline", "layer", "index", "pictures",
)  # fmt: skip
questions = json_values | st.fixed_dictionaries(
    {}, optional={name: json_values | st.just("run") | st.sampled_from([*WAYS]) for name in PARTS}
)


@settings(max_examples=40, deadline=None)
@given(questions)
def test_whatever_is_asked_a_sentence_comes(question):
    for handler in served(None):
        answer = handler(question)
        assert isinstance(answer["error"], str) and answer["error"]


def test_the_map_lies_over_the_picture_place_by_place():
    values = np.array([[2.0, 0.0], [0.0, -1.0]])
    shown = overlay(np.full((32, 32, 3), 100, np.uint8), values).astype(int)
    red, blue = shown[0, 0], shown[-1, -1]
    assert red[0] > red[2] and blue[2] > blue[0]
    assert (shown[:16, 16:] == 190).all() and (shown[16:, :16] == 190).all()  # pale grey at 0
    assert (shown[:16, :16] == red).all() and (shown[16:, 16:] == blue).all()
    assert abs(red - 190).sum() > abs(blue - 190).sum()  # the larger number, the more colour


def test_a_map_of_zeros_is_the_pale_picture():
    shown = overlay(np.full((32, 32, 3), 100, np.uint8), np.zeros((4, 4)))
    assert (shown == 190).all()


def test_the_frame_has_nothing_that_gradio_would_fill_in():
    assert "${" not in frame() and "{{" not in frame()
    assert "`" not in frame() and "\\" not in frame()
