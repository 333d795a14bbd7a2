"""Which side the training pictures have at which step, and what a smaller picture is."""

import numpy as np
import pytest
import torch
from PIL import Image

from cifar_core.config import TrainConfig
from cifar_core.training.resizing import resized, side_at, steps_left


def test_the_side_grows_over_the_run():
    config = TrainConfig(resize="16:0.4,24:0.75")
    sides = [side_at(step, 20, config) for step in range(20)]
    assert sides == [16] * 8 + [24] * 7 + [None] * 5
    assert side_at(0, 20, TrainConfig()) is None


@pytest.mark.parametrize("step", [0, 1, 7, 8, 15, 19, 20])
def test_steps_that_are_left_count_for_their_pictures_side(step):
    config = TrainConfig(resize="16:0.4,24:0.75")
    sides = [side_at(s, 20, config) or 32 for s in range(21)]
    assert steps_left(step, 20, config) == pytest.approx(sum(sides[step:20]) / sides[step])
    assert steps_left(step, 20, TrainConfig()) == 20 - step


@pytest.mark.parametrize(
    "resize", ["16", "16:0", "24:0.4,16:0.8", "16:0.9,24:0.5", "32:0.5", "a:b"]
)
def test_a_plan_that_cannot_be_is_refused_in_a_sentence(resize):
    with pytest.raises(ValueError, match="resize must be rising sides from 8 to 31"):
        TrainConfig(resize=resize)


def test_a_smaller_picture_is_what_pillow_makes_of_it():
    random = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8, generator=random)
    small = resized(images, 24)
    assert small.shape == (2, 3, 24, 24) and small.dtype == torch.uint8
    for image, found in zip(images, small, strict=True):
        picture = Image.fromarray(image.permute(1, 2, 0).numpy())
        expected = np.asarray(picture.resize((24, 24), Image.Resampling.BILINEAR)).astype(int)
        assert np.abs(found.permute(1, 2, 0).numpy() - expected).max() <= 1
    assert resized(images, None) is images
