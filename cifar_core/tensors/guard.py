"""What may go into an operation and what may come out of it, by kind and by size.

`before` runs ahead of every call and operator, so that nothing too large is made; `after` looks at
what was made. Both raise Refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from cifar_core.tensors import limits, memory
from cifar_core.tensors.limits import Refused
from cifar_core.tensors.sizes import predicted, texts

DEVICES = ("cpu", "meta")
DTYPES = {
    torch.bool: "bool",
    torch.uint8: "uint8",
    torch.int8: "int8",
    torch.int16: "int16",
    torch.int32: "int32",
    torch.int64: "int64",
    torch.float16: "float16",
    torch.bfloat16: "bfloat16",
    torch.float32: "float32",
    torch.float64: "float64",
}
DTYPE_NAMES = {name: dtype for dtype, name in DTYPES.items()}
# Keywords that write elsewhere, run code or hide a size, whatever the function.
CLOSED_KEYWORDS = frozenset(
    {"out", "key", "file", "flush", "generator", "pin_memory", "layout", "names", "subok", "like"}
)
PRINTING = frozenset({"print", "str", "repr", "format"})
CHANGES_A_NET = frozenset({"add", "mul", "extend", "setitem"})
DEVICE_AT = {"to": 1, "Linear": 3, "Conv2d": 9}  # where a device stands among the operands
ARRAY_MAKERS = frozenset(
    ("array", "asarray", "ones", "zeros", "full", "empty", "arange", "linspace", "eye", "astype")
    + ("ones_like", "zeros_like", "full_like", "empty_like")
)
PLAIN_DTYPE = r"[A-Za-z<>=|?]+\d{0,2}"  # NumPy's "S1000000" would name a size


def before(operation: str, operands: Sequence[Any], keywords: Mapping[str, Any]) -> None:
    """Raises Refused if `operation` on these operands, a method's owner first, passes a limit."""
    memory.check()
    for name in CLOSED_KEYWORDS & keywords.keys():
        raise Refused(f"The argument {name}= is not available here; leave it out.")
    for value in (*operands, *keywords.values()):
        if isinstance(value, torch.dtype) and value not in DTYPES:
            raise _unknown_dtype(value)
        if isinstance(value, torch.dtype) and operation == "view":
            raise Refused("view(dtype) is not drawn here, for a cell has one type; use .to(dtype).")
        if isinstance(value, torch.device):
            _check_device(value.type)
        if isinstance(value, list | tuple | dict):
            limits.check_container(value)  # what it holds may have grown since it was made
    if operation == "type" and len(operands) != 1:
        raise Refused("type() takes one value here and says its type.")
    if operation in CHANGES_A_NET and any(isinstance(item, nn.Module) for item in operands[:2]):
        raise Refused("A net is not changed afterwards here; build it with nn.Sequential(...).")
    if operation in ARRAY_MAKERS:
        _check_text_in([*operands, *(v for name, v in keywords.items() if name != "device")])
    position = DEVICE_AT.get(operation, len(operands))
    for device in (*operands[position : position + 1], keywords.get("device")):
        _check_device(device)
    if operands and isinstance(operands[0], str):
        texts.check(operation, operands)
    if operation in PRINTING or (operation == "remainder" and isinstance(operands[0], str)):
        _check_printable(operands, str(keywords.get("sep", " ")))
    if len(operands) == 2:
        limits.check_python(operation, *operands)
    count = predicted(operation, operands, keywords)
    if count is not None and count > limits.ELEMENTS:
        raise _too_many(count)


def after(value: object) -> None:
    """Raises Refused if a value that came out is of a kind or size that is not drawn."""
    if isinstance(value, torch.Tensor):
        _check_memory(value.numel(), value.untyped_storage().nbytes())
        _check_device(value.device.type)
        if value.dtype not in DTYPES:
            raise _unknown_dtype(value.dtype)
    elif isinstance(value, np.ndarray | np.generic):
        _check_memory(value.size, value.nbytes)
        if value.dtype.name not in DTYPE_NAMES:
            raise _unknown_dtype(value.dtype)
    elif isinstance(value, nn.Module):
        _check_layers(value, limits.LAYERS)
        for parameter in value.parameters():
            after(parameter)
    elif isinstance(value, int | complex):
        limits.check_number(value)
    elif isinstance(value, str):
        limits.check_text(value)
    elif isinstance(value, range):
        if len(value) > limits.ITEMS:
            raise Refused(f"A range has at most {limits.ITEMS:,} items here.")
    elif isinstance(value, list | tuple | dict):
        limits.check_container(value)
        for item in value.values() if isinstance(value, dict) else value:
            if isinstance(item, torch.Tensor | np.ndarray):
                after(item)


def computed(made: object, operands: Sequence[object]) -> None:
    """Raises Refused where PyTorch took operands of two devices without an error.

    With one of them on meta it computes nothing, and what it made is left-over memory.
    """
    here = isinstance(made, torch.Tensor) and not made.is_meta
    if here and any(tensor.is_meta for tensor in _tensors(operands)):
        raise Refused(
            "PyTorch computes nothing from a meta tensor and one on the cpu, yet does not say so "
            "here; put both on one device with .to()."
        )


def _tensors(values: Sequence[object]) -> Iterator[torch.Tensor]:
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, nn.Module):
            yield from value.parameters()
        elif isinstance(value, list | tuple):
            yield from _tensors(value)


def _check_printable(values: Sequence[object], separator: str) -> None:
    """Refuses far too long a text before it is made: a list may hold one big tensor many times."""
    if sum(_characters(value) + len(separator) for value in values) > 10 * limits.TEXT:
        raise Refused(f"This would print more than {limits.TEXT:,} characters; print less of it.")


def _characters(value: object) -> int:
    """A rough count of what str(value) would hold."""
    if isinstance(value, list | tuple):
        return sum(_characters(item) for item in value)
    if isinstance(value, dict):
        return _characters([*value, *value.values()])
    if isinstance(value, torch.Tensor | np.ndarray):
        return 20 + 4 * min(math.prod(value.shape), 1000)  # longer ones are summarised
    return len(value) if isinstance(value, str) else 1


def _check_text_in(value: object) -> None:
    """NumPy reads strings, alone or in lists, as types that may hide a size."""
    if isinstance(value, str) and not re.fullmatch(PLAIN_DTYPE, value):
        raise _unknown_dtype(value)
    if isinstance(value, list | tuple | dict):
        for item in [*value, *value.values()] if isinstance(value, dict) else value:
            _check_text_in(item)


def _check_layers(net: nn.Module, budget: int) -> int:
    """Counts a layer as often as it stands in the net: so often would it run."""
    if budget < 0:
        raise Refused(f"A net has at most {limits.LAYERS} layers here.")
    for layer in net if isinstance(net, nn.Sequential) else ():
        budget = _check_layers(layer, budget - 1)
    return budget


def _check_memory(elements: int, size: int) -> None:
    if elements > limits.ELEMENTS:
        raise _too_many(elements)
    if size > limits.STORAGE:
        most = f"One run of memory has at most {limits.STORAGE:,} bytes here"
        raise Refused(f"{most}; this one has {size:,}.")


def _check_device(device: object) -> None:
    if isinstance(device, str) and device.split(":")[0] in DTYPE_NAMES.keys() | {*DEVICES}:
        return  # PyTorch's own error says that "float32" is no device
    if isinstance(device, str | int) and not isinstance(device, bool):
        raise Refused(f"The device {device} is not available here; use cpu or meta.")


def _too_many(elements: int) -> Refused:
    most = f"A tensor holds at most {limits.ELEMENTS:,} elements here"
    return Refused(f"{most}; this one would hold {elements:,}.")


def _unknown_dtype(dtype: object) -> Refused:
    return Refused(f"The type {dtype} is not drawn here; use {', '.join(DTYPES.values())}.")
