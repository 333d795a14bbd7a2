"""What the page shows of a picture's way through the layers is what the library saw."""

import base64
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from cifar_core.config import TrainConfig
from cifar_core.data import CIFAR10_CLASSES
from cifar_core.introspect.seen import LayerSeen, Seen, see_layers
from cifar_core.training import Splits, Trainer
from demo.views.inside_layers import layers_html
from tests.conftest import made_up_pictures

MAPS = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)


def seen(*layers, label=3, step=1) -> Seen:
    probabilities = np.full(10, 0.05, np.float32)
    probabilities[3] = 0.55
    pixels = np.arange(3 * 32 * 32, dtype=np.uint32).astype(np.uint8).reshape(3, 32, 32)
    return Seen(step, 1234, pixels, label, probabilities, layers)


def pictures(html) -> list[np.ndarray]:
    found = re.findall(r"data:image/png;base64,([^\"]+)", html)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))) for data in found]


def test_channels_stand_beside_one_another_and_lose_nothing():
    html = layers_html(
        seen(LayerSeen("conv1", "Conv2d", (6, 3, 4), -1.5, 2.25, MAPS)), CIFAR10_CLASSES
    )
    _, row = pictures(html)
    assert row.shape == (3, 9)
    assert np.array_equal(row[:, :4], MAPS[0]) and np.array_equal(row[:, 5:], MAPS[1])
    assert "<b>conv1</b> Conv2d <code>[6, 3, 4]</code>" in html
    assert "first 2 of 6 channels, from −1.5 to 2.25" in html


def test_a_vector_is_one_strip():
    strip = np.array([[[0, 128, 255]]], np.uint8)
    html = layers_html(seen(LayerSeen("fc", "Linear", (3,), 0.0, 1.0, strip)), CIFAR10_CLASSES)
    assert np.array_equal(pictures(html)[1], strip[0])
    assert 'class="strip"' in html and "all 3 numbers, from 0 to 1" in html


@pytest.mark.parametrize(("label", "word"), [(3, "right"), (4, "wrong")])
def test_the_picture_has_its_name_and_the_answer(label, word):
    html = layers_html(seen(label=label), CIFAR10_CLASSES)
    text = re.sub("<[^>]+>", "", html)
    assert f"{CIFAR10_CLASSES[label]}, test picture 1,234. After 1 step the net answers cat" in text
    assert f"55 %: {word}." in text
    assert np.array_equal(pictures(html)[0], seen().pixels.transpose(1, 2, 0))


def test_probabilities_that_are_no_numbers_are_no_answer():
    lost = replace(seen(), probabilities=np.full(10, np.nan, np.float32))
    text = re.sub("<[^>]+>", "", layers_html(lost, CIFAR10_CLASSES))
    assert text == "cat, test picture 1,234. After 1 step its answers are no numbers any more."


def test_names_are_escaped_and_what_is_no_number_is_said():
    layer = LayerSeen("<b>&", "<i>", (2, 3, 4), float("nan"), float("nan"), MAPS)
    html = layers_html(seen(layer), tuple(f"<u>{c}" for c in CIFAR10_CLASSES))
    assert "<u>" not in html and "<i>" not in html and "&lt;b&gt;&amp;" in html
    assert "all 2 channels, none a number any more" in html


@pytest.mark.parametrize("model", ["tutorial", "resnet"])
def test_a_picture_of_the_largest_net_is_small_enough_to_send(model):
    data = Splits(made_up_pictures(16), made_up_pictures(10, 1), made_up_pictures(10, 2))
    trainer = Trainer(TrainConfig(model=model, batch_size=8), data=data)
    html = layers_html(see_layers(trainer, 0), CIFAR10_CLASSES)
    assert html.count("<li>") == {"tutorial": 12, "resnet": 33}[model]
    assert len(html) < 100_000
