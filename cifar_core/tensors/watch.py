"""Looks on while each operation runs, and notes what is gone when its statement is over."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Sequence
from typing import Any

import torch

from cifar_core.tensors import unwritten
from cifar_core.tensors.broadcasts import stretched, with_names, with_result
from cifar_core.tensors.graph import BACKWARD, Autograd
from cifar_core.tensors.snapshot import Broadcast
from cifar_core.tensors.strips import Memory


class Watch:
    """The operations of one running snippet; `text` gives the source of a syntax node."""

    def __init__(self, text: Callable[[Any], str], memory: Memory, autograd: Autograd) -> None:
        self._text = text
        self._memory = memory
        self._autograd = autograd
        self._broadcasts: list[Broadcast] = []

    def run(
        self, node: ast.AST, operation: str, operands: Sequence[object], act: Callable[[], Any]
    ) -> Any:
        """The result of `act`, which may raise; `operands` are its, a method's owner first."""
        broadcast = stretched(node, operation, operands, self._text)
        if broadcast is not None:
            self._broadcasts.append(broadcast)  # and stays so if the operation fails
        if operation in BACKWARD:
            with self._autograd.gradients(operands):
                result = act()
        else:
            result = act()
        if broadcast is not None:
            self._broadcasts[-1] = with_result(broadcast, result)
        reserved = unwritten.reserved_by(operation, operands, result)
        if reserved is not None:
            unwritten.fill(reserved)
            self._memory.reserve(reserved)
        self._note_history(operands[0] if operation == "setitem" else result)
        return result

    def _note_history(self, made: object) -> None:
        for part in made if isinstance(made, tuple) else (made,):
            if isinstance(part, torch.Tensor) and part.requires_grad:
                self._autograd.note(part)

    def take_broadcasts(self, held: Collection[str], function: str | None) -> list[Broadcast]:
        """Those since the last call; `held` are the names now, `function` is the one that runs."""
        taken = [with_names(broadcast, held, function) for broadcast in self._broadcasts]
        self._broadcasts.clear()
        return taken
