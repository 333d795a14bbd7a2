"""Hints for products of matrices and vectors: dtypes, dimensions, inner sizes, batches."""

from __future__ import annotations

import torch

from cifar_core.tensors.facts import Failed, broadcast
from cifar_core.tensors.hints.words import dtype, shape

TAKES = {  # by operation: how many dimensions each side has
    "mm": (2, 2, "two matrices"),
    "bmm": (3, 3, "two batches of matrices"),
    "mv": (2, 1, "a matrix and a vector"),
    "dot": (1, 1, "two vectors"),
}

MATRIX = ".t() swaps the sizes of a matrix."


def product(f: Failed) -> str | None:
    if f.operation not in ("matmul", *TAKES) or len(f.tensors) != 2:
        return None
    left, right = f.tensors
    if left.dtype != right.dtype:
        return f"Both must have one dtype; here they have {dtype(left)} and {dtype(right)}."
    if left.dtype == torch.bool:
        return "A product needs numbers, here both sides are True and False; call .float() on both."
    *dimensions, words = TAKES.get(f.operation, (left.dim(), right.dim(), ""))
    if dimensions != [left.dim(), right.dim()]:
        return f"{f.operation} takes {words}; here the shapes are {shape(left)} and {shape(right)}."
    if not left.dim() or not right.dim():
        return "One side is a single number without dimensions; write * for that."
    return _sizes(left, right)


def _sizes(left: torch.Tensor, right: torch.Tensor) -> str | None:
    both = f"{shape(left)} @ {shape(right)}"
    vectors = left.dim() == right.dim() == 1
    if left.shape[-1] != right.shape[0 if right.dim() == 1 else -2]:
        if vectors:
            return f"{both}: two vectors must have the same length."
        swap = ".mT swaps the last two." if max(left.dim(), right.dim()) > 2 else MATRIX
        return f"{both}: the inner sizes must be equal; {swap}"
    batches = tuple(left.shape[:-2]), tuple(right.shape[:-2])
    if broadcast(*batches) is None:
        left_batch, right_batch = batches
        return f"{both}: the inner sizes fit, the batches {left_batch} and {right_batch} do not."
    return None
