"""Memory that an operation reserved and nothing was written to since: torch.empty, for one.

What lay there before could be another visitor's, so it is filled: with a NaN that no computation
starts from, of integers with the largest value, of booleans with True. A cell counts as unwritten
if one of these operations reserved it and its bytes are still those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from cifar_core.tensors.sizes.creation import is_data

RESERVING = frozenset({"empty", "empty_like", "Tensor"})
MARK = 0x15  # in the low bits of a NaN, where PyTorch's and NumPy's own have zeros
NAN_BITS = {
    torch.float16: (torch.int16, 0x7E00 | MARK),
    torch.bfloat16: (torch.int16, 0x7FC0 | MARK),
    torch.float32: (torch.int32, 0x7FC0_0000 | MARK),
    torch.float64: (torch.int64, 0x7FF8_0000_0000_0000 | MARK),
}


def reserved_by(
    operation: str, operands: Sequence[object], made: Any
) -> torch.Tensor | np.ndarray | None:
    """The part of what an operation made that it only reserved; None where it wrote all.

    torch.Tensor reserves and copies data, if there are any. A mean of squared differences is one
    number, in front of as much memory as there were differences.
    """
    if operation in RESERVING:
        return None if operation == "Tensor" and is_data(operands) else made
    mean_of_squares = operation == "mse_loss" or isinstance(next(iter(operands), None), nn.MSELoss)
    if mean_of_squares and isinstance(made, torch.Tensor) and not (made.dim() or made.is_meta):
        behind = made.untyped_storage().nbytes() // made.itemsize - 1
        return made.detach().as_strided((behind,), (1,), 1) if behind > 0 else None
    return None


def fill(reserved: torch.Tensor | np.ndarray) -> None:
    """Marks every element of a tensor or array, whose version stays as it is."""
    tensor = torch.from_numpy(reserved) if isinstance(reserved, np.ndarray) else reserved.data
    as_stored, value = _mark(tensor.dtype)
    tensor.view(as_stored).fill_(value)


def still_marked(cells: Sequence[int], content: bytes, dtype: torch.dtype) -> list[int]:
    """Those of `cells` of a strip whose bytes are still as `fill` left them."""
    as_stored, value = _mark(dtype)
    mark = bytes(torch.tensor([value], dtype=as_stored).view(torch.uint8).tolist())
    size = len(mark)
    return [cell for cell in cells if content[cell * size : (cell + 1) * size] == mark]


def _mark(dtype: torch.dtype) -> tuple[torch.dtype, int]:
    if dtype in NAN_BITS:
        return NAN_BITS[dtype]
    return dtype, 1 if dtype is torch.bool else torch.iinfo(dtype).max
