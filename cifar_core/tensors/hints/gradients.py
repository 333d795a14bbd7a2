"""Hints for mistakes with autograd: backward() and what reads `.grad`."""

from __future__ import annotations

import torch

from cifar_core.tensors import backward
from cifar_core.tensors.facts import Failed
from cifar_core.tensors.hints.words import Rule, shape


def backward_fails(f: Failed) -> str | None:
    x = f.owner
    if (
        f.operation != "backward"
        or not isinstance(x, torch.Tensor)
        or not isinstance(f.error, RuntimeError)
    ):
        return None
    if not x.requires_grad:
        return (
            "Nothing that it was computed from is tracked; make the input with requires_grad=True."
        )
    given = f.operands[1] if len(f.operands) > 1 else None  # the gradient, or retain_graph
    if isinstance(given, torch.Tensor) and not given.requires_grad and given.shape != x.shape:
        return f"The gradient has the tensor's shape, {shape(x)}; here it has {shape(given)}."
    if x.numel() != 1 and not isinstance(given, torch.Tensor):
        return "backward() starts from one number; call .sum() or .mean() first."
    return _spent(x)


def _spent(x: torch.Tensor) -> str | None:
    """What the graph behind a tracked tensor lacks."""
    lacks = backward.lacks(x)
    if lacks == "freed":
        return (
            "The first backward() frees the graph; compute the loss again, "
            "or pass retain_graph=True."
        )
    if lacks != "changed":
        return None
    if backward.changed_storages(x) & backward.leaf_storages(x):
        return "backward() needs the leaf as it was before it was changed; compute the loss again."
    return "backward() needs a value that was changed in place; use the operation without `_`."


def grad_of_computed(f: Failed) -> str | None:
    if f.operation == "getattr" and f.operands[1:] == ("grad",):
        return "Only leaves keep a .grad; update leaves in place, call .retain_grad() on others."
    return None


ERRORS: tuple[Rule, ...] = (backward_fails,)
WARNINGS: tuple[Rule, ...] = (grad_of_computed,)
