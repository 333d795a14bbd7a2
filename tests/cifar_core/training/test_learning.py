"""Whole runs on real pictures: what the page promises of its nets (slow)."""

import os

import pytest

from cifar_core.config import TrainConfig
from cifar_core.training import Trainer

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif("CIFAR_DATA" not in os.environ, reason="set CIFAR_DATA to CIFAR-10"),
]


def test_the_convnet_passes_55_percent_after_one_epoch_of_cifar10():
    config = TrainConfig(model="convnet", epochs=1, batch_size=64, lr=0.05)
    trainer = Trainer(config, data=os.environ["CIFAR_DATA"])
    trainer.fit()
    assert trainer.validate().accuracy > 0.55
