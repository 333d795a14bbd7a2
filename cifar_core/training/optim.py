"""The optimiser of a run and its learning rate at each step, as a function that can be plotted."""

import torch
from torch import nn

from cifar_core.config import TrainConfig
from cifar_core.training.faults import TOO_HIGH, active

WARM_UP = 0.2  # share of a one-cycle run in which the learning rate rises


def build_optimizer(model: nn.Module, config: TrainConfig) -> torch.optim.SGD:
    """SGD with momentum. Weight decay pulls on matrices and kernels, not on biases and norms."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.SGD(groups, lr=config.lr, momentum=config.momentum, nesterov=config.nesterov)


def set_rates(optimizer: torch.optim.SGD, config: TrainConfig, lr: float) -> None:
    """What the next update of an optimiser that `build_optimizer` made goes by."""
    decays = (config.weight_decay, 0.0)
    for group, decay in zip(optimizer.param_groups, decays, strict=True):
        group.update(lr=lr, momentum=config.momentum, weight_decay=decay)


def lr_at(step: int, total_steps: int, config: TrainConfig) -> float:
    """The learning rate of update number `step`, from 0.

    onecycle: up in a straight line to config.lr, then down to nearly 0 (after Smith, 2018).
    """
    highest = config.lr * (TOO_HIGH if "lr" in active(config) else 1)
    if config.schedule == "constant":
        return highest
    progress = (step + 1) / total_steps
    if progress < WARM_UP:
        return highest * progress / WARM_UP
    return highest * max((1 - progress) / (1 - WARM_UP), 0.005)


def moving_average(decay: float):
    """The rule of `AveragedModel` for an exponential moving average of the weights.

    It forgets faster at the start, min(decay, (1 + n) / (10 + n)) after n updates, or the fresh
    weights would weigh on it for epochs (the schedule of TensorFlow's ExponentialMovingAverage).
    """

    def rule(averaged: torch.Tensor, current: torch.Tensor, updates: torch.Tensor | int):
        if not averaged.is_floating_point():
            return current  # batch norm's count of batches
        n = int(updates)
        return torch.lerp(averaged, current, 1 - min(decay, (1 + n) / (10 + n)))

    return rule
