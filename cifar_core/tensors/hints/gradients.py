"""Hints for mistakes with autograd: backward() and what reads `.grad`."""

from __future__ import annotations

import torch

from cifar_core.tensors.facts import Failed
from cifar_core.tensors.hints.words import Rule
from cifar_core.tensors.history import changed_in_place


def backward(f: Failed) -> str | None:
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
    if x.numel() != 1:
        return "backward() starts from one number; call .sum() or .mean() first."
    if any(changed_in_place(value) for value in f.held.values()):
        return "backward() needs a value that was changed in place; use the operation without `_`."
    return (
        "The first backward() frees the graph; compute the loss again, or pass retain_graph=True."
    )


def grad_of_computed(f: Failed) -> str | None:
    if f.operation == "getattr" and f.operands[1:] == ("grad",):
        return "Only leaves keep a .grad; update leaves in place, call .retain_grad() on others."
    return None


ERRORS: tuple[Rule, ...] = (backward,)
WARNINGS: tuple[Rule, ...] = (grad_of_computed,)
