"""Fixes for shapes that do not fit: broadcasting, view, matmul, and losses that only warn."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from cifar_core.tensors.facts import broadcast, reads_tracked_leaf, shares_cells
from cifar_core.tensors.fixes.mistake import Mistake, Rule
from cifar_core.tensors.fixes.rebind import rebound
from cifar_core.tensors.snapshot import Fix

PRODUCTS = ("matmul", "mm", "bmm", "mv", "dot")


def out_of_place(m: Mistake) -> Iterator[Fix]:
    """What cannot be done in place, since shape or dtype would change, makes a new tensor."""
    if m.in_place and isinstance(m.owner, torch.Tensor) and not reads_tracked_leaf(m.owner):
        edits = rebound(m.snippet, m.statement, None if m.node is m.statement else m.node)
        if edits:
            yield from m.fix("Make a new tensor instead of changing it in place", *edits)


def copy_before_writing(m: Mistake) -> Iterator[Fix]:
    if m.in_place and isinstance(m.owner, torch.Tensor) and shares_cells(m.owner) and m.parts:
        yield from m.made(m.parts[0][0], ".clone()")


def column(m: Mistake) -> Iterator[Fix]:
    """A vector that has one number for each row of a matrix stands up as a column."""
    parts = [part for part in m.parts if isinstance(part[1], torch.Tensor | np.ndarray)]
    if len(parts) != 2 or m.operation in PRODUCTS:
        return
    (_, a), (_, b) = parts
    if broadcast(tuple(a.shape), tuple(b.shape)) is not None:
        return
    for (node, vector), (_, matrix) in (parts, parts[::-1]):
        fits = vector.ndim == 1 and matrix.ndim > 1 and len(vector) == matrix.shape[-2]
        if fits and not m.is_written(node):
            label = f"Make {m.words(node)} a column: [:, None]"
            yield from m.fix(label, m.snippet.then(node, "[:, None]"))


def view_of_scattered(m: Mistake) -> Iterator[Fix]:
    match m.node:
        case ast.Call(func=ast.Attribute() as function) if m.operation == "view":
            yield from m.fix("Use .reshape()", m.snippet.rename(function, "reshape"))


def inferred_size(m: Mistake) -> Iterator[Fix]:
    """`view(4, 2)` of six elements: one size is left to PyTorch."""
    if m.operation not in ("view", "reshape") or not isinstance(m.owner, torch.Tensor | np.ndarray):
        return
    parts = m.parts[1:]
    if len(parts) == 1 and isinstance(parts[0][0], ast.Tuple | ast.List):
        parts = list(zip(parts[0][0].elts, parts[0][1], strict=True))
    sizes = [size for _, size in parts]
    if not all(isinstance(size, int) and size > 0 for size in sizes):
        return
    count = m.owner.numel() if isinstance(m.owner, torch.Tensor) else m.owner.size
    for at, (node, _) in enumerate(parts):
        others = math.prod(sizes[:at] + sizes[at + 1 :])
        if count and count % others == 0:
            yield from m.fix(
                f"Let PyTorch work one size out: -1 for {sizes[at]}", m.snippet.replace(node, "-1")
            )


def turned(m: Mistake) -> Iterator[Fix]:
    """A matrix product whose inner sizes are equal once a side is transposed."""
    if m.operation not in PRODUCTS or len(m.parts) != 2 or len(m.tensors) != 2:
        return
    (left, a), (right, b) = m.parts
    if b.dim() > 1 and a.shape[-1] == b.shape[-1]:
        yield from _transpose(m, right, b)
    if a.dim() > 1 and a.shape[-2] == b.shape[-2 if b.dim() > 1 else 0]:
        yield from _transpose(m, left, a)


def _transpose(m: Mistake, node: ast.expr, value: torch.Tensor) -> Iterator[Fix]:
    suffix = ".T" if value.dim() == 2 else ".mT"
    if not m.is_written(node):
        label = f"Transpose {m.words(node)}: {suffix}"
        yield from m.fix(label, m.snippet.then(node, suffix))


def loss_of_two_shapes(m: Mistake) -> Iterator[Fix]:
    """(4, 1) against (4,): the one that has the extra 1 loses it."""
    is_loss = m.operation in ("mse_loss", "l1_loss") or isinstance(m.owner, nn.MSELoss)
    parts = [(node, value) for node, value in m.parts if isinstance(value, torch.Tensor)]
    if not is_loss or len(parts) != 2:
        return
    for (node, one), (_, other) in (parts, parts[::-1]):
        for dim in range(one.dim()):
            if one.shape[dim] == 1 and _without(one.shape, dim) == list(other.shape):
                label = f"Drop the 1 of {m.words(node)}: .squeeze({dim})"
                yield from m.fix(label, m.snippet.then(node, f".squeeze({dim})"))
    (_, output), (node, target) = parts
    if output.numel() == target.numel():
        yield from m.fix("Give both one shape", m.snippet.then(node, f".view({_sizes(output)})"))


def _without(shape: Any, dim: int) -> list[int]:
    return [size for at, size in enumerate(shape) if at != dim]


def _sizes(tensor: torch.Tensor) -> str:
    return ", ".join(map(str, tensor.shape))


ERRORS: tuple[Rule, ...] = (
    copy_before_writing,
    out_of_place,
    column,
    turned,
    inferred_size,
    view_of_scattered,
)
WARNINGS: tuple[Rule, ...] = (loss_of_two_shapes,)
