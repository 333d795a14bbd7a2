"""Hints for square brackets: which index, mask or number of indices does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from cifar_core.tensors.facts import Failed, broadcast, is_truths
from cifar_core.tensors.hints.words import Rule, shape

ARRAYS = (torch.Tensor, np.ndarray)


def index(f: Failed) -> str | None:
    if f.operation not in ("getitem", "setitem") or not isinstance(f.error, IndexError):
        return None
    if isinstance(f.owner, ARRAYS):
        return _of_tensor(f.owner, f.operands[1])
    size, at = len(f.owner), f.operands[1]
    if not isinstance(at, int) or -size <= at < size:
        return None
    return f"The length is {size}: {_range(size)}."


def _of_tensor(x: Any, index: Any) -> str | None:
    parts = [_part(part) for part in (index if isinstance(index, tuple) else (index,))]
    for part in parts:
        if isinstance(part, float) or (isinstance(part, ARRAYS) and _is_fractional(part)):
            return "An index is a whole number, or a mask of True and False; here it has fractions."
    used = sum(map(_dimensions, parts))
    if used > x.ndim == 0:
        return "This holds one number and has no dimension to index; .item() gives the number."
    if used > x.ndim:
        most = "one index" if x.ndim == 1 else f"{x.ndim} indices"
        return f"The shape is {shape(x)}: it takes {most} at most, here are {used}."
    for at, part in _placed(parts, x.ndim):
        if is_truths(part) and tuple(part.shape) != tuple(x.shape[at : at + part.ndim]):
            needed = tuple(x.shape[at : at + part.ndim])
            return (
                f"A mask has the shape of what it picks from, {needed}; here it has {shape(part)}."
            )
        if not is_truths(part) and any(not -x.shape[at] <= n < x.shape[at] for n in _numbers(part)):
            return f"The shape is {shape(x)}: in dimension {at}, {_range(x.shape[at])}."
    several = [tuple(part.shape) for part in parts if isinstance(part, ARRAYS)]
    if not any(map(is_truths, parts)) and broadcast(*several) is None:
        shapes = " and ".join(map(str, several))
        return f"The indices have the shapes {shapes}, which do not broadcast."
    return None


def _range(size: int) -> str:
    if size == 0:
        return "there is nothing to index"
    if size == 1:
        return "the only index is 0, or -1"
    return f"an index goes from 0 to {size - 1}, or from -{size} to -1"


def _part(part: Any) -> Any:
    return np.asarray(part) if isinstance(part, list) else part


def _is_fractional(part: Any) -> bool:
    if isinstance(part, torch.Tensor):
        return part.is_floating_point()
    return bool(np.issubdtype(part.dtype, np.floating))


def _dimensions(part: Any) -> int:
    """How many dimensions of the indexed one a part of an index takes."""
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if is_truths(part) else 1


def _placed(parts: list[Any], dimensions: int) -> Iterator[tuple[int, Any]]:
    """Each part of an index with the first dimension that it takes."""
    at = 0
    for part in parts:
        if part is Ellipsis:
            at += dimensions - sum(map(_dimensions, parts))
        else:
            yield at, part
            at += _dimensions(part)


def _numbers(part: Any) -> list[int]:
    if isinstance(part, ARRAYS):
        return part.flatten().tolist()
    return [part] if isinstance(part, int) and not isinstance(part, bool) else []


ERRORS: tuple[Rule, ...] = (index,)
