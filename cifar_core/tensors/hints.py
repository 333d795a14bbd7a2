"""Why an operation failed, in one sentence with what to do; one function for each kind of mistake.

A hint is found by the operation, the error's type and the facts about the operands, never by the
error's text, which changes from one PyTorch to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from cifar_core.tensors.facts import (
    POINTWISE,
    Failed,
    broadcast,
    is_floating,
    reads_backwards,
    reads_tracked_leaf,
    shares_cells,
)
from cifar_core.tensors.history import changed_in_place


def find(failed: Failed) -> str | None:
    """The first hint that fits; None where the message must speak for itself."""
    for rule in WARNINGS if isinstance(failed.error, Warning) else ERRORS:
        try:
            hint = rule(failed)
        except Exception:
            continue  # operands too odd to ask; the message itself is always shown
        if hint:
            return hint
    return None


def _shape(tensor: Any) -> str:
    return str(tuple(tensor.shape))


def _dtype(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _devices(f: Failed) -> str | None:
    weights = f.owner.parameters() if isinstance(f.owner, nn.Module) else ()
    devices = sorted({tensor.device.type for tensor in [*f.tensors, *weights]})
    if len(devices) > 1:
        here = " and ".join(devices)
        return f"One operation works on one device, here are tensors on {here}; .to() moves them."
    return None


def _in_place(f: Failed) -> str | None:
    x = f.owner
    if not f.in_place or not isinstance(x, torch.Tensor):
        return None
    if reads_tracked_leaf(x):
        return (
            "A tracked leaf cannot be changed in place; put the line under `with torch.no_grad():`."
        )
    if shares_cells(x):
        return "Elements of an expanded tensor share one cell in memory; call .clone() on it first."
    shapes = [tuple(other.shape) for other in f.tensors[1:]]
    if f.operation != "setitem" and broadcast(tuple(x.shape), *shapes) not in (
        None,
        tuple(x.shape),
    ):
        return f"In place the shape stays {_shape(x)}; without the underscore it may grow."
    fractions = f.operation == "div" or any(is_floating(other) for other in f.operands[1:])
    if fractions and not x.is_floating_point():
        return f"In place the dtype stays {_dtype(x)}; call .float() first, or do it out of place."
    return None


def _shapes_differ(f: Failed) -> str | None:
    shapes = [_shape(item) for item in f.operands if isinstance(item, torch.Tensor | np.ndarray)]
    if f.operation not in POINTWISE or len(shapes) != 2:
        return None
    if broadcast(*(tuple(item.shape) for item in f.tensors)) is None:
        return f"{shapes[0]} and {shapes[1]}: from the right, sizes must be equal or one of them 1."
    return None


def _matmul(f: Failed) -> str | None:
    if f.operation not in ("matmul", "mm", "bmm", "mv", "dot") or len(f.tensors) != 2:
        return None
    left, right = f.tensors
    if left.dtype != right.dtype:
        return f"Both must have one dtype; here they have {_dtype(left)} and {_dtype(right)}."
    both = f"{_shape(left)} @ {_shape(right)}"
    if left.dim() == right.dim() == 1:
        return f"{both}: two vectors must have the same length."
    return f"{both}: the inner sizes must be equal; .t() swaps the sizes of a matrix."


def _view(f: Failed) -> str | None:
    x = f.owner
    if f.operation not in ("view", "reshape") or not isinstance(x, torch.Tensor):
        return None
    sizes = f.operands[1] if isinstance(f.operands[1], list | tuple) else f.operands[1:]
    if torch.Size(sizes).numel() == x.numel():
        return "Memory does not hold the elements in this order; .reshape() copies, .view() cannot."
    return f"A new shape keeps the number of elements: here there are {x.numel()}."


def _backward(f: Failed) -> str | None:
    x = f.owner
    if (
        f.operation != "backward"
        or not isinstance(x, torch.Tensor)
        or not isinstance(f.error, RuntimeError)
    ):
        return None
    if not x.requires_grad:
        return (
            "Nothing that it was computed from is tracked; make the input with requires_grad=True."
        )
    if x.numel() != 1:
        return "backward() starts from one number; call .sum() or .mean() first."
    if any(changed_in_place(value) for value in f.held.values()):
        return "backward() needs a value that was changed in place; use the operation without `_`."
    return (
        "The first backward() frees the graph; compute the loss again, or pass retain_graph=True."
    )


def _one_element(f: Failed) -> str | None:
    x = f.owner
    if not isinstance(x, torch.Tensor | np.ndarray):
        return None
    if f.operation == "bool":
        return "A condition needs one True or False; use .any() or .all()."
    if f.operation in ("item", "int", "float"):
        return "Only a tensor with one element is one number; .tolist() gives all of them."
    return None


def _kind_of_number(f: Failed) -> str | None:
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


def _from_numpy(f: Failed) -> str | None:
    if reads_backwards(f.owner) and f.operation in ("from_numpy", "as_tensor", "tensor"):
        return "A tensor cannot read memory backwards; call .copy() on the array first."
    return None


def _layer(f: Failed) -> str | None:
    if (
        f.operation != "forward"
        or len(f.operands) < 2
        or not isinstance(f.operands[1], torch.Tensor)
    ):
        return None
    layer, x = f.operands[:2]
    if isinstance(layer, nn.Linear | nn.Conv2d):
        if layer.weight.dtype != x.dtype:
            return f"The layer holds {_dtype(layer.weight)}, its input {_dtype(x)}; call .float()."
        if isinstance(layer, nn.Linear) and x.shape[-1:] != (layer.in_features,):
            return f"The input's last size must be the layer's in_features, {layer.in_features}."
        if isinstance(layer, nn.Conv2d) and x.shape[-3:-2] != (layer.in_channels,):
            return f"The layer takes pictures of shape (N, {layer.in_channels}, height, width)."
    return None


def _classes(f: Failed) -> str | None:
    if f.operation == "cross_entropy" or isinstance(f.owner, nn.CrossEntropyLoss):
        if len(f.tensors) < 2:
            return None
        scores, target = f.tensors[:2]
        if target.is_floating_point() or target.dtype != torch.long:
            return "The target is one class number for each row, as whole numbers; call .long()."
        if target.dim() > 1:
            return "The target is one class number for each row, so its shape is (N,)."
        return f"Class numbers go from 0 to {scores.shape[1] - 1}."
    return None


def _index(f: Failed) -> str | None:
    if f.operation in ("getitem", "setitem") and isinstance(f.error, IndexError):
        if isinstance(f.owner, torch.Tensor | np.ndarray):
            return f"The shape is {_shape(f.owner)}; each index goes from 0 to its size minus 1."
        return "An index goes from 0 to the length minus 1."
    return None


def _nothing_there(f: Failed) -> str | None:
    if isinstance(f.error, TypeError | AttributeError) and any(x is None for x in f.operands):
        return "This is None, as a .grad is before backward(), or a result without return."
    if isinstance(f.error, AttributeError):
        return "Check the spelling after the dot."
    return None


ERRORS: tuple[Callable[[Failed], str | None], ...] = (
    _devices,
    _in_place,
    _matmul,
    _shapes_differ,
    _view,
    _backward,
    _one_element,
    _kind_of_number,
    _from_numpy,
    _layer,
    _classes,
    _index,
    _nothing_there,
)


def _grad_of_computed(f: Failed) -> str | None:
    if f.operation == "getattr" and f.operands[1:] == ("grad",):
        return "Only leaves keep a .grad; update leaves in place, call .retain_grad() on others."
    return None


def _copied_tensor(f: Failed) -> str | None:
    if f.operation == "tensor" and isinstance(f.owner, torch.Tensor):
        return "torch.tensor() is for numbers and lists; a tensor is copied by .detach().clone()."
    return None


def _locked_array(f: Failed) -> str | None:
    if f.operation in ("from_numpy", "as_tensor") and isinstance(f.owner, np.ndarray):
        return "This array is only for reading, and a tensor over it could write; .copy() it first."
    return None


def _loss_of_two_shapes(f: Failed) -> str | None:
    is_loss = f.operation in ("mse_loss", "l1_loss") or isinstance(f.owner, nn.MSELoss)
    if not is_loss or len(f.tensors) < 2:
        return None
    both = [tuple(tensor.shape) for tensor in f.tensors[:2]]
    made = broadcast(*both)
    if made is None:
        return None
    return f"{both[0]} and {both[1]} broadcast to {made}: each is compared with every other."


WARNINGS: tuple[Callable[[Failed], str | None], ...] = (
    _grad_of_computed,
    _copied_tensor,
    _locked_array,
    _loss_of_two_shapes,
)
