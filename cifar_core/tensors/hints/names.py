"""Hints for what is not there after a dot."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import torch

from cifar_core.tensors.allowed import Method, Namespace
from cifar_core.tensors.fixes.mistake import Mistake
from cifar_core.tensors.fixes.names import near_attributes
from cifar_core.tensors.hints.words import Rule
from cifar_core.tensors.stand_ins import not_called


def not_there(f: Mistake) -> str | None:
    if isinstance(f.owner, Method) and isinstance(f.error, AttributeError | TypeError):
        return not_called(f.owner)
    if isinstance(f.error, TypeError | AttributeError) and any(x is None for x in f.operands):
        return "This is None, as a .grad is before backward(), or a result without return."
    if isinstance(f.error, AttributeError) and isinstance(f.node, ast.Attribute):
        return _no_attribute(f, f.owner, f.node.attr)
    return None


def _no_attribute(f: Mistake, owner: Any, name: str) -> str | None:
    is_tensor = isinstance(owner, torch.Tensor)
    if not is_tensor and not isinstance(owner, Namespace) and name in dir(torch.Tensor):
        return _no_tensor(owner)
    if is_tensor and name in ("append", "extend", "insert"):
        return "A tensor keeps its size; torch.cat() makes a new, longer one."
    return "Check the spelling after the dot." if near_attributes(f) else None


def _no_tensor(owner: Any) -> str:
    kind = type(owner).__name__
    if isinstance(owner, np.ndarray):
        return "This is a NumPy array, not a tensor; torch.from_numpy() makes a tensor over it."
    if isinstance(owner, tuple) and "values" in dir(owner):
        return "This is a pair of tensors; take .values or .indices first."
    if isinstance(owner, bool | int | float | list):
        return f"This is of type {kind}, not a tensor, as after .item() or .tolist()."
    return f"This is of type {kind}, not a tensor."


ERRORS: tuple[Rule, ...] = (not_there,)
