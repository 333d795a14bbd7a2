"""Executes the statements of a snippet on real objects, never through Python's own exec or eval.

After each statement `recorder.record` takes the state down; the first error ends the run.
"""

from __future__ import annotations

import ast
import contextlib
import operator
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cifar_core.tensors import allowed, guard, memory, unsupported
from cifar_core.tensors.evaluate import Evaluator
from cifar_core.tensors.functions import Function, define
from cifar_core.tensors.imports import imported
from cifar_core.tensors.limits import Refused
from cifar_core.tensors.operators import BINARY
from cifar_core.tensors.parse import Program
from cifar_core.tensors.unpacking import unpacked


class Recorder(Protocol):
    """Takes down what an operation and what a statement left behind."""

    def watch(
        self, node: ast.AST, operation: str, operands: Sequence[object], act: Callable[[], Any]
    ) -> Any: ...

    def record(self, statement: ast.stmt, state: Evaluator, error: Exception | None) -> None: ...


class Ended(Exception):
    """The statement that failed is recorded; unwinds to the top through the open contexts."""


@dataclass(frozen=True)
class Jump:
    """How a body was left: by `break`, `continue` or `return`."""

    kind: type
    value: object = None


class Interpreter(Evaluator):
    """Runs one program."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def run(self, program: Program) -> None:
        """To the end of the program or to its first error, which is recorded."""
        with contextlib.suppress(Ended):
            self._body(program.body)

    def watched(
        self, node: ast.AST, operation: str, operands: Sequence[object], act: Callable[[], Any]
    ) -> Any:
        return self._recorder.watch(node, operation, operands, act)

    def run_body(self, function: Function) -> object:
        jump = self._body(function.body)
        return jump.value if jump else None

    def _body(self, statements: Sequence[ast.stmt]) -> Jump | None:
        for statement in statements:
            jump = self._execute(statement)
            if jump:
                return jump
        return None

    def _execute(self, statement: ast.stmt) -> Jump | None:
        kind = type(statement)
        try:
            if kind in COMPOUND:
                return COMPOUND[kind](self, statement)
            if kind not in SIMPLE:
                raise unsupported.refusal(statement)
            jump = SIMPLE[kind](self, statement)
            self._record(statement)
            return jump
        except Ended:
            raise
        except RecursionError:
            error = Refused("This is nested too deeply to be run; use shorter lines.")
        except MemoryError:
            error = memory.full()
        except Exception as raised:
            error = memory.full() if "can't allocate memory" in str(raised) else raised
        self._record(statement, error)
        raise Ended

    def _record(self, statement: ast.stmt, error: Exception | None = None) -> None:
        self._recorder.record(statement, self, error)

    # Simple statements

    def _expression(self, node: ast.Expr) -> None:
        self.evaluate(node.value)

    def _nothing(self, node: ast.stmt) -> None:
        """`pass`."""

    def _assign(self, node: ast.Assign) -> None:
        value = self.evaluate(node.value)
        for target in node.targets:
            self.store(target, value)

    def _hinted(self, node: ast.AnnAssign) -> None:
        """`x: float = 2`; without a value it only says what x will be."""
        if node.value is not None:
            self.store(node.target, self.evaluate(node.value))
        self._read_hints(node.annotation)

    def _assert(self, node: ast.Assert) -> None:
        if not self.truth(node.test):
            says = () if node.msg is None else (self.evaluate(node.msg),)
            raise AssertionError(*(self.apply(node, "str", str, text) for text in says))

    def _augmented(self, node: ast.AugAssign) -> None:
        """`x += y` reads its target once, works in place if the object can, stores the result."""
        target = node.target
        owner: Any = None
        index: Any = None
        if isinstance(target, ast.Subscript):
            owner, index = self.owner_and_index(target)
            old = self.apply(target, "getitem", operator.getitem, owner, index)
        elif isinstance(target, ast.Attribute):
            owner = self.evaluate(target.value)
            old = self.read(target, owner)
        else:
            old = self.name(target)
        operation, _, act = BINARY[type(node.op)]
        if isinstance(old, list) and operation == "add":
            operation = "extend"
        new = self.apply(node, operation, act, old, self.evaluate(node.value))
        if isinstance(target, ast.Subscript):
            self._set_item(target, owner, index, new)
        elif isinstance(target, ast.Attribute):
            self._set_attribute(target, owner, new)
        else:
            self.store(target, new)

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.name(target)  # Python's own error if there is none
                if target.id not in self._own_names():
                    raise NameError(f"name '{target.id}' is not defined")  # a builtin
                del self._own_names()[target.id]
            elif isinstance(target, ast.Subscript):
                owner, index = self.owner_and_index(target)
                self.apply(target, "delitem", operator.delitem, owner, index)
            else:
                raise Refused("del takes names and items of lists here.")

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for name, value in imported(node):
            self._own_names()[name] = value

    def _define(self, node: ast.FunctionDef) -> None:
        if self.frames:
            raise Refused("A def inside a def is not available here; write both at the margin.")
        defaults = [self.evaluate(default) for default in node.args.defaults]
        made = define(node, defaults)
        self._read_hints(*(argument.annotation for argument in node.args.args), node.returns)
        self._own_names()[node.name] = made

    def _read_hints(self, *hints: ast.expr | None) -> None:
        """Before 3.14 Python works type hints out where they stand, but not inside a def."""
        if sys.version_info < (3, 14) and not self.frames:
            for hint in filter(None, hints):
                self.evaluate(hint)

    def _jump(self, node: ast.Break | ast.Continue) -> Jump:
        return Jump(type(node))

    def _return(self, node: ast.Return) -> Jump:
        return Jump(ast.Return, None if node.value is None else self.evaluate(node.value))

    # Compound statements: each evaluation of a head is a step, the bodies are steps of their own

    def _if(self, node: ast.If) -> Jump | None:
        chosen = node.body if self.truth(node.test) else node.orelse
        self._record(node)
        return self._body(chosen)

    def _while(self, node: ast.While) -> Jump | None:
        while True:
            goes_on = self.truth(node.test)
            self._record(node)
            if not goes_on:
                return self._body(node.orelse)
            jump = self._body(node.body)
            if jump and jump.kind is not ast.Continue:
                return jump if jump.kind is ast.Return else None

    def _for(self, node: ast.For) -> Jump | None:
        for item in self.apply(node.iter, "iter", iter, self.evaluate(node.iter)):
            self.store(node.target, item)
            self._record(node)
            jump = self._body(node.body)
            if jump and jump.kind is not ast.Continue:
                return jump if jump.kind is ast.Return else None
        return self._body(node.orelse)

    def _with(self, node: ast.With) -> Jump | None:
        with contextlib.ExitStack() as stack:
            for item in node.items:
                context = self.evaluate(item.context_expr)
                if not isinstance(context, allowed.CONTEXTS):
                    raise Refused("with takes torch.no_grad() or torch.enable_grad() here.")
                entered = stack.enter_context(context)
                if item.optional_vars:
                    self.store(item.optional_vars, entered)
            self._record(node)
            return self._body(node.body)

    # Targets

    def _own_names(self) -> dict[str, object]:
        if self.scopes:
            return self.scopes[-1].names
        return self.frames[-1].names if self.frames else self.names

    def store(self, target: ast.expr, value: Any) -> None:
        match target:
            case ast.Name(id=name):
                if name.startswith("__"):
                    raise Refused(f"The name {name} is Python's own; choose another.")
                self._own_names()[name] = value
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                self._unpack(parts, value)
            case ast.Subscript():
                self._set_item(target, *self.owner_and_index(target), value)
            case ast.Attribute():
                self._set_attribute(target, self.evaluate(target.value), value)
            case _:
                raise Refused("This cannot be assigned to here; use a name, an item or a slice.")

    def _set_item(self, target: ast.Subscript, owner: object, index: object, value: object) -> None:
        self.apply(target, "setitem", operator.setitem, owner, index, value)
        guard.after(owner)  # a list may have grown

    def _set_attribute(self, target: ast.Attribute, owner: object, value: object) -> None:
        self.apply(target, "setattr", allowed.write, owner, target.attr, value)

    def _unpack(self, targets: list[ast.expr], value: Any) -> None:
        stars = [at for at, target in enumerate(targets) if isinstance(target, ast.Starred)]
        items = unpacked(value, len(targets) - len(stars), stars[0] if stars else None)
        for target, item in zip(targets, items, strict=True):
            self.store(target.value if isinstance(target, ast.Starred) else target, item)


SIMPLE: dict[type, Callable[[Any, Any], Jump | None]] = {
    ast.Expr: Interpreter._expression,
    ast.Pass: Interpreter._nothing,
    ast.Assign: Interpreter._assign,
    ast.AnnAssign: Interpreter._hinted,
    ast.Assert: Interpreter._assert,
    ast.AugAssign: Interpreter._augmented,
    ast.Delete: Interpreter._delete,
    ast.Import: Interpreter._import,
    ast.ImportFrom: Interpreter._import,
    ast.FunctionDef: Interpreter._define,
    ast.Break: Interpreter._jump,
    ast.Continue: Interpreter._jump,
    ast.Return: Interpreter._return,
}
COMPOUND: dict[type, Callable[[Any, Any], Jump | None]] = {
    ast.If: Interpreter._if,
    ast.While: Interpreter._while,
    ast.For: Interpreter._for,
    ast.With: Interpreter._with,
}
