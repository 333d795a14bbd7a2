"""Every name of a running snippet with what it names, written as one would type it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from cifar_core.tensors import limits
from cifar_core.tensors.allowed import Namespace
from cifar_core.tensors.evaluate import Evaluator
from cifar_core.tensors.history import readable_grad


def every_name(state: Evaluator) -> Iterator[tuple[str, Any]]:
    """Every name with what it names; the locals of a running function as `f.z`."""
    spaces = [("", state.names)] + [
        (f"{frame.function.name}.", frame.names) for frame in state.frames
    ]
    for prefix, names in spaces:
        for name, value in names.items():
            if not isinstance(value, Namespace):
                if isinstance(value, list | tuple | dict):
                    limits.check_container(value)
                yield prefix + name, value
                yield from _inside(prefix + name, value)


def _inside(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The tensors and arrays that a value holds, written as one would type them."""
    parts: list[tuple[str, Any]] = []
    if isinstance(value, torch.Tensor):
        grad = readable_grad(value)
        if grad is not None:
            yield f"{path}.grad", grad  # a gradient's own is not followed: they may form a ring
    elif isinstance(value, list | tuple):
        parts = [(f"{path}[{at}]", item) for at, item in enumerate(value)]
    elif isinstance(value, dict):
        parts = [(f"{path}[{key!r}]", item) for key, item in value.items()]
    elif isinstance(value, nn.Module):
        own = [*value.named_parameters(recurse=False), *value.named_buffers(recurse=False)]
        parts = [(f"{path}.{name}", item) for name, item in own]
        if isinstance(value, nn.Sequential):
            parts += [(f"{path}[{at}]", layer) for at, layer in enumerate(value)]
    for inner, item in parts:
        if isinstance(item, torch.Tensor | np.ndarray):
            yield inner, item
        yield from _inside(inner, item)
