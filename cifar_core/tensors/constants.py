"""Constants: CPython works them out before a program runs and makes equal ones one object.

`is` can see that: after `a = 1000` and `b = 500 + 500`, `a is b` holds.
"""

from __future__ import annotations

import ast
import re
import sys
from typing import Any


class Constants:
    """The constants of one program."""

    def __init__(self) -> None:
        self._objects: dict[tuple[type, str], Any] = {}
        self._known: dict[ast.expr, bool] = {}

    def one(self, node: ast.expr, value: Any) -> Any:
        """`value`, or the equal constant that came before, if `node` is a constant."""
        if not self._is_constant(node):
            return value
        if isinstance(value, str) and re.fullmatch(r"\w+", value, re.ASCII):
            value = sys.intern(value)  # as CPython does: the letter of another text may be this one
        return self._objects.setdefault((type(value), repr(value)), value)

    def _is_constant(self, node: ast.expr) -> bool:
        if node not in self._known:
            match node:
                case ast.Constant():
                    parts = []
                case ast.Tuple(elts=parts):
                    pass
                case ast.UnaryOp(operand=operand):
                    parts = [operand]
                case ast.BinOp(left=left, right=right):
                    parts = [left, right]
                case ast.Subscript(value=owner, slice=index):
                    parts = [owner, index]
                case _:
                    parts = None
            self._known[node] = parts is not None and all(map(self._is_constant, parts))
        return self._known[node]
