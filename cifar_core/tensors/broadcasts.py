"""Pointwise operations whose operands differ in shape: what went in, and what came out."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

from cifar_core.tensors.sizes import BROADCASTING
from cifar_core.tensors.snapshot import Broadcast, Operand, Result
from cifar_core.tensors.strips import few

# torch.equal does not broadcast, and what these make has a shape of its own.
OTHERWISE = frozenset({"equal", "allclose", "masked_select"})
POINTWISE = frozenset(BROADCASTING.split()) - OTHERWISE
BETWEEN_TWO = frozenset({"max", "min"})  # torch.max(a, b); with one tensor they reduce it


def stretched(
    node: ast.AST, operation: str, operands: Sequence[object], text: Callable[[Any], str]
) -> Broadcast | None:
    """What is about to be broadcast, its values taken before the operation may change them.

    `text` gives the source of a syntax node. None if the operation is not pointwise or no tensor or
    array has another's shape; Python's numbers do not count.
    """
    if operation == "forward" and isinstance(operands[0], nn.MSELoss):
        operation = "mse_loss"
    cells = [value for value in operands if isinstance(value, torch.Tensor | np.ndarray)]
    writes = operation.endswith("_") or isinstance(node, ast.AugAssign)
    operation = operation.removesuffix("_")
    if operation not in POINTWISE and not (operation in BETWEEN_TWO and len(cells) == 2):
        return None
    if len({tuple(value.shape) for value in cells}) < 2:
        return None
    return Broadcast(
        operation,
        writes and operands[0] is cells[0],
        [
            Operand(None, text(source), list(value.shape), few(value))
            for value, source in zip(operands, _sources(node, len(operands)), strict=True)
            if isinstance(value, torch.Tensor | np.ndarray)
        ],
    )


def with_result(broadcast: Broadcast, made: object) -> Broadcast:
    if not isinstance(made, torch.Tensor | np.ndarray):
        return broadcast
    return replace(broadcast, result=Result(list(made.shape), few(made)))


def with_names(broadcast: Broadcast, held: Collection[str], function: str | None) -> Broadcast:
    """Each operand under the name that its source is, inside `function` as `f.z`."""

    def named(operand: Operand) -> Operand:
        known = (name for name in (f"{function}.{operand.source}", operand.source) if name in held)
        return replace(operand, name=next(known, None))

    return replace(broadcast, operands=[named(operand) for operand in broadcast.operands])


def _sources(node: ast.AST, count: int) -> Sequence[ast.AST]:
    """The syntax node of each operand; the whole one where they cannot be told apart."""
    parts: list[ast.expr] = []
    match node:
        case ast.BinOp(left=left, right=right) | ast.Compare(left=left, comparators=[right]):
            parts = [left, right]
        case ast.AugAssign(target=target, value=value):
            parts = [target, value]
        case ast.Call(func=function, args=arguments, keywords=keywords):
            parts = [*arguments, *(keyword.value for keyword in keywords)]
            if len(parts) == count - 1:  # of a method, its owner comes first
                owner = function.value if isinstance(function, ast.Attribute) else function
                parts = [owner, *parts]
    return parts if len(parts) == count else [node] * count
