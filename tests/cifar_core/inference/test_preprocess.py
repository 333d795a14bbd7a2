"""The stages from a picture to the net's input, each against a plain way to compute it."""

import numpy as np
import pytest
import torch
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as F

from cifar_core.inference.pictures import PictureError
from cifar_core.inference.preprocess import SWITCHES, preprocess, resize, to_tensor

MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def smooth(side: int) -> np.ndarray:
    """Waves much longer than a cell of the 32x32, so that every good filter agrees."""
    x, y = np.meshgrid(np.linspace(0, 6, side), np.linspace(0, 6, side))
    waves = np.stack([np.sin(x), np.cos(y), np.sin(x + y)], axis=2)
    return (127.5 + 100 * waves).astype(np.uint8)


def box_average(pixels: np.ndarray, factor: int) -> np.ndarray:
    """The mean of each factor x factor block, with plain loops."""
    side = len(pixels) // factor
    averages = np.empty((side, side, 3))
    for row in range(side):
        for column in range(side):
            down, across = row * factor, column * factor
            block = pixels[down : down + factor, across : across + factor]
            averages[row, column] = block.reshape(-1, 3).mean(0)
    return averages


@pytest.mark.parametrize(("width", "height", "box"), [(9, 5, (2, 0, 7, 5)), (4, 7, (0, 1, 4, 5))])
def test_crop_is_the_square_in_the_middle(width, height, box):
    pixels = noise(height, width)
    left, top, right, bottom = box
    cropped = preprocess(pixels, MEAN, STD).stages[0].array
    assert (cropped == pixels[top:bottom, left:right]).all()


@pytest.mark.parametrize("without", [(), ("antialias",)])
def test_cifar_picture_passes_unchanged_and_the_note_says_so(without):
    pixels = noise(32, 32)
    ready = preprocess(pixels, MEAN, STD, without=without)
    assert (ready.pixels == pixels).all()
    assert "stay as they are" in ready.stages[1].note
    assert "stay as they are" not in preprocess(noise(33, 33), MEAN, STD).stages[1].note


@pytest.mark.parametrize("factor", [2, 3, 8, 20, 40])
def test_resize_is_near_the_average_of_what_lies_under(factor):
    pixels = smooth(32 * factor)
    small = preprocess(pixels, MEAN, STD).pixels
    inside = slice(1, -1)  # at the rim the filter has fewer neighbours than inside
    difference = np.abs(small - box_average(pixels, factor))
    assert difference[inside, inside].max() <= 2
    assert difference.max() <= 6


def test_fine_stripes_become_grey_not_stripes():
    """A resize that skips pixels gives black or white here."""
    stripes = np.zeros((320, 320, 3), np.uint8)
    stripes[:, ::2] = 255
    small = resize(torch.from_numpy(stripes)).numpy()
    assert np.abs(small[:, 1:-1].astype(int) - 127).max() <= 3


def test_tiny_picture_is_enlarged():
    small = preprocess(np.full((1, 1, 3), 90, np.uint8), MEAN, STD).pixels
    assert small.shape == (32, 32, 3) and (small == 90).all()


def test_to_tensor_puts_channels_first():
    pixels = noise(32, 32)
    images = to_tensor(pixels)
    assert images.shape == (1, 3, 32, 32) and images.dtype == torch.uint8
    assert images[0, 2, 5, 7] == pixels[5, 7, 2]
    assert torch.equal(to_tensor(np.stack([pixels, pixels]))[1], images[0])


def test_batch_is_what_torchvision_makes_of_the_pixels():
    ready = preprocess(noise(50, 80), MEAN, STD)
    image = F.to_dtype(F.to_image(ready.pixels), torch.float32, scale=True)
    expected = F.normalize(image, list(MEAN), list(STD)).unsqueeze(0)
    torch.testing.assert_close(torch.from_numpy(ready.batch), expected)


def test_every_stage_is_kept_in_order():
    stages = preprocess(noise(50, 80), MEAN, STD).stages
    assert all(stage.on for stage in stages)
    assert [(stage.name, stage.array.shape, str(stage.array.dtype)) for stage in stages] == [
        ("crop", (50, 50, 3), "uint8"),
        ("resize", (32, 32, 3), "uint8"),
        ("permute(2, 0, 1)", (3, 32, 32), "uint8"),
        ("/ 255", (3, 32, 32), "float32"),
        ("(x - mean) / std", (3, 32, 32), "float32"),
        ("unsqueeze(0)", (1, 3, 32, 32), "float32"),
    ]
    assert "80 x 50" in stages[0].note
    assert all(stage.note.endswith(".") for stage in stages)


def test_unreadable_picture_is_a_picture_error():
    with pytest.raises(PictureError):
        preprocess(b"no picture", MEAN, STD)


def in_plain_torch(pixels: np.ndarray, without: set[str]) -> torch.Tensor:
    """What a beginner would write, a line commented out for each stage that is off."""
    x = torch.from_numpy(pixels).permute(2, 0, 1)
    if "crop" not in without:
        x = F.center_crop(x, [min(x.shape[1:])] * 2)
    if "resize" not in without:
        x = F.resize(x, [32, 32], InterpolationMode.BICUBIC, antialias="antialias" not in without)
    if "permute" in without:
        x = x.permute(1, 2, 0)
    if "divide" not in without:
        x = x / 255
    if "normalise" not in without:
        x = (x - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
    return x if "unsqueeze" in without else x.unsqueeze(0)


@pytest.mark.parametrize(
    "off",
    [(), *((key,) for key in SWITCHES if key != "permute")]
    + [("permute", "normalise"), ("divide", "normalise"), ("crop", "antialias"), SWITCHES],
    ids=" ".join,
)
def test_what_is_off_is_left_out_and_the_rest_is_as_in_plain_torch(off):
    pixels = smooth(64)[:50]  # (50, 64, 3)
    found = torch.from_numpy(preprocess(pixels, MEAN, STD, without=off).batch)
    expected = in_plain_torch(pixels, set(off))
    assert found.dtype == expected.dtype and found.shape == expected.shape
    levels = 1.01 if "divide" in off else 1.01 / 255  # two resizes may round differently
    within = levels if "normalise" in off else levels / min(STD)
    torch.testing.assert_close(found.double(), expected.double(), atol=within, rtol=0)


def test_antialias_is_what_keeps_fine_stripes_from_becoming_stripes():
    stripes = np.zeros((320, 320, 3), np.uint8)
    stripes[:, ::10] = 255  # a white line in each cell of the 32x32, at its left end
    blended = preprocess(stripes, MEAN, STD).pixels
    sampled = preprocess(stripes, MEAN, STD, without={"antialias"}).pixels
    assert (blended > 15).all()
    assert (sampled == 0).all()


def test_an_error_of_pytorch_ends_the_way_and_is_kept_word_for_word():
    ready = preprocess(noise(50, 80), MEAN, STD, without={"permute"})
    with pytest.raises(RuntimeError) as caught:
        torch.zeros(32, 32, 3) - torch.tensor(MEAN).view(3, 1, 1)
    assert ready.failure is not None and ready.failure.stage == "normalise"
    assert ready.failure.error == f"RuntimeError: {caught.value}"
    assert [stage.key for stage in ready.stages] == ["crop", "resize", "permute", "divide"]
    assert [stage.on for stage in ready.stages] == [True, True, False, True]


def test_a_large_picture_that_is_not_resized_still_costs_little():
    shapes = {
        size: preprocess(noise(*size), MEAN, STD, without={"resize", "crop"}).batch.shape
        for size in ((40, 60), (300, 100))
    }
    assert shapes == {(40, 60): (1, 3, 40, 60), (300, 100): (1, 3, 64, 21)}
