"""A look into a net whose numbers have grown out of hand says what they are, and no more."""

import pytest
import torch

from cifar_core.introspect.norms import layer_norms
from cifar_core.introspect.step import open_step
from cifar_core.training import Splits, Trainer

LARGEST_SQUARED = 1.8e19  # its square is the largest float32


@pytest.fixture
def diverging(config, pictures):
    """diverging(steps): a trainer that has taken them at a learning rate of 100."""

    def train(steps):
        data = Splits(pictures(320), pictures(20, 1), pictures(20, 2))
        trainer = Trainer(config.replace(momentum=0.9), data=data)
        for images, labels in [*trainer.loader.epoch(0)][:steps]:
            trainer.train_step(images, labels, 100.0)
        return trainer

    return train


def test_norms_of_huge_weights_are_theirs_and_not_infinite(diverging):
    trainer = diverging(3)
    layers = layer_norms(trainer.model, trainer.optimizer)
    for layer in layers:
        own = trainer.model.get_submodule(layer.name).parameters(recurse=False)
        flat = torch.cat([p.detach().flatten().double() for p in own])
        assert layer.weight == pytest.approx(flat.norm().item(), rel=1e-6)
        assert layer.ratio == pytest.approx(layer.update / layer.weight)
    assert max(layer.weight for layer in layers) > LARGEST_SQUARED


def test_an_opened_step_measures_an_update_that_is_huge(diverging):
    trainer = diverging(3)
    before = {n: p.detach().clone() for n, p in trainer.model.named_parameters()}
    opened = open_step(trainer).parameters
    trainer.train_step(*[*trainer.loader.epoch(0)][3], trainer.config.lr)
    for tensor in opened:
        change = trainer.model.get_parameter(tensor.name).detach() - before[tensor.name]
        assert tensor.update_norm == pytest.approx(change.double().norm().item(), rel=1e-6)
        size = before[tensor.name].double().norm().item()
        assert tensor.ratio == pytest.approx(tensor.update_norm / size)
    assert max(tensor.update_norm for tensor in opened) > LARGEST_SQUARED
