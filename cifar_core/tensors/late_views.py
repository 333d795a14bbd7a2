"""Views whose base came to require grad after they were made, by being changed in place.

PyTorch works out the history of such a view when it is first asked for, and a change of the view in
place goes well or fails by whether anybody asked before. Recording asks; so the change is refused.
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
        """Raises Refused where an operation is about to change a late view in place."""
        in_place = operation.endswith("_") or operation in ("setitem", "setattr")
        if operands and (in_place or isinstance(node, ast.AugAssign)):
            self._changed.add(id(operands[0]))
            if id(operands[0]) in self._late:
                raise Refused(
                    "This changes a view that was made before its base came to require grad; "
                    "make the view afterwards, or a new tensor of it."
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
