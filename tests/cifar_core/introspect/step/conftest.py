"""Runs of all nets, of one with the layers that the others have not, and one of Muon's."""

import pytest
from torch import nn

from cifar_core.introspect.step import open_step
from cifar_core.models import list_models
from cifar_core.models.registry import MODELS, ModelInfo
from cifar_core.training import Splits, StepEnd, Trainer
from tests.cifar_core.introspect.step.stepped import CONFIG, MUON, PICTURE, Stepped
from tests.conftest import made_up_pictures


class WithDropout(nn.Module):
    """A net with the layers that the others have not."""

    def __init__(self, num_classes=10):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
            nn.Dropout(0.4), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(64, num_classes),
        )  # fmt: skip

    def forward(self, x):
        return self.layers(x)


@pytest.fixture
def dropout(monkeypatch):
    monkeypatch.setitem(MODELS, "dropout", ModelInfo("dropout", "", "", WithDropout))
    return CONFIG.replace(model="dropout")


@pytest.fixture
def few(pictures):
    return Splits(pictures(32), pictures(10, 1), pictures(10, 2))


@pytest.fixture
def after(few):
    """after(config, steps): a trainer that has taken some steps, and the iterator of the others."""

    def train(config, steps=2, data=few):
        trainer = Trainer(config, data=data)
        events = (event for event in trainer.events() if isinstance(event, StepEnd))
        for _ in range(steps):
            next(events)
        return trainer, events

    return train


@pytest.fixture(scope="module")
def opened_and_oracle():
    """For each net, and for Muon: the opened third step, and the same step by hand."""
    made, found = made_up_pictures, {}
    configs = {name: CONFIG.replace(model=name) for name in list_models()} | {"muon": MUON}
    for name, config in configs.items():
        data = Splits(made(32), made(10, 1), made(10, 2))
        trainer = Trainer(config, data=data)
        events = trainer.events()
        for _ in range(3):
            next(events)
        found[name] = open_step(trainer, PICTURE), Stepped(trainer)
    return found


@pytest.fixture(params=[*list_models(), "muon"])
def both(request, opened_and_oracle):
    return opened_and_oracle[request.param]
