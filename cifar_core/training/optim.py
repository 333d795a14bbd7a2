"""The optimiser of a run and its learning rate at each step, as a function that can be plotted."""

import torch
from torch import nn

from cifar_core.config import TrainConfig
from cifar_core.training.faults import TOO_HIGH, active
from cifar_core.training.muon import Muon

WARM_UP = 0.2  # share of a one-cycle run in which the learning rate rises


def build_optimizer(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """SGD with momentum, or Muon for the kernels and SGD for the rest.

    Weight decay pulls on matrices and kernels, not on biases and norms, nor on Muon's kernels.
    """
    trained = [p for p in model.parameters() if p.requires_grad]
    vectors = [p for p in trained if p.ndim <= 1]
    matrices = [p for p in trained if p.ndim > 1]
    if config.optimizer == "sgd":
        groups: list[dict] = [{"params": matrices, "decays": True}, {"params": vectors}]
        optimizer = torch.optim.SGD(
            groups, lr=config.lr, momentum=config.momentum, nesterov=config.nesterov
        )
    else:
        kernels = [p for p in matrices if p.ndim == 4]
        heads = [p for p in matrices if p.ndim != 4]
        ahead = config.nesterov
        optimizer = Muon(
            [
                {"params": kernels, "orthogonal": True, "nesterov": ahead},
                {"params": heads, "orthogonal": False, "nesterov": ahead, "decays": True},
                {"params": vectors, "orthogonal": False, "nesterov": ahead},
            ]
        )
    set_rates(optimizer, config, config.lr)
    return optimizer


def set_rates(optimizer: torch.optim.Optimizer, config: TrainConfig, lr: float) -> None:
    """What the next update of an optimiser that `build_optimizer` made goes by."""
    for group in optimizer.param_groups:
        by_sgd = config.optimizer == "muon" and not group["orthogonal"]
        group["lr"] = lr * config.sgd_scale if by_sgd else lr
        group["momentum"] = config.momentum
        group["weight_decay"] = config.weight_decay if group.get("decays") else 0.0


def lr_at(step: int, total_steps: int, config: TrainConfig) -> float:
    """The learning rate of update number `step`, from 0.

    onecycle: up in a straight line to config.lr, then down to nearly 0 (after Smith, 2018).
    linear: from config.lr at once, down to nearly 0.
    """
    highest = config.lr * (TOO_HIGH if "lr" in active(config) else 1)
    if config.schedule == "constant":
        return highest
    if config.schedule == "linear":
        return highest * (1 - step / total_steps)
    progress = (step + 1) / total_steps
    if progress < WARM_UP:
        return highest * progress / WARM_UP
    return highest * max((1 - progress) / (1 - WARM_UP), 0.005)
