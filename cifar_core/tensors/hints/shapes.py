"""Hints for shapes that do not fit: broadcasting, view, and losses that only warn."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from cifar_core.tensors.facts import (
    POINTWISE,
    Failed,
    broadcast,
    is_floating,
    reads_tracked_leaf,
    shares_cells,
)
from cifar_core.tensors.hints.products import product
from cifar_core.tensors.hints.words import Rule, dtype, shape


def in_place(f: Failed) -> str | None:
    x = f.owner
    if not f.in_place or not isinstance(x, torch.Tensor):
        return None
    if reads_tracked_leaf(x):
        return (
            "A tracked leaf cannot be changed in place; put the line under `with torch.no_grad():`."
        )
    if shares_cells(x):
        return "Elements of an expanded tensor share one cell in memory; call .clone() on it first."
    shapes = [tuple(other.shape) for other in f.tensors[1:]]
    if f.operation != "setitem" and broadcast(tuple(x.shape), *shapes) not in (
        None,
        tuple(x.shape),
    ):
        return f"In place the shape stays {shape(x)}; without the underscore it may grow."
    fractions = f.operation == "div" or any(is_floating(other) for other in f.operands[1:])
    if fractions and not x.is_floating_point():
        return f"In place the dtype stays {dtype(x)}; call .float() first, or do it out of place."
    return None


def shapes_differ(f: Failed) -> str | None:
    shapes = [shape(item) for item in f.operands if isinstance(item, torch.Tensor | np.ndarray)]
    if f.operation not in POINTWISE or len(shapes) != 2:
        return None
    if broadcast(*(tuple(item.shape) for item in f.tensors)) is None:
        return f"{shapes[0]} and {shapes[1]}: from the right, sizes must be equal or one of them 1."
    return None


def view(f: Failed) -> str | None:
    x = f.owner
    if f.operation not in ("view", "reshape") or not isinstance(x, torch.Tensor):
        return None
    sizes = f.operands[1] if isinstance(f.operands[1], list | tuple) else f.operands[1:]
    if torch.Size(sizes).numel() == x.numel():
        return "Memory does not hold the elements in this order; .reshape() copies, .view() cannot."
    return f"A new shape keeps the number of elements: here there are {x.numel()}."


def loss_of_two_shapes(f: Failed) -> str | None:
    is_loss = f.operation in ("mse_loss", "l1_loss") or isinstance(f.owner, nn.MSELoss)
    if not is_loss or len(f.tensors) < 2:
        return None
    both = [tuple(tensor.shape) for tensor in f.tensors[:2]]
    made = broadcast(*both)
    if made is None:
        return None
    return f"{both[0]} and {both[1]} broadcast to {made}: each is compared with every other."


ERRORS: tuple[Rule, ...] = (
    in_place,
    product,
    shapes_differ,
    view,
)
WARNINGS: tuple[Rule, ...] = (loss_of_two_shapes,)
