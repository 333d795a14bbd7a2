"""A snippet's functions and modules are stand-ins for real ones; few operations may see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from cifar_core.tensors.allowed import Method, Namespace
from cifar_core.tensors.functions import Function
from cifar_core.tensors.limits import Refused

KINDS = (Function, Method, Namespace, torch.UntypedStorage)
MAY_SEE = frozenset({"print", "str", "repr", "format", "id", "is", "bool"})
MAY_SEE_MODULES = frozenset({"is", "bool"})


def check(operation: str, operands: Sequence[object]) -> None:
    """Raises Refused where an operation would look at a stand-in and tell it from the real one."""
    for operand in operands:
        may_see = MAY_SEE_MODULES if isinstance(operand, Namespace) else MAY_SEE
        if isinstance(operand, KINDS) and operation not in may_see:
            if isinstance(operand, Method):
                raise Refused(not_called(operand))
            raise Refused("A function, module or storage cannot be handed on like this here.")


def not_called(method: Method) -> str:
    """What to say of a method where what it answers is wanted."""
    return f".{method.name} is a method; write .{method.name}() to call it."


def not_a_module(value: Any) -> Any:
    """The value, unless it is a module: a list of modules could be printed."""
    if isinstance(value, Namespace):
        raise Refused("A module stands by itself here; it is not put into lists or calls.")
    return value
