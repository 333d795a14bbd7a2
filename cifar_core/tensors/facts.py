"""The facts of an operation that failed or warned: what hints and fixes are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

POINTWISE = frozenset(
    ("add", "sub", "mul", "div", "pow", "remainder", "floor_divide", "maximum", "minimum", "where")
    + ("eq", "ne", "lt", "le", "gt", "ge", "masked_fill", "mse_loss")
)
Held = Mapping[str, Any]  # every name of the step with what it names


@dataclass(frozen=True)
class Failed:
    """`operation` is written without the underscore; `error` is the exception or the warning."""

    operation: str
    in_place: bool
    operands: tuple[Any, ...]
    error: Exception
    held: Held

    @property
    def owner(self) -> Any:
        return self.operands[0] if self.operands else None

    @property
    def tensors(self) -> list[torch.Tensor]:
        return [item for item in self.operands if isinstance(item, torch.Tensor)]


def broadcast(*shapes: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape that some shapes broadcast to, None where they do not fit."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        return None


def is_floating(value: object) -> bool:
    return isinstance(value, float) or (
        isinstance(value, torch.Tensor) and value.is_floating_point()
    )


def is_truths(value: object) -> bool:
    """Whether it is a tensor or an array of True and False."""
    return isinstance(value, torch.Tensor | np.ndarray) and str(value.dtype).endswith("bool")


def reads_tracked_leaf(tensor: torch.Tensor) -> bool:
    """Whether writing into this tensor writes into a leaf whose history is kept."""
    base = tensor._base if tensor._is_view() else tensor
    return base is not None and base.requires_grad and base.is_leaf and torch.is_grad_enabled()


def shares_cells(tensor: torch.Tensor) -> bool:
    """Whether several elements lie in one cell, as expand() leaves them."""
    places = zip(tensor.stride(), tensor.shape, strict=True)
    return any(step == 0 and size > 1 for step, size in places)


def reads_backwards(array: object) -> bool:
    return isinstance(array, np.ndarray) and any(step < 0 for step in array.strides)
