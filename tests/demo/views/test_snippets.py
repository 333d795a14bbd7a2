"""The stages as code for the Tensors tab: each runs there, with the picture's own numbers."""

import numpy as np
import pytest
import torch

from cifar_core.inference import SWITCHES, preprocess
from cifar_core.tensors import trace
from demo.views import stages as view
from demo.views.snippets import stage_code

MEAN, STD = (0.49, 0.48, 0.45), (0.25, 0.24, 0.26)


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)


def last(source: str) -> dict:
    """Name -> values after the last line."""
    step = trace(source).to_json()["steps"][-1]
    assert step["error"] is None, (source, step["error"])
    return {name: value["values"] for name, value in step["names"].items()}


def codes(pixels, without=()) -> list[str]:
    stages = preprocess(pixels, MEAN, STD, without=without).stages
    return [card.get("code", "") for card in view.shown(stages, MEAN, STD)["cards"]]


def test_every_snippet_runs_and_fits_the_editor(pixels):
    for source in codes(pixels):
        last(source)
        assert max(map(len, source.split("\n"))) <= 40


def test_snippets_do_to_the_middle_of_the_picture_what_the_stages_did(pixels):
    stages = preprocess(pixels, MEAN, STD).stages
    _, _, permuted, divided, normalised, batched = map(last, codes(pixels))
    middle = (..., slice(15, 17), slice(15, 17))
    assert permuted["chw"] == stages[2].array[middle].tolist()
    assert divided["scaled"] == pytest.approx(stages[3].array[middle], abs=1e-6)
    assert normalised["normalised"] == pytest.approx(stages[4].array[middle], abs=0.05)
    assert batched["batch"] == pytest.approx(stages[5].array[middle], abs=0.05)


def test_the_snippet_of_resize_blends_four_pixels_or_skips_three(pixels):
    crop = preprocess(pixels, MEAN, STD).stages[0].array
    red = torch.from_numpy(crop[18:22, 18:22, 0].copy()).float()
    names = last(codes(pixels)[1])
    blend = torch.nn.functional.avg_pool2d(red[None], 2)[0]
    assert names["blend"] == pytest.approx(blend.numpy())
    assert names["skip"] == red[::2, ::2].tolist()


def test_where_a_stage_fails_its_snippet_fails_in_the_same_way(pixels):
    source = codes(pixels, {"permute"})[4]
    error = trace(source).to_json()["steps"][-1]["error"]
    assert error["type"] == "RuntimeError"
    assert "must match the size of tensor b (3) at non-singleton dimension 0" in error["message"]


@pytest.mark.parametrize("size", [(3, 3), (9, 3), (3, 9)])
def test_a_picture_of_three_pixels_is_not_taken_for_one_with_its_channels_last(size):
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    for source in codes(pixels, {"resize", "crop"}):
        last(source)


@pytest.mark.parametrize("off", SWITCHES)
@pytest.mark.parametrize("size", [(1, 1), (2, 3), (3, 3), (90, 3)])
def test_every_size_and_switch_gives_code_that_can_be_read(size, off):
    pixels = np.full((*size, 3), 7, np.uint8)
    for source in codes(pixels, {off}):
        compile(source, "snippet", "exec")


def test_a_picture_smaller_than_the_snippet_is_repeated():
    source = stage_code("permute", np.array([[[1, 2, 3]]], np.uint8), MEAN, STD)
    assert last(source)["hwc"] == [[[1, 2, 3]] * 2] * 2
