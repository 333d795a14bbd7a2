"""A small net with random weights, and the metadata that goes with it."""

import pytest
import torch
from torch import nn

from cifar_core.models.weights import Metadata


@pytest.fixture
def metadata():
    return Metadata(
        model="mlp",
        classes=("bird", "cat", "ship"),
        mean=(0.5, 0.4, 0.3),
        std=(0.2, 0.25, 0.3),
        data="random numbers",
    )


@pytest.fixture
def model():
    """Answers differently in train mode (dropout), so that a forgotten eval() shows."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=2), nn.ReLU(), nn.Flatten(), nn.Dropout(0.5), nn.Linear(900, 3)
    )
