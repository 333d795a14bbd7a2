"""How many elements a new tensor, array or layer has."""

from __future__ import annotations

import math

import numpy as np
import torch

from cifar_core.tensors.sizes.operands import Keywords, Operands, bind, product, unpacked


def size(operands: Operands, keywords: Keywords) -> int | None:
    """ones(2, 3), ones((2, 3)), ones(size=(2, 3)), and NumPy's ones(3, float)."""
    named = keywords.get("size", keywords.get("shape"))
    if named is not None:
        return product(named if isinstance(named, list | tuple) else [named])
    sizes = [item for item in unpacked(operands) if not isinstance(item, str | type | np.dtype)]
    return product(sizes)


def full(operands: Operands, keywords: Keywords) -> int | None:
    return size(operands[:1], keywords)


def randint(operands: Operands, keywords: Keywords) -> int | None:
    return size([item for item in operands if isinstance(item, list | tuple)], keywords)


def arange(operands: Operands, keywords: Keywords) -> int | None:
    numbers = [item for item in operands if not isinstance(item, str | type | torch.dtype)]
    start, end, step = bind("start end step", numbers, keywords)
    end = keywords.get("stop", end)
    if end is None:
        start, end = 0, start
    try:
        return max(math.ceil((end - (start or 0)) / (1 if step is None else step)), 0)
    except (TypeError, ValueError, RuntimeError, ArithmeticError):
        return None


def linspace(operands: Operands, keywords: Keywords) -> int | None:
    _, _, steps = bind("start end steps", operands, keywords)
    return product([keywords.get("num", 50) if steps is None else steps])


def eye(operands: Operands, keywords: Keywords) -> int | None:
    rows, columns = bind("n m", operands, keywords)
    rows, columns = keywords.get("N", rows), keywords.get("M", columns)
    return product([rows, columns if isinstance(columns, int) else rows])


def from_data(operands: Operands, keywords: Keywords) -> int:
    """tensor([a, a, ...]) reads each tensor that the list holds."""

    def count(data: object) -> int:
        if isinstance(data, list | tuple):
            return sum(count(item) for item in data)
        return math.prod(data.shape) if isinstance(data, torch.Tensor | np.ndarray) else 1

    return count(list(operands[:1]))


def legacy(operands: Operands, keywords: Keywords) -> int | None:
    """torch.Tensor(2, 3) is a size, torch.Tensor([2, 3]) is data."""
    return from_data(operands, {}) if is_data(operands) else product(unpacked(operands))


def is_data(operands: Operands) -> bool:
    """Whether torch.Tensor copies its argument; for sizes it only reserves memory."""
    if len(operands) != 1 or isinstance(operands[0], torch.Size):
        return False
    return isinstance(operands[0], list | tuple | range | np.ndarray | torch.Tensor)


def one_hot(operands: Operands, keywords: Keywords) -> int | None:
    indices, classes = bind("tensor num_classes", operands, keywords)
    if not isinstance(indices, torch.Tensor) or indices.numel() == 0 or indices.is_meta:
        return None
    known = isinstance(classes, int) and classes >= 0
    return indices.numel() * (classes if known else int(indices.max()) + 1)


def linear_weight(operands: Operands, keywords: Keywords) -> int | None:
    return product(bind("in_features out_features", operands, keywords))


def conv_weight(operands: Operands, keywords: Keywords) -> int | None:
    into, out, kernel = bind("in_channels out_channels kernel_size", operands, keywords)
    sides = kernel if isinstance(kernel, list | tuple) else (kernel, kernel)
    return product([into, out, *sides])
