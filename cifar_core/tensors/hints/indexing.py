"""Hints for square brackets: which index, mask or number of indices does not fit."""

from __future__ import annotations

import numpy as np
import torch

from cifar_core.tensors.facts import Failed
from cifar_core.tensors.hints.words import Rule, shape


def index(f: Failed) -> str | None:
    if f.operation in ("getitem", "setitem") and isinstance(f.error, IndexError):
        if isinstance(f.owner, torch.Tensor | np.ndarray):
            return f"The shape is {shape(f.owner)}; each index goes from 0 to its size minus 1."
        return "An index goes from 0 to the length minus 1."
    return None


ERRORS: tuple[Rule, ...] = (index,)
