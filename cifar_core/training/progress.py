"""How far a fit has come, as tensors and numbers: all that it needs to go on bit for bit.

Nothing random is in it: order, augmentation and dropout are functions of (seed, step).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from cifar_core.training.trainer import Trainer


def progress(trainer: Trainer) -> tuple[dict[str, Tensor], dict[str, float]]:
    """(tensors, numbers): momentum, the epoch's sum of losses; step, epochs and seconds.

    And the weights, where the net that is saved for answers has other ones: their average.
    Gradients only where a run never clears them.
    """
    tensors = {}
    if trainer.averaged:
        tensors |= {f"model.{k}": t for k, t in trainer.model.state_dict().items()}
    for i, state in trainer.optimizer.state_dict()["state"].items():
        if "momentum_buffer" in state:
            tensors[f"momentum.{i}"] = state["momentum_buffer"]
    tensors["loss_sum"] = trainer.loss_sum
    if "zero_grad" in trainer.faults:
        gradients = {n: p.grad for n, p in trainer.model.named_parameters()}
        tensors |= {f"gradient.{n}": g for n, g in gradients.items() if g is not None}
    numbers = {"step": trainer.step, "epochs": trainer.epochs, "seconds": trainer.train_seconds}
    if trainer.averaged:
        numbers["averaged"] = trainer.averaged.updates
    return tensors, numbers


def restore(
    trainer: Trainer, answering: nn.Module, tensors: dict[str, Tensor], numbers: dict[str, float]
) -> None:
    """Puts a trainer where another one was. answering: the net that was saved for answers.

    Settings of the optimiser (lr, momentum, weight decay) are the trainer's own.
    Raises KeyError or RuntimeError: it has another net, or keeps an average where that one did not.
    """
    trainer.model.load_state_dict(_under("model.", tensors) or answering.state_dict())
    if trainer.averaged:
        trainer.averaged.module.load_state_dict(answering.state_dict())
        trainer.averaged.updates = int(numbers["averaged"])
    # cloned, or the buffers would lie in the mapped file for as long as the run lasts
    momentum = {int(i): t.clone() for i, t in _under("momentum.", tensors).items()}
    state = {i: {"momentum_buffer": t} for i, t in momentum.items()}
    groups = trainer.optimizer.state_dict()["param_groups"]
    trainer.optimizer.load_state_dict({"state": state, "param_groups": groups})
    for name, gradient in _under("gradient.", tensors).items():
        weights = trainer.model.get_parameter(name)
        weights.grad = torch.empty_like(weights).copy_(gradient)  # in the layout of the weights
    trainer.loss_sum.copy_(tensors["loss_sum"])
    trainer.step, trainer.train_seconds = int(numbers["step"]), numbers["seconds"]
    # files of before have no such number; there an epoch had ended with its last step
    trainer.epochs = int(numbers.get("epochs", trainer.step // len(trainer.loader)))


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}
