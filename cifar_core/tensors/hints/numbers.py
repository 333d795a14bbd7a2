"""Hints for the kind of number: dtypes, devices, conditions, and what NumPy hands over."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from cifar_core.tensors.facts import Failed, is_truths, reads_backwards
from cifar_core.tensors.fixes.mistake import Mistake
from cifar_core.tensors.hints.words import Rule

ELEMENTWISE = {
    "and": "element by element it is &, as in (a > 0) & (b > 0)",
    "or": "element by element it is |, as in (a > 0) | (b > 0)",
    "not": "element by element it is ~, as in ~(a > 0)",
}


def devices(f: Failed) -> str | None:
    weights = f.owner.parameters() if isinstance(f.owner, nn.Module) else ()
    devices = sorted({tensor.device.type for tensor in [*f.tensors, *weights]})
    if len(devices) > 1:
        here = " and ".join(devices)
        return f"One operation works on one device, here are tensors on {here}; .to() moves them."
    return None


def one_element(f: Mistake) -> str | None:
    x = f.owner
    if not isinstance(x, torch.Tensor | np.ndarray):
        return None
    if f.asks is not None and is_truths(x):
        return f"`{f.asks}` needs one True or False, as .any() gives; {ELEMENTWISE[f.asks]}."
    if f.operation == "bool":
        return "A condition needs one True or False; use .any() or .all()."
    if f.operation in ("item", "int", "float"):
        return "Only a tensor with one element is one number; .tolist() gives all of them."
    return None


def kind_of_number(f: Failed) -> str | None:
    x = f.owner
    if not isinstance(x, torch.Tensor):
        return None
    if f.operation == "mean" and not x.is_floating_point():
        return "A mean is rarely a whole number; call .float() first."
    if f.operation in ("requires_grad", "setattr") and not x.is_floating_point():
        return "Only floating point has gradients; write 1.0 for 1, or call .float()."
    if f.operation == "numpy" and x.requires_grad:
        return "NumPy does not track gradients; call .detach() first."
    if f.operation == "deepcopy" and not x.is_leaf:
        return "A copy of a computed tensor is made by .detach().clone()."
    return None


def from_numpy(f: Failed) -> str | None:
    if reads_backwards(f.owner) and f.operation in ("from_numpy", "as_tensor", "tensor"):
        return "A tensor cannot read memory backwards; call .copy() on the array first."
    return None


def copied_tensor(f: Failed) -> str | None:
    if f.operation == "tensor" and isinstance(f.owner, torch.Tensor):
        return "torch.tensor() is for numbers and lists; a tensor is copied by .detach().clone()."
    return None


def locked_array(f: Failed) -> str | None:
    if f.operation in ("from_numpy", "as_tensor") and isinstance(f.owner, np.ndarray):
        return "This array is only for reading, and a tensor over it could write; .copy() it first."
    return None


ERRORS: tuple[Rule, ...] = (
    devices,
    one_element,
    kind_of_number,
    from_numpy,
)
WARNINGS: tuple[Rule, ...] = (
    copied_tensor,
    locked_array,
)
