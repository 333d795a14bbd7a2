"""Fixes for the kind of number: dtypes, devices, conditions, and what NumPy hands over."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from cifar_core.tensors.facts import is_truths, reads_backwards
from cifar_core.tensors.fixes import elementwise
from cifar_core.tensors.fixes.mistake import Mistake, Rule
from cifar_core.tensors.fixes.shapes import PRODUCTS
from cifar_core.tensors.snapshot import Fix

FLOAT = ".float()"
MEANS = ("mean", "std", "var", "softmax", "log_softmax", "logsumexp")


def whole_numbers_in_place(m: Mistake) -> Iterator[Fix]:
    if m.in_place and m.parts and _is_whole(m.owner):
        yield from m.made(m.parts[0][0], FLOAT)


def mean_of_whole_numbers(m: Mistake) -> Iterator[Fix]:
    if m.operation in MEANS and m.parts and _is_whole(m.owner):
        yield from m.fix("Call .float() first", m.snippet.then(m.parts[0][0], FLOAT))


def gradient_of_whole_numbers(m: Mistake) -> Iterator[Fix]:
    if m.operation in ("requires_grad", "requires_grad_", "setattr") and _is_whole(m.owner):
        if m.parts:
            yield from m.made(m.parts[0][0], FLOAT)
    elif isinstance(m.node, ast.Call) and any(k.arg == "requires_grad" for k in m.node.keywords):
        dtype = m.snippet.with_keyword(m.node, "dtype", "torch.float32")
        yield from m.fix("Make it floating point: dtype=torch.float32", dtype)


def two_dtypes(m: Mistake) -> Iterator[Fix]:
    if m.operation not in PRODUCTS or len(m.parts) != 2:
        return
    for node, value in m.parts:
        if isinstance(value, torch.Tensor) and value.dtype != torch.float32:
            label = f"Call .float() on {m.words(node)}"
            yield from m.fix(label, m.snippet.then(node, FLOAT))


def two_devices(m: Mistake) -> Iterator[Fix]:
    """Only towards meta: what is there has no values that another device could get."""
    homes = {value.device.type for value in m.tensors}
    if m.layer is not None:
        homes |= {parameter.device.type for parameter in m.layer.parameters()}
    if len(homes) < 2:
        return
    for node, value in m.parts:
        moves = isinstance(value, torch.Tensor) and value.device.type != "meta"
        if moves and not m.is_written(node):
            label = f'Move {m.words(node)} to the other device: .to("meta")'
            yield from m.fix(label, m.snippet.then(node, '.to("meta")'))


def condition(m: Mistake) -> Iterator[Fix]:
    if m.operation != "bool" or not isinstance(m.owner, torch.Tensor | np.ndarray):
        return
    match m.node:
        case ast.Compare(left=left, ops=[_, _], comparators=[middle, right]):
            yield from _both(m, left, middle, right)
            return
    logical = list(_joined(m))
    yield from logical
    if isinstance(m.node, ast.UnaryOp) and not is_truths(m.owner):
        zero = m.snippet.replace(m.node, f"{m.snippet.text(m.node.operand)} == 0")
        yield from m.fix("Ask of each element whether it is 0: == 0", zero)
    if m.parts and not (logical and m.asks in ("and", "or")):  # one part would be asked alone
        node = m.parts[0][0]
        equal = isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq)
        every = ("True for every element", ".all()")
        some = ("True for any element", ".any()")
        for words, suffix in (every, some) if equal else (some, every):
            yield from m.fix(f"Ask whether it is {words}: {suffix}", m.snippet.then(node, suffix))


def _joined(m: Mistake) -> Iterator[Fix]:
    """`a > 2 and a < 5` as `(a > 2) & (a < 5)`, and where one True is needed that with .any()."""
    for node in m.logical:
        masks = elementwise.written(m, node)
        if masks is None:
            continue
        pairs = [pair for pair in ("& for and", "| for or", "~ for not") if pair[0] in masks]
        label = f"Ask element by element: {', '.join(pairs)}"
        yield from m.fix(label, m.snippet.replace(node, masks))
        if isinstance(node, ast.BoolOp):
            label = "Ask element by element, then whether any is True: .any()"
            yield from m.fix(label, m.snippet.replace(node, f"({masks}).any()"))


def _both(m: Mistake, left: ast.expr, middle: ast.expr, right: ast.expr) -> Iterator[Fix]:
    """`0 < x < 1` as `(0 < x) & (x < 1)`."""
    source, at = m.snippet.source, m.snippet
    first = source[at.start(left) : at.end(middle)]
    second = source[at.start(middle) : at.end(right)]
    if isinstance(m.node, ast.expr):
        yield from m.fix(
            "Write two comparisons joined by &", at.replace(m.node, f"({first}) & ({second})")
        )


def many_as_one(m: Mistake) -> Iterator[Fix]:
    if not isinstance(m.owner, torch.Tensor | np.ndarray) or not isinstance(m.node, ast.Call):
        return
    label = "Take all of them: .tolist()"
    if m.operation == "item" and isinstance(m.node.func, ast.Attribute):
        yield from m.fix(label, m.snippet.rename(m.node.func, "tolist"))
    if m.operation in ("int", "float") and m.parts:
        all_of_them = m.snippet.then(m.parts[0][0], ".tolist()").text
        yield from m.fix(label, m.snippet.replace(m.node, all_of_them))


def array_to_tensor(m: Mistake) -> Iterator[Fix]:
    """Memory that a tensor cannot read backwards, or must not write to."""
    locked = isinstance(m.owner, np.ndarray) and not m.owner.flags.writeable
    takes_over = m.operation in ("from_numpy", "as_tensor", "tensor")
    if takes_over and (locked or reads_backwards(m.owner)) and m.parts:
        yield from m.fix("Call .copy() on the array", m.snippet.then(m.parts[0][0], ".copy()"))


def _is_whole(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and not value.is_floating_point()


ERRORS: tuple[Rule, ...] = (
    two_devices,
    mean_of_whole_numbers,
    gradient_of_whole_numbers,
    two_dtypes,
    condition,
    many_as_one,
    array_to_tensor,
    whole_numbers_in_place,
)
WARNINGS: tuple[Rule, ...] = (array_to_tensor,)
