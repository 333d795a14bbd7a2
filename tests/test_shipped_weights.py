"""The weights in assets/ are what they say: read, measured on pictures they never saw."""

import os

import pytest
import torch

from cifar_core.data import CIFAR10_CLASSES, load
from cifar_core.models import load_weights
from cifar_core.models.weights import resolve
from cifar_core.training import evaluate

needs_cifar10 = pytest.mark.skipif(
    "CIFAR_DATA" not in os.environ, reason="set CIFAR_DATA to CIFAR-10 to measure the weights"
)


@pytest.fixture(scope="module")
def photos():
    return load_weights("photos")


def accuracy(photos, pictures) -> float:
    model, about = photos
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (about.mean, about.std))
    return evaluate(model, pictures, mean, std).accuracy


def test_photos_are_small_and_say_what_they_are(photos):
    _, about = photos
    assert resolve("photos").stat().st_size < 10_000_000
    assert about.classes == CIFAR10_CLASSES and "CIFAR-10" in about.data
    assert about.test_accuracy >= 0.85


@needs_cifar10
def test_photos_answer_a_tenth_of_the_test_pictures_as_well_as_they_say(photos):
    test = load("test", os.environ["CIFAR_DATA"])
    some = test.take(torch.arange(0, len(test), 10))
    spread = (0.9 * 0.1 / len(some)) ** 0.5
    assert accuracy(photos, some) == pytest.approx(photos[1].test_accuracy, abs=4 * spread)


@pytest.mark.slow
@needs_cifar10
def test_photos_reach_85_percent_on_all_10000_test_pictures(photos):
    test = load("test", os.environ["CIFAR_DATA"])
    assert len(test) == 10_000
    assert accuracy(photos, test) == pytest.approx(photos[1].test_accuracy, abs=0.002)
    assert accuracy(photos, test) >= 0.85
