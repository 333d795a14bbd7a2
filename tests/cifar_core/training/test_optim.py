"""The learning rate over a run, and which weights decay."""

import pytest

from cifar_core.config import TrainConfig
from cifar_core.models import create_model
from cifar_core.training.optim import build_optimizer, lr_at


def test_constant_is_constant():
    config = TrainConfig(lr=0.3)
    assert {lr_at(step, 50, config) for step in range(50)} == {0.3}


def test_onecycle_rises_to_lr_and_falls_to_nearly_nothing():
    config = TrainConfig(lr=0.4, schedule="onecycle")
    rates = [lr_at(step, 100, config) for step in range(100)]
    top = rates.index(max(rates))
    assert max(rates) == pytest.approx(0.4, rel=0.02) and 15 <= top <= 25
    assert rates[:top] == sorted(rates[:top]) and rates[top:] == sorted(rates[top:], reverse=True)
    assert 0 < rates[-1] < 0.01


def test_biases_and_norms_do_not_decay():
    model = create_model("convnet")
    groups = build_optimizer(model, TrainConfig(weight_decay=0.1)).param_groups
    for group in groups:
        decays = {p.ndim > 1 for p in group["params"]}
        assert decays == {group["weight_decay"] > 0}
    assert sum(len(g["params"]) for g in groups) == len(list(model.parameters()))
