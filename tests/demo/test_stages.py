"""The way from picture to tensor: cards and pictures are those of the stages that really ran."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from cifar_core.inference import preprocess
from demo.views.pictures import layers, photo, png, signed_layers, strokes_svg
from demo.views.stages import empty_cards, stage_cards, stage_pictures

MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)


def opened(address: str) -> np.ndarray:
    head, data = address.split(",")
    assert head in ("data:image/png;base64", "data:image/jpeg;base64")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


@pytest.fixture
def stages():
    pixels = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    return preprocess(pixels, MEAN, STD).stages


def test_each_stage_has_a_card_with_its_shape_dtype_and_range(stages):
    cards = stage_cards(stages).split("</li>")[:-1]
    assert len(cards) == len(stages) == empty_cards().count("<li")
    for card, stage in zip(cards, stages, strict=True):
        assert f"[{', '.join(map(str, stage.array.shape))}]" in card
        assert str(stage.array.dtype) in card
        assert stage.name in card
    assert f"{stages[0].array.min()} to {stages[0].array.max()}" in cards[0]
    assert (
        f"\N{MINUS SIGN}{abs(stages[5].array.min()):.2f} to {stages[5].array.max():.2f}" in cards[5]
    )


def test_pictures_are_the_stages_own_pixels(stages):
    pictures = stage_pictures(stages)
    assert (opened(pictures["small"]) == stages[1].array).all()
    assert (opened(pictures["planes"]).reshape(3, 32, 32) == stages[2].array).all()
    assert opened(pictures["signed"]).shape == (96, 32, 3)
    assert opened(pictures["crop"]).shape == (90, 90, 3)


def test_large_crop_is_sent_small():
    assert opened(photo(np.zeros((1000, 1000, 3), np.uint8), 480)).shape == (480, 480, 3)


def test_png_is_exact():
    pixels = np.random.default_rng(1).integers(0, 256, (32, 32, 3), np.uint8)
    assert (opened(png(pixels)) == pixels).all()


def test_layers_stand_below_one_another():
    channels = np.arange(3 * 2 * 4).reshape(3, 2, 4)
    assert (layers(channels)[2:4] == channels[1]).all()


def test_zero_is_white_below_is_blue_above_is_vermilion():
    channels = np.array([[[0.0]], [[-9.0]], [[9.0]]], np.float32)
    assert signed_layers(channels).tolist() == [[[255, 255, 255]], [[0, 114, 178]], [[213, 94, 0]]]


def test_strokes_become_lines_of_their_colour_and_width():
    svg = strokes_svg([{"colour": "#d62f1f", "size": 0.05, "points": [[0, 0.5], [1, 0.25]]}])
    assert 'points="0.0,50.0 100.0,25.0" stroke="#d62f1f" stroke-width="5.0"' in svg
