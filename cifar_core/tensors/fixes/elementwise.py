"""`and`, `or` and `not` between masks, written as `&`, `|` and `~`: an answer for each element."""

from __future__ import annotations

import ast

import numpy as np
import torch

from cifar_core.tensors.facts import is_truths
from cifar_core.tensors.fixes.edit import names_in
from cifar_core.tensors.fixes.mistake import Mistake


def written(m: Mistake, node: ast.expr) -> str | None:
    """The expression element by element; None where a part of it is no mask for certain."""
    match node:
        case ast.BoolOp(op=op, values=values):
            parts = [written(m, value) for value in values]
            sign = " & " if isinstance(op, ast.And) else " | "
            return sign.join(map(_closed, filter(None, parts))) if all(parts) else None
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            part = written(m, operand)
            return part and f"~{_closed(part)}"
    text = m.snippet.text(node)
    return text if _is_mask(m, node) and "\n" not in text else None


def _is_mask(m: Mistake, node: ast.expr) -> bool:
    """Whether it compares tensors or arrays, or holds True and False as far as can be told."""
    if any(node is part and is_truths(value) for part, value in m.parts):
        return True
    read = [m.known[name] for name in names_in(node) if name in m.known]
    tensors = [value for value in read if isinstance(value, torch.Tensor | np.ndarray)]
    match node:
        case ast.Compare(ops=[op]):
            return bool(tensors) and not isinstance(op, ast.Is | ast.IsNot | ast.In | ast.NotIn)
        case ast.Name():
            return bool(tensors) and is_truths(tensors[0])
    return False


def _closed(text: str) -> str:
    return text if text.isidentifier() or text.startswith("~") else f"({text})"
