"""Python's operators: the syntax node, the name of the operation, and the function that does it."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable

BINARY: dict[type, tuple[str, Callable, Callable]] = {  # operation, x + y, x += y
    ast.Add: ("add", operator.add, operator.iadd),
    ast.Sub: ("sub", operator.sub, operator.isub),
    ast.Mult: ("mul", operator.mul, operator.imul),
    ast.Div: ("div", operator.truediv, operator.itruediv),
    ast.FloorDiv: ("floor_divide", operator.floordiv, operator.ifloordiv),
    ast.Mod: ("remainder", operator.mod, operator.imod),
    ast.Pow: ("pow", operator.pow, operator.ipow),
    ast.MatMult: ("matmul", operator.matmul, operator.imatmul),
    ast.BitAnd: ("bitwise_and", operator.and_, operator.iand),
    ast.BitOr: ("bitwise_or", operator.or_, operator.ior),
    ast.BitXor: ("bitwise_xor", operator.xor, operator.ixor),
    ast.LShift: ("left_shift", operator.lshift, operator.ilshift),
    ast.RShift: ("right_shift", operator.rshift, operator.irshift),
}
COMPARE: dict[type, tuple[str, Callable]] = {
    ast.Eq: ("eq", operator.eq),
    ast.NotEq: ("ne", operator.ne),
    ast.Lt: ("lt", operator.lt),
    ast.LtE: ("le", operator.le),
    ast.Gt: ("gt", operator.gt),
    ast.GtE: ("ge", operator.ge),
    ast.Is: ("is", operator.is_),
    ast.IsNot: ("is", operator.is_not),
    ast.In: ("contains", lambda item, container: item in container),
    ast.NotIn: ("contains", lambda item, container: item not in container),
}
UNARY: dict[type, tuple[str, Callable]] = {
    ast.USub: ("neg", operator.neg),
    ast.UAdd: ("pos", operator.pos),
    ast.Invert: ("bitwise_not", operator.invert),
    ast.Not: ("bool", operator.not_),
}
