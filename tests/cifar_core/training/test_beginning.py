"""What a run begins with: a net from its seed, or weights as they were trained."""

import pytest
import torch

from cifar_core.config import RECIPES, TrainConfig
from cifar_core.data import CIFAR10_CLASSES, DataError, Pictures
from cifar_core.models import WeightsError, create_model, load_weights
from cifar_core.training.beginning import begin


@pytest.fixture
def pictures():
    images = torch.randint(0, 256, (20, 3, 32, 32), dtype=torch.uint8)
    return Pictures(images, torch.arange(20) % 10, CIFAR10_CLASSES, "noise")


def same(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_pictures_of_one_colour_are_refused(pictures):
    pictures.images[:, 1] = 90
    with pytest.raises(DataError, match="all of one colour"):
        begin(TrainConfig(), pictures)


def test_a_new_net_is_that_of_its_seed_and_leaves_torchs_generator_alone(pictures):
    before = torch.get_rng_state()
    net, mean, std = begin(TrainConfig(seed=7), pictures)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(7)
    assert same(net, create_model("tutorial"))
    scaled = pictures.images.double() / 255
    assert torch.allclose(mean.flatten().double(), scaled.mean((0, 2, 3)), atol=1e-5)
    assert torch.allclose(std.flatten().double(), scaled.std((0, 2, 3)), atol=1e-3)


def test_a_tuned_net_begins_with_the_weights_and_sees_pictures_as_they_did(pictures):
    net, mean, std = begin(RECIPES["doodles"], pictures)
    trained, about = load_weights("photos")
    assert same(net, trained)
    assert mean.shape == (3, 1, 1) and mean.flatten().tolist() == pytest.approx(about.mean)
    assert std.flatten().tolist() == pytest.approx(about.std)


def test_weights_of_another_net_or_other_classes_are_refused(pictures):
    with pytest.raises(WeightsError, match="are for the net airbench"):
        begin(TrainConfig(start="photos"), pictures)
    two = Pictures(pictures.images, pictures.labels % 2, ("cat", "dog"), "noise")
    with pytest.raises(WeightsError, match="pictures of those classes"):
        begin(RECIPES["doodles"], two)
