"""How many elements come out where sizes meet: products of tensors, convolutions, and layers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from torch import nn

from cifar_core.tensors import limits
from cifar_core.tensors.limits import Refused
from cifar_core.tensors.sizes.operands import Keywords, Operands, bind, product, shape_of, shapes
from cifar_core.tensors.sizes.shaping import broadcast


def matmul(operands: Operands, keywords: Keywords) -> int | None:
    both = shapes([*operands, *keywords.values()])
    if len(both) != 2:
        return None
    left = both[0] if len(both[0]) > 1 else (1, *both[0])  # (..., m, k)
    right = both[1] if len(both[1]) > 1 else (*both[1], 1)  # (..., k, n)
    try:
        batch = np.broadcast_shapes(left[:-2], right[:-2])
    except ValueError:
        return None
    return math.prod(batch) * left[-2] * right[-1]


def dot(operands: Operands, keywords: Keywords) -> int | None:
    """np.dot sums over the last dimension of the first, the one before the last of the second."""
    both = shapes([*operands, *keywords.values()])
    if len(both) != 2:
        return None
    columns = both[1][-1:] if len(both[1]) > 1 else ()
    return math.prod(both[0][:-1] + both[1][:-2] + columns)


def outer(operands: Operands, keywords: Keywords) -> int:
    return math.prod(map(math.prod, shapes([*operands, *keywords.values()])))


def einsum(operands: Operands, keywords: Keywords) -> int | None:
    """The sizes of all letters together bound whatever is made on the way."""
    equation, *rest = operands or [None]
    if not isinstance(equation, str):
        raise Refused("einsum takes its equation as a string of letters here.")
    tensors = rest[0] if len(rest) == 1 and isinstance(rest[0], list | tuple) else rest
    inputs, arrow, output = equation.replace(" ", "").partition("->")
    sizes: dict[str, int] = {}
    for term, tensor in zip(inputs.split(","), tensors, strict=False):
        shape = shape_of(tensor)
        for letter, size in zip(_letters(term, len(shape)), shape, strict=False):
            sizes[letter] = max(size, sizes.get(letter, 0))
    if math.prod(sizes.values()) > limits.WORK:
        most = f"One einsum multiplies at most {limits.WORK:,} times here"
        raise Refused(f"{most}; use smaller tensors.")
    if arrow:
        dots = "." in output
        kept = {letter for letter in sizes if letter in output or (dots and letter.isdecimal())}
    else:
        kept = {letter for letter in sizes if inputs.count(letter) <= 1}
    return math.prod(sizes[letter] for letter in kept)


def _letters(term: str, dimensions: int) -> list[str]:
    """A letter for each dimension; those under `...` are numbered from the last one."""
    before, dots, after = term.partition("...")
    under = dimensions - len(before) - len(after) if dots else 0
    return [*before, *(str(at) for at in range(under, 0, -1)), *after]


def linear(operands: Operands, keywords: Keywords) -> int | None:
    both = shapes([*operands, *keywords.values()])
    return math.prod(both[0][:-1]) * both[1][0] if len(both) > 1 else None


def conv2d(operands: Operands, keywords: Keywords) -> int | None:
    names = "input weight bias stride padding dilation"
    x, weight, _, stride, padding, dilation = bind(names, operands, keywords)
    try:
        made = [math.prod(x.shape[:-3]), weight.shape[0]]  # N, channels
        for at in (-2, -1):
            size, kernel = x.shape[at], weight.shape[at]
            if padding != "same":
                reach = _one_of(dilation, at, 1) * (kernel - 1)
                around = 0 if padding == "valid" else _one_of(padding, at, 0)
                size = (size + 2 * around - reach - 1) // _one_of(stride, at, 1) + 1
            made.append(size)
    except (AttributeError, IndexError, TypeError, ZeroDivisionError):
        return None
    return product(made)


def _one_of(setting: Any, at: int, default: int) -> int:
    """padding=2, padding=(2, 1) or nothing."""
    setting = default if setting is None else setting
    return setting[at] if isinstance(setting, list | tuple) else setting


def layer(operands: Operands, keywords: Keywords) -> int | None:
    """A layer called on its input, by the rule of the function that it stands for."""
    layer, *rest = operands
    if isinstance(layer, nn.Linear):
        return linear([*rest, layer.weight], {})
    if isinstance(layer, nn.Conv2d):
        form = (layer.weight, None, layer.stride, layer.padding, layer.dilation, layer.groups)
        return conv2d([*rest, *form], {})
    return broadcast(rest, keywords) if isinstance(layer, nn.MSELoss) else None
