"""How large weights, gradients and updates are in each layer, read from what a step leaves."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class LayerNorms:
    """A norm is the root of the sum of squares over all of the layer's weights and biases.

    gradient, update: of the last step; None before one was taken. update is what was taken from
    the weights, Muon's bringing a kernel to its norm included. ratio = update / weight, about 0.001
    where learning goes well with SGD, and the learning rate with Muon; None without either.
    """

    name: str
    weight: float
    gradient: float | None
    update: float | None
    ratio: float | None


def layer_norms(model: nn.Module, optimizer: Any) -> list[LayerNorms]:
    """Every layer with weights, in the order in which the model lists them.

    optimizer: the run's SGD or Muon. Gradients, momentum and learning rate still stand where the
    last step left them: only Muon's orthogonal direction is worked out again.
    """
    groups = {p: group for group in optimizer.param_groups for p in group["params"]}
    found = []
    for name, layer in model.named_modules():
        weights = list(layer.parameters(recurse=False))
        if not weights:
            continue
        size = _together(weights)
        updates = [_last_update(p, groups[p], optimizer) for p in weights]
        gradient, update = _together([p.grad for p in weights]), _together(updates)
        ratio = update / size if update is not None and size else None
        found.append(LayerNorms(name, size or 0.0, gradient, update, ratio))
    return found


@torch.no_grad()
def _last_update(weights: Tensor, group: dict, optimizer: Any) -> Tensor | None:
    """weights before - weights after, from the weights after; None where nothing tells it."""
    state = optimizer.state.get(weights, {})
    # without momentum SGD does not read the buffer that it may have from before
    buffer = state.get("momentum_buffer") if group["momentum"] else None
    lr, ahead = group["lr"], group["nesterov"] or buffer is None
    direction = weights.grad if ahead else buffer
    if direction is None:
        return None
    if ahead and buffer is not None:
        direction = direction.add(buffer, alpha=group["momentum"])
    if group.get("orthogonal"):
        if "norm" not in state:  # at a checkpoint, where a run goes on from one
            return None
        rescaled = weights + lr * optimizer.made_orthogonal(direction)
        return rescaled * (state["norm"] / len(weights) ** 0.5) - weights
    if not ahead:
        return lr * direction
    # The decay pulled on the weights before, which are weights + update: solved for the update.
    decay = group["weight_decay"]
    return lr * (direction + decay * weights) / (1 - lr * decay)


def norm(tensor: Tensor) -> float:
    """sqrt(sum of squares), added up as float64: as float32 they overflow long before a weight."""
    return float(torch.linalg.vector_norm(tensor.detach().cpu().double()))  # sync; MPS has no such


def _together(tensors) -> float | None:
    """The norm over all the tensors; None if one is missing."""
    if any(tensor is None for tensor in tensors):
        return None
    return math.hypot(*map(norm, tensors))
