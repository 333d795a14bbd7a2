"""The weights in assets/ are what they say: read, measured on pictures they never saw."""

import os

import pytest
import torch

from cifar_core.data import CIFAR10_CLASSES, load
from cifar_core.models import load_weights
from cifar_core.models.weights import SHIPPED, resolve
from cifar_core.training import evaluate

needs_cifar10 = pytest.mark.skipif(
    "CIFAR_DATA" not in os.environ, reason="set CIFAR_DATA to CIFAR-10 to measure the weights"
)
pytestmark = pytest.mark.parametrize("name", SHIPPED)


def accuracy(name: str, pictures) -> tuple[float, float]:
    """What the net reaches on the pictures, and what it says of itself."""
    model, about = load_weights(name)
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (about.mean, about.std))
    return evaluate(model, pictures, mean, std).accuracy, about.test_accuracy


def test_the_weights_are_small_and_say_what_they_are(name):
    _, about = load_weights(name)
    assert resolve(name).stat().st_size < 12_000_000
    assert about.classes == CIFAR10_CLASSES and "CIFAR-10" in about.data
    assert about.test_accuracy >= 0.905


@needs_cifar10
def test_the_net_answers_a_tenth_of_the_test_pictures_as_well_as_it_says(name):
    test = load("test", os.environ["CIFAR_DATA"])
    some = test.take(torch.arange(0, len(test), 10))
    reached, said = accuracy(name, some)
    assert reached == pytest.approx(said, abs=4 * (0.9 * 0.1 / len(some)) ** 0.5)


@pytest.mark.slow
@needs_cifar10
def test_the_net_reaches_what_it_says_on_all_10000_test_pictures(name):
    test = load("test", os.environ["CIFAR_DATA"])
    assert len(test) == 10_000
    reached, said = accuracy(name, test)
    assert reached == pytest.approx(said, abs=0.002)
