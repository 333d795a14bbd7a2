"""A real error or warning as the learner meets it: its own words, and the names at fault.

The sentence of why comes from `hints`, the proposals of what to write instead from `fixes`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from cifar_core.tensors import backward, fixes, hints
from cifar_core.tensors.facts import Held
from cifar_core.tensors.fixes.edit import Snippet
from cifar_core.tensors.graph_notes import storage
from cifar_core.tensors.limits import Refused
from cifar_core.tensors.snapshot import Advice, Error, Fix

SPELLING = "Check the spelling, or assign the name on an earlier line."


@dataclass(frozen=True)
class Fault:
    """The operation that raised or warned, with what it was given."""

    node: ast.AST
    operation: str
    operands: tuple[object, ...]


@dataclass(frozen=True)
class Place:
    """Where a run stands: its names, and the running function, whose locals are held as `f.z`."""

    snippet: Snippet
    statement: ast.stmt
    held: Held
    function: str | None


def sendable(text: str) -> str:
    """The text with ? for half a character pair, as of "\\ud800", which nothing can encode."""
    return text.encode("utf-8", "replace").decode()


def explain(error: Exception, fault: Fault | None, place: Place) -> tuple[Error, list[Fix]]:
    """What to show of an error, and the fixes to try."""
    kind, message = type(error).__name__, sendable(str(error))
    if isinstance(error, Refused) or fault is None:
        return Error(kind, message), []
    mistake = _mistake(error, fault, place)
    if isinstance(error, NameError):
        return Error(kind, message, hint=SPELLING), fixes.proposals(mistake)
    operands = operand_names(fault, place.held, place.function)
    return Error(kind, message, operands, hints.find(mistake)), fixes.proposals(mistake)


def advise(
    warning: type[Warning], fault: Fault | None, place: Place
) -> tuple[Advice | None, list[Fix]]:
    """What to say beside a warning, and the fixes to try; nothing where its words must do."""
    if fault is None or not issubclass(warning, UserWarning):
        return None, []
    mistake = _mistake(warning(), fault, place)
    hint = hints.find(mistake)
    if hint is None:
        return None, []
    operands = operand_names(fault, place.held, place.function)
    return Advice(operands, hint), fixes.proposals(mistake)


def explain_reading(error: SyntaxError | Refused) -> Error:
    """An error found before anything ran."""
    return Error(type(error).__name__, error.msg if isinstance(error, SyntaxError) else str(error))


def _mistake(error: Exception, fault: Fault, place: Place) -> fixes.Mistake:
    operation, node = fault.operation, fault.node
    in_place = isinstance(node, ast.AugAssign) or operation == "setitem" or operation.endswith("_")
    prefix = f"{place.function}."
    return fixes.Mistake(
        operation=operation.removesuffix("_"),
        in_place=in_place,
        operands=fault.operands,
        error=error,
        held=place.held,
        snippet=place.snippet,
        statement=place.statement,
        node=node if isinstance(node, ast.expr | ast.stmt) else place.statement,
        known={name.removeprefix(prefix): value for name, value in place.held.items()},
    )


def operand_names(fault: Fault, held: Held, function: str | None) -> list[str]:
    """The names that the failed operation read; only tensors and arrays if there are any."""
    owner = fault.operands[0] if fault.operands else None
    found = _written(fault.node, held, function)
    if isinstance(owner, nn.Linear | nn.Conv2d):
        found += [name for name, value in held.items() if value is owner.weight]
    if fault.operation == "backward" and isinstance(owner, torch.Tensor):
        found += _changed(owner, held)
    cells = [name for name in found if isinstance(held[name], torch.Tensor | np.ndarray)]
    return list(dict.fromkeys(cells or found))


def _changed(owner: torch.Tensor, held: Held) -> list[str]:
    """The names of what was changed in place and backward() needs as it was."""
    if backward.lacks(owner) != "changed":
        return []
    changed = backward.changed_storages(owner)
    tensors = {name: value for name, value in held.items() if isinstance(value, torch.Tensor)}
    tracked = {name: value for name, value in tensors.items() if value.requires_grad}
    return [name for name, value in tracked.items() if storage(value) in changed]


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
