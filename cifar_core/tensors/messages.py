"""A real error as the learner meets it: its own type and message, and the names at fault.

The sentence of why comes from `hints`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from cifar_core.tensors.hints import Failed, Held, find
from cifar_core.tensors.history import changed_in_place
from cifar_core.tensors.limits import Refused
from cifar_core.tensors.snapshot import Error


@dataclass(frozen=True)
class Fault:
    """The operation that raised, with what it was given."""

    node: ast.AST
    operation: str
    operands: tuple[object, ...]


def explain(error: Exception, fault: Fault | None, held: Held, function: str | None) -> Error:
    """`function` is the one that runs, whose locals stand in `held` as `f.z`."""
    kind, message = type(error).__name__, str(error)
    if isinstance(error, NameError):
        return Error(
            kind, message, hint="Check the spelling, or assign the name on an earlier line."
        )
    if isinstance(error, Refused) or fault is None:
        return Error(kind, message)
    operation, node = fault.operation, fault.node
    in_place = isinstance(node, ast.AugAssign) or operation == "setitem" or operation.endswith("_")
    failed = Failed(operation.removesuffix("_"), in_place, fault.operands, error, held)
    return Error(kind, message, operand_names(fault, held, function), find(failed))


def explain_reading(error: SyntaxError | Refused) -> Error:
    """An error found before anything ran."""
    return Error(type(error).__name__, error.msg if isinstance(error, SyntaxError) else str(error))


def operand_names(fault: Fault, held: Held, function: str | None) -> list[str]:
    """The names that the failed operation read; only tensors and arrays if there are any."""
    owner = fault.operands[0] if fault.operands else None
    found = _written(fault.node, held, function)
    if isinstance(owner, nn.Linear | nn.Conv2d):
        found += [name for name, value in held.items() if value is owner.weight]
    if fault.operation == "backward" and isinstance(owner, torch.Tensor) and owner.numel() == 1:
        found += [name for name, value in held.items() if changed_in_place(value)]
    cells = [name for name in found if isinstance(held[name], torch.Tensor | np.ndarray)]
    return list(dict.fromkeys(cells or found))


def _written(node: ast.AST, held: Held, function: str | None) -> list[str]:
    """The names that stand in a node's source, as long as they are known: `w.grad`, not `w`."""
    found: list[str] = []
    waiting = [node]
    while waiting:
        node = waiting.pop(0)
        path = _path(node) or ""
        known = [name for name in (f"{function}.{path}", path) if name in held]
        if known:
            found.append(known[0])
        else:
            waiting = [*ast.iter_child_nodes(node), *waiting]
    return found


def _path(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=owner, attr=attribute):
            base = _path(owner)
            return base and f"{base}.{attribute}"
        case ast.Subscript(value=owner, slice=ast.Constant(value=index)):
            base = _path(owner)
            return base and f"{base}[{index!r}]"
    return None
