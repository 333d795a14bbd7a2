"""How large weights, gradients and updates are in each layer, read from what a step leaves."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class LayerNorms:
    """A norm is the root of the sum of squares over all of the layer's weights and biases.

    gradient, update: of the last step; None before one was taken. update is what was taken from
    the weights. ratio = update / weight, about 0.001 where learning goes well; None without either.
    """

    name: str
    weight: float
    gradient: float | None
    update: float | None
    ratio: float | None


def layer_norms(model: nn.Module, optimizer: torch.optim.SGD) -> list[LayerNorms]:
    """Every layer with weights, in the order in which the model lists them. Nothing is computed
    but the norms: gradients, momentum and learning rate still stand where the last step left them.
    """
    groups = {p: group for group in optimizer.param_groups for p in group["params"]}
    found = []
    for name, layer in model.named_modules():
        weights = list(layer.parameters(recurse=False))
        if not weights:
            continue
        size = _norm(weights)
        updates = [_last_update(p, groups[p], optimizer.state.get(p, {})) for p in weights]
        gradient, update = _norm([p.grad for p in weights]), _norm(updates)
        ratio = update / size if update is not None and size else None
        found.append(LayerNorms(name, size or 0.0, gradient, update, ratio))
    return found


@torch.no_grad()
def _last_update(weights: Tensor, group: dict, state: dict) -> Tensor | None:
    """weights before - weights after, from the weights after."""
    # without momentum SGD does not read the buffer that it may have from before
    buffer = state.get("momentum_buffer") if group["momentum"] else None
    nesterov = group["nesterov"]
    if buffer is not None and not nesterov:
        return group["lr"] * buffer
    if weights.grad is None:
        return None
    momentum = 0.0 if buffer is None else group["momentum"] * buffer
    # The decay pulled on the weights before, which are weights + update: solved for the update.
    lr, decay = group["lr"], group["weight_decay"]
    return lr * (weights.grad + decay * weights + momentum) / (1 - lr * decay)


def _norm(tensors) -> float | None:
    """Over all the tensors together; None if one is missing."""
    if any(tensor is None for tensor in tensors):
        return None
    squares = [float(torch.linalg.vector_norm(t.detach().float())) ** 2 for t in tensors]  # sync
    return math.sqrt(sum(squares))
