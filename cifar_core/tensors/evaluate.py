"""Works out the expressions of a snippet on real objects; `interpret` runs its statements.

Each syntax node that a snippet may hold has one short method here. Whatever is called, read or
computed passes `allowed` (may it be named?) and `guard` (does it fit?).
"""

from __future__ import annotations

import ast
import builtins
import functools
import io
import itertools
import operator
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from torch import nn

from cifar_core.tensors import allowed, guard, limits, stand_ins, unsupported
from cifar_core.tensors.allowed import Method
from cifar_core.tensors.comprehensions import COMPREHENSIONS, Scope, unbound
from cifar_core.tensors.constants import Constants
from cifar_core.tensors.functions import Frame, Function, bind
from cifar_core.tensors.limits import Refused
from cifar_core.tensors.messages import Fault
from cifar_core.tensors.operators import BINARY, COMPARE, UNARY

CONVERSIONS: dict[int, Callable[[Any], str]] = {ord("r"): repr, ord("s"): str, ord("a"): ascii}


class Evaluator:
    """The names and the printed text of one running snippet, and the value of its expressions."""

    def __init__(self) -> None:
        self.names: dict[str, object] = dict(allowed.AT_HAND)
        self.frames: list[Frame] = []
        self.scopes: list[Scope] = []  # of the comprehensions that run in the top frame
        self.rounds = 0  # of all comprehensions so far
        self.printed = io.StringIO()
        self.fault: Fault | None = None
        self._constants = Constants()

    def run_body(self, function: Function) -> object:
        """Runs the statements of a function whose frame is on top; the interpreter's part."""
        raise NotImplementedError

    def watched(
        self, node: ast.AST, operation: str, operands: Sequence[object], act: Callable[[], Any]
    ) -> Any:
        """Runs one operation while the recorder looks on; the interpreter's part."""
        raise NotImplementedError

    def store(self, target: ast.expr, value: Any) -> None:
        """Binds a target; the interpreter's part."""
        raise NotImplementedError

    def evaluate(self, node: ast.expr) -> Any:
        """The value of an expression; raises what Python would raise, or Refused."""
        method = EXPRESSIONS.get(type(node))
        if method is None:
            raise unsupported.refusal(node)
        return self._constants.one(node, method(self, node))

    def apply(
        self, node: ast.AST, operation: str, act: Callable[..., Any], *operands: object
    ) -> Any:
        """Runs an operator: looks at what goes in, acts, looks at what came out."""
        stand_ins.check(operation, operands)
        return self._run(node, operation, operands, {}, lambda: act(*operands))

    def truth(self, node: ast.expr) -> bool:
        return self.apply(node, "bool", bool, self.evaluate(node))

    def owner_and_index(self, node: ast.Subscript) -> tuple[Any, Any]:
        """The owner and the index of `owner[index]`."""
        owner = self.evaluate(node.value)
        if isinstance(owner, type):
            raise Refused("A type is not indexed here; type hints are not needed.")
        return owner, self.evaluate(node.slice)

    def read(self, node: ast.Attribute, owner: object) -> Any:
        try:
            read = functools.partial(allowed.read, owner, node.attr)
            return self.watched(node, "getattr", (owner, node.attr), read)
        except Exception:
            self.fault = self.fault or Fault(node, node.attr, (owner,))
            raise

    def _run(
        self,
        node: ast.AST,
        operation: str,
        operands: Sequence[object],
        keywords: dict[str, object],
        act: Callable[[], Any],
    ) -> Any:
        given = (*operands, *keywords.values())
        try:
            guard.before(operation, operands, keywords)
            result = self.watched(node, operation, given, lambda: self._checked(act()))
            guard.computed(result, given)
            return result
        except Exception:
            self.fault = self.fault or Fault(node, operation, given)
            raise

    # Values

    def _literal(self, node: ast.Constant) -> object:
        if isinstance(node.value, bytes):
            raise Refused("Bytes are not available here; use a string.")
        guard.after(node.value)
        return node.value

    def name(self, node: ast.Name) -> object:
        name = node.id
        local = [(scope.names, scope.own_names) for scope in reversed(self.scopes)]
        if self.frames:
            local.append((self.frames[-1].names, self.frames[-1].function.own_names))
        for at, (names, own_names) in enumerate(local):
            if name in names:
                return names[name]
            if name in own_names:
                raise unbound(name, from_within=at > 0)
        for names in (self.names, allowed.BUILTINS):
            if name in names:
                return names[name]
        if name in dir(builtins) or name.startswith("__"):
            raise Refused(f"{name} is not available here, only PyTorch, NumPy and plain Python.")
        self.fault = Fault(node, "name", ())
        raise NameError(f"name '{name}' is not defined")

    def _attribute(self, node: ast.Attribute) -> object:
        return self.read(node, self.evaluate(node.value))

    def _items(self, nodes: Sequence[ast.expr]) -> list[Any]:
        """The values of a row of expressions, `*rest` among them."""
        items: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                value = self.evaluate(node.value)
                if not isinstance(value, Iterable) or isinstance(value, stand_ins.KINDS):
                    raise Refused("What stands after * is a list or a tuple here.")
                items.extend(itertools.islice(value, limits.ITEMS + 1))
            else:
                items.append(stand_ins.not_a_module(self.evaluate(node)))
        return items

    def _list(self, node: ast.List) -> list:
        return self._checked(self._items(node.elts))

    def _tuple(self, node: ast.Tuple) -> tuple:
        return self._checked(tuple(self._items(node.elts)))

    def _dict(self, node: ast.Dict) -> dict:
        made = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                raise Refused("** inside a dict is not available here; write its entries out.")
            made[self.evaluate(key)] = stand_ins.not_a_module(self.evaluate(value))
        return self._checked(made)

    def _checked(self, value: Any) -> Any:
        guard.after(value)
        return value

    def _slice(self, node: ast.Slice) -> slice:
        parts = (node.lower, node.upper, node.step)
        return slice(*(None if part is None else self.evaluate(part) for part in parts))

    def _item(self, node: ast.Subscript) -> object:
        owner, index = self.owner_and_index(node)
        return self.apply(node, "getitem", operator.getitem, owner, index)

    def _text(self, node: ast.JoinedStr) -> str:
        return self._checked("".join(self.evaluate(part) for part in node.values))

    def _field(self, node: ast.FormattedValue) -> str:
        """One {value!r:spec} of an f-string."""
        value = self.evaluate(node.value)
        if node.conversion != -1:
            value = self.apply(node, "repr", CONVERSIONS[node.conversion], value)
        spec = self.evaluate(node.format_spec) if node.format_spec else ""
        if any(map(limits.is_wide, re.findall(r"\d+", spec))):
            raise Refused(f"Width and precision in an f-string go up to {limits.FIELD} here.")
        return self.apply(node, "format", format, value, spec)

    # Operators

    def _binary(self, node: ast.BinOp) -> object:
        operation, act, _ = BINARY[type(node.op)]
        return self.apply(node, operation, act, self.evaluate(node.left), self.evaluate(node.right))

    def _unary(self, node: ast.UnaryOp) -> object:
        operation, act = UNARY[type(node.op)]
        return self.apply(node, operation, act, self.evaluate(node.operand))

    def _compare(self, node: ast.Compare) -> object:
        left = self.evaluate(node.left)
        result: object = True
        for at, (op, comparator) in enumerate(zip(node.ops, node.comparators, strict=True)):
            if at and not self.apply(node, "bool", bool, result):
                break
            right = self.evaluate(comparator)
            operation, act = COMPARE[type(op)]
            result = self.apply(node, operation, act, left, right)
            left = right
        return result

    def _either(self, node: ast.BoolOp) -> object:
        """`and` stops at the first false value, `or` at the first true one; both answer it."""
        stops_at = isinstance(node.op, ast.Or)
        for part in node.values[:-1]:
            value = self.evaluate(part)
            if self.apply(part, "bool", bool, value) is stops_at:
                return value
        return self.evaluate(node.values[-1])

    def _choice(self, node: ast.IfExp) -> object:
        return self.evaluate(node.body if self.truth(node.test) else node.orelse)

    # Calls

    def _call(self, node: ast.Call) -> object:
        function = self.evaluate(node.func)
        args = self._items(node.args)
        keywords: dict[str, object] = {}
        for keyword in node.keywords:
            if keyword.arg is None:
                raise Refused("** in a call is not available here; write the arguments out.")
            keywords[keyword.arg] = self.evaluate(keyword.value)
        return self._invoke(node, function, args, keywords)

    def _invoke(
        self, node: ast.Call, function: Any, args: list[Any], keywords: dict[str, object]
    ) -> Any:
        if isinstance(function, Function):
            return self._enter(function, args, keywords)
        if isinstance(function, nn.Sequential) and len(args) == 1 and not keywords:
            value = args[0]
            for layer in function:  # as its forward does, so that each layer's size is looked at
                value = self._invoke(node, layer, [value], {})
            return value
        if not callable(function) and not isinstance(function, Method):
            return function(*args)  # Python's own error says what it is
        operands: list[Any] = args
        if isinstance(function, Method):
            operation, act, operands = function.name, function.bound, [function.owner, *args]
        elif isinstance(function, nn.Module):
            operation, act, operands = "forward", function, [function, *args]
        else:
            operation, act = allowed.operation_of(function), function
        stand_ins.check(operation, [*args, *keywords.values()])
        if function is print:
            act = functools.partial(act, file=self.printed)
        result = self._run(node, operation, operands, keywords, lambda: act(*args, **keywords))
        if isinstance(function, Method):
            guard.after(function.owner)  # a list may have grown
        if self.printed.tell() > limits.TEXT:
            raise Refused(f"A snippet prints at most {limits.TEXT:,} characters here.")
        return result

    def _enter(self, function: Function, args: list[Any], keywords: dict[str, object]) -> object:
        if any(frame.function is function for frame in self.frames):
            raise Refused(
                f"{function.name} calls itself; recursion is not available here, write a loop."
            )
        if len(self.frames) == limits.CALLS:
            raise Refused(f"At most {limits.CALLS} functions may wait for one another here.")
        self.frames.append(bind(function, args, keywords))
        around, self.scopes = self.scopes, []
        try:
            return self.run_body(function)
        finally:
            self.scopes = around
            self.frames.pop()


EXPRESSIONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Constant: Evaluator._literal,
    ast.Name: Evaluator.name,
    ast.Attribute: Evaluator._attribute,
    ast.List: Evaluator._list,
    ast.Tuple: Evaluator._tuple,
    ast.Dict: Evaluator._dict,
    ast.Slice: Evaluator._slice,
    ast.Subscript: Evaluator._item,
    ast.JoinedStr: Evaluator._text,
    ast.FormattedValue: Evaluator._field,
    ast.BinOp: Evaluator._binary,
    ast.UnaryOp: Evaluator._unary,
    ast.Compare: Evaluator._compare,
    ast.BoolOp: Evaluator._either,
    ast.IfExp: Evaluator._choice,
    ast.Call: Evaluator._call,
    **COMPREHENSIONS,
}
