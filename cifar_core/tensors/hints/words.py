"""What every hint is written with: the type of a rule, and how shapes and dtypes are named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from cifar_core.tensors.fixes.mistake import Mistake

Rule = Callable[[Mistake], str | None]


def shape(tensor: Any) -> str:
    return str(tuple(tensor.shape))


def dtype(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")
