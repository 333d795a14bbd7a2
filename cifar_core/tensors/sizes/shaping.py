"""How many elements broadcasting, repeating, joining and indexing make."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from cifar_core.tensors.sizes.operands import (
    Keywords,
    Operands,
    Shape,
    is_cells,
    product,
    shape_of,
    shapes,
    unpacked,
)


def broadcast(operands: Operands, keywords: Keywords) -> int | None:
    named = [value for value in keywords.values() if is_cells(value)]
    try:
        return math.prod(np.broadcast_shapes(*shapes([*operands, *named])))
    except ValueError:
        return None


def among(operands: Operands, keywords: Keywords) -> int | None:
    """sum([a, b]) and max(a, b) broadcast what they are given; x.sum(0) only shrinks."""
    first = operands[0] if operands else None
    items = first if isinstance(first, list | tuple) else operands
    return broadcast([item for item in items if is_cells(item)], {})


def repeat(operands: Operands, keywords: Keywords) -> int | None:
    """x.repeat(2, 3), np.tile(a, (2, 3)), np.repeat(a, 3, axis=0)."""
    first, *times = operands or [()]
    times += [keywords[name] for name in ("repeats", "reps", "dims") if name in keywords]
    if not isinstance(first, torch.Tensor):
        times = times[:1]  # an axis may follow
    count = product(unpacked(times))
    return None if count is None else count * math.prod(shape_of(first))


def expand(operands: Operands, keywords: Keywords) -> int | None:
    """expand(2, -1): -1 keeps the tensor's own size, counted from the last dimension."""
    wanted = list(unpacked([*operands[1:], *keywords.values()]))
    own = [1] * len(wanted) + [size for shape in shapes(operands[:1]) for size in shape]
    own = own[len(own) - len(wanted) :]
    return product([mine if size == -1 else size for mine, size in zip(own, wanted, strict=True)])


def joined(operands: Operands, keywords: Keywords) -> int | None:
    parts = keywords.get("tensors", operands[0] if operands else None)
    return sum(map(math.prod, shapes(parts))) if isinstance(parts, list | tuple) else None


def getitem(operands: Operands, keywords: Keywords) -> int | None:
    return _selected(*operands[:2]) if is_cells(operands[0]) else None


def _selected(owner: torch.Tensor | np.ndarray, index: Any) -> int | None:
    """What lists and index tensors pick together, times the dimensions that are kept."""
    items = list(index) if isinstance(index, tuple) else [index]
    rest = [slice(None)] * max(len(owner.shape) - sum(map(_dimensions, items)), 0)
    dots = [at for at, item in enumerate(items) if item is Ellipsis] or [len(items)]
    items[dots[0] : dots[0] + 1] = rest
    sizes = list(owner.shape)
    kept = 1
    picked: list[Shape] = []
    try:
        for item in items:
            used, sizes = sizes[: _dimensions(item)], sizes[_dimensions(item) :]
            if isinstance(item, slice):
                kept *= math.prod(len(range(*item.indices(size))) for size in used)
            elif used:
                picked.append((math.prod(shape_of(item)),) if len(used) > 1 else shape_of(item))
        return math.prod(np.broadcast_shapes(*picked)) * kept
    except (TypeError, ValueError, RuntimeError):
        return None


def _dimensions(item: object) -> int:
    """How many dimensions of its owner one part of an index stands for."""
    if item is None or item is Ellipsis or isinstance(item, bool):
        return 0
    if isinstance(item, torch.Tensor | np.ndarray) and str(item.dtype).endswith("bool"):
        return len(item.shape)  # a mask
    return 1
