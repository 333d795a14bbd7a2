"""A look into a net whose numbers have grown out of hand says what they are, and no more."""

import math

import numpy as np
import pytest
import torch

from cifar_core.introspect.answers import Answers
from cifar_core.introspect.filters import first_filters
from cifar_core.introspect.inside import look_inside
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


def test_a_net_that_answers_no_numbers_is_right_and_wrong_nowhere(diverging):
    trainer = diverging(1)
    with torch.no_grad():
        trainer.model.fc1.weight.fill_(math.nan)
    inside = look_inside(trainer)
    assert (inside.unanswered, inside.checked, inside.accuracy) == (20, 20, 0)
    assert not inside.confusion.any() and not inside.mistakes
    assert inside.per_class == (None,) * 10
    assert [shown.top for shown in inside.sheet] == [()] * 12
    first, _, lost, last = inside.relus
    assert 0 <= first.dead <= first.zeros <= 1, "its outputs are still numbers"
    assert all(map(math.isnan, (lost.dead, lost.zeros, last.dead, last.zeros)))


def test_pictures_without_an_answer_are_left_out_one_by_one():
    p = np.array([[0.9, 0.1], [math.nan] * 2, [0.2, 0.8], [math.nan] * 2], np.float32)
    found = Answers(p, np.array([0, 0, 0, 1]), ())
    assert found.answered.tolist() == [True, False, True, False]
    assert found.confusion().tolist() == [[1, 1], [0, 0]] and found.mistakes(9).tolist() == [2]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_filters_of_weights_that_are_no_numbers_have_no_scale(diverging, value):
    net = diverging(0).model
    with torch.no_grad():
        net.conv1.weight[2, 1] = value
    filters = first_filters(net)
    assert math.isnan(filters.largest) and (filters.pixels == 128).all()


def test_filters_of_the_largest_weights_are_still_to_scale(diverging):
    net = diverging(0).model
    before = first_filters(net)
    with torch.no_grad():
        net.conv1.weight.div_(before.largest).mul_(1e38)
    after = first_filters(net)
    assert after.largest == pytest.approx(1e38)
    assert np.abs(after.pixels.astype(int) - before.pixels).max() <= 1
