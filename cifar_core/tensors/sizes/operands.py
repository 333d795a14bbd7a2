"""What the rules for sizes read: the operands of a call, their shapes, its arguments by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

Operands = Sequence[Any]
Keywords = Mapping[str, Any]
Rule = Callable[[Operands, Keywords], int | None]
Shape = tuple[int, ...]


def product(sizes: Sequence[Any]) -> int | None:
    """The number of elements of a shape, None if it is none."""
    try:
        return math.prod(max(int(size), 0) for size in sizes)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return None


def bind(names: str, operands: Operands, keywords: Keywords) -> list[Any]:
    """The arguments of these names, in order; None for each that was left out."""
    given = dict(zip(names.split(), operands, strict=False))
    return [given.get(name, keywords.get(name)) for name in names.split()]


def unpacked(sizes: Sequence[Any]) -> Sequence[Any]:
    """f(2, 3) and f((2, 3)) name the same size."""
    return sizes[0] if sizes and isinstance(sizes[0], list | tuple) else sizes


def is_cells(value: object) -> bool:
    return isinstance(value, torch.Tensor | np.ndarray)


def shape_of(value: Any) -> Shape:
    """Of a tensor, an array, or a list that NumPy would make one of; () for anything else."""
    if isinstance(value, torch.Tensor | np.ndarray):
        return tuple(value.shape)
    if isinstance(value, list | tuple):
        return (len(value), *(shape_of(value[0]) if value else ()))
    return ()


def shapes(operands: Operands) -> list[Shape]:
    """The shapes of those operands that have one, 0-d left out."""
    return [shape for shape in map(shape_of, operands) if shape]
