"""What the optimiser made of the gradients: weights before and after, and one weight in full."""

import torch
from torch import Tensor

from cifar_core.introspect.step.cells import Index
from cifar_core.introspect.step.facts import ParameterUpdate, WeightUpdate
from cifar_core.introspect.step.taken import Taken


def open_parameters(taken: Taken) -> tuple[ParameterUpdate, ...]:
    """Norms of every tensor of weights."""
    opened = []
    for name, weights in taken.model.named_parameters():
        update = norm(taken.after[name] - weights.detach())
        size = norm(weights)
        gradient = 0.0 if weights.grad is None else norm(weights.grad)
        ratio = update / size if size else None
        opened.append(ParameterUpdate(name, tuple(weights.shape), size, gradient, update, ratio))
    return tuple(opened)


def open_weight(taken: Taken, trainer, name: str, index: Index) -> WeightUpdate:
    """One weight's way through SGD. trainer: still holds the last step's gradient and momentum."""
    mine, own = taken.model.get_parameter(name), trainer.model.get_parameter(name)
    group = taken.group[name]
    before, gradient = mine.detach()[index], taken.gradients[name][index]
    decay, momentum = group["weight_decay"], group["momentum"]
    last = None if own.grad is None else own.grad[index]
    uncleared = gradient if last is None else last + gradient
    cleared = "zero_grad" not in trainer.faults
    pulled = (gradient if cleared else uncleared) + decay * before
    # without momentum SGD leaves a buffer from before as it is, and does not read it
    buffer = taken.state.get(name, {}).get("momentum_buffer") if momentum else None
    direction = pulled if buffer is None else buffer[index]
    if buffer is not None and group["nesterov"]:
        direction = pulled + momentum * buffer[index]
    held = trainer.optimizer.state.get(own, {}).get("momentum_buffer") if momentum else None
    other = (uncleared if cleared else gradient) + decay * before
    other = _direction(other, None if held is None else held[index], group)
    return WeightUpdate(
        name, index, float(before), float(gradient), decay, float(pulled), momentum,
        group["nesterov"],
        buffer_before=None if held is None else float(held[index]),
        buffer_after=None if buffer is None else float(buffer[index]),
        direction=float(direction),
        lr=group["lr"],
        after=float(taken.after[name][index]),
        last_gradient=None if last is None else float(last),
        uncleared=float(uncleared),
        cleared=cleared,
        other_direction=float(other),
        other_after=float(before - group["lr"] * other),
    )  # fmt: skip


def _direction(pulled: Tensor, held: Tensor | None, group: dict) -> Tensor:
    """What SGD makes of a gradient and its decay. held: the momentum buffer before the step."""
    momentum = group["momentum"]
    if not momentum:
        return pulled
    buffer = pulled if held is None else momentum * held + pulled
    return pulled + momentum * buffer if group["nesterov"] else buffer


def norm(tensor: Tensor) -> float:
    """sqrt(sum of squares)."""
    return float(torch.linalg.vector_norm(tensor.detach().float()))  # sync
