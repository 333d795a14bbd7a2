"""Views whose base came to require grad after they were made, by being changed in place.

PyTorch works out the history of such a view when it is first asked for. Until then it passes for a
leaf: a change in place fails, `.grad` gives no warning. Recording asks; so both are refused.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

import torch

from cifar_core.tensors.limits import Refused


class LateViews:
    """The late views of one running snippet, whose tensors are kept alive elsewhere."""

    def __init__(self) -> None:
        self._requires_grad: dict[int, bool] = {}  # by id, after the step before
        self._changed: set[int] = set()  # in this step
        self._late: set[int] = set()

    def before(self, node: ast.AST, operation: str, operands: Sequence[object]) -> None:
        """Raises Refused where the answer depends on whether a late view passes for a leaf."""
        owner = id(operands[0]) if operands else 0
        in_place = operation.endswith("_") or operation == "setattr"
        reads_grad = operation == "getattr" and operands[1] == "grad"
        if in_place or isinstance(node, ast.AugAssign):
            self._changed.add(owner)
        elif not (reads_grad or operation in ("setitem", "retain_grad", "backward")):
            return
        if owner in self._late:
            raise Refused(
                "This view was made before its base came to require grad, and what PyTorch says of "
                "it depends on who asked before; make the view afterwards."
            )

    def look(self, tensors: Iterable[torch.Tensor]) -> None:
        """Once a step, before anybody asks for their history."""
        for tensor in tensors:
            now, key = tensor.requires_grad, id(tensor)
            came = now and not self._requires_grad.get(key, True) and key not in self._changed
            if came and tensor._is_view():
                self._late.add(key)
            self._requires_grad[key] = now
        self._changed.clear()
