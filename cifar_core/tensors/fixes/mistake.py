"""One mistake as a fix needs it: the facts, and where in the code the operation stands."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from torch import nn

from cifar_core.tensors.facts import Failed, Held
from cifar_core.tensors.fixes.edit import Edit, Snippet
from cifar_core.tensors.snapshot import Fix

LONGEST = 24  # letters of code that a label quotes


@dataclass(frozen=True)
class Mistake(Failed):
    """`node` is the operation's syntax, `statement` the innermost one around it."""

    snippet: Snippet
    statement: ast.stmt
    node: ast.expr | ast.stmt
    known: Held  # the names that stood at hand, as they are written there

    def fix(self, label: str, *edits: Edit | None) -> Iterator[Fix]:
        """One fix; none where an edit could not be made."""
        made = [edit for edit in edits if edit]
        if len(made) == len(edits):
            yield Fix(label, self.snippet.edited(*made))

    @property
    def parts(self) -> list[tuple[ast.expr, Any]]:
        """The expression of each operand with its value; none where they cannot be paired."""
        nodes: list[ast.expr] = []
        match self.node:
            case ast.expr() as condition if self.operation == "bool":
                nodes = [_asked(condition)]
            case ast.UnaryOp(operand=operand):
                nodes = [operand]
            case ast.BinOp(left=left, right=right):
                nodes = [left, right]
            case ast.Compare(left=left, comparators=[right]):
                nodes = [left, right]
            case ast.AugAssign(target=target, value=value):
                nodes = [target, value]
            case ast.Attribute(value=owner):
                nodes = [owner]
            case ast.Subscript(value=owner, slice=index):
                nodes = [owner, index]
            case ast.Call(func=function, args=args, keywords=keywords):
                nodes = [*args, *(keyword.value for keyword in keywords)]
                if len(nodes) < len(self.operands):  # the owner of a method, or a layer
                    if isinstance(function, ast.Attribute) and self.operation != "forward":
                        function = function.value
                    nodes.insert(0, function)
                if len(nodes) != len(self.operands):
                    nodes = []
        if any(isinstance(node, ast.Starred) for node in nodes):
            return []
        return list(zip(nodes, self.operands, strict=False))

    def is_written(self, node: ast.expr) -> bool:
        """Whether an operand is the target of `+=`, which is no place for an expression."""
        return isinstance(self.node, ast.AugAssign) and node is self.node.target

    @property
    def layer(self) -> nn.Module | None:
        is_layer = self.operation == "forward" and isinstance(self.owner, nn.Module)
        return self.owner if is_layer else None

    @property
    def logical(self) -> list[ast.expr]:
        """The expressions of `and`, `or` and `not` around the operation, the outermost first."""
        kinds = [n for n in self.snippet.nodes if isinstance(n, ast.BoolOp | ast.UnaryOp)]
        found = [n for n in kinds if isinstance(n, ast.BoolOp) or isinstance(n.op, ast.Not)]
        around = [node for node in found if any(n is self.node for n in ast.walk(node))]
        return sorted(around, key=lambda node: self.snippet.start(node) - self.snippet.end(node))

    @property
    def asks(self) -> str | None:
        """The word that asks whether the operand is true: "and", "or" or "not"."""
        if not self.logical or self.operation != "bool":
            return None
        match self.logical[-1]:
            case ast.UnaryOp() as node if node is self.node:
                return "not"
            case ast.BoolOp(op=op, values=values) if any(v is self.node for v in values):
                return "and" if isinstance(op, ast.And) else "or"
        return None

    def calls(self, *names: str) -> list[ast.Call]:
        """The calls in the snippet of functions or methods with one of these names, in order."""
        calls = [n for n in self.snippet.nodes if isinstance(n, ast.Call) and called(n) in names]
        return sorted(calls, key=self.snippet.end)

    def words(self, node: ast.expr) -> str:
        """An operand as a label names it."""
        text = self.snippet.text(node)
        return text if len(text) <= LONGEST and "\n" not in text else "it"

    def made(self, node: ast.expr, suffix: str) -> Iterator[Fix]:
        """`x.suffix` from where x was made: at its assignment, else by a line of its own."""
        name = _first_name(node)
        if name is None:
            yield from self.fix(f"Call {suffix} first", self.snippet.then(node, suffix))
            return
        value = self.snippet.assigned(name, self.statement)
        if value is not None:
            there = self.snippet.then(value, suffix)
            yield from self.fix(f"Call {suffix} where {name} is made", there)
        line = self.snippet.line_before(self.statement, f"{name} = {name}{suffix}")
        yield from self.fix(f"Call {suffix} on {name} first", line)


Rule = Callable[[Mistake], Iterator[Fix]]


def called(call: ast.Call) -> str | None:
    """The last name of what is called: `Linear` of `nn.Linear(3, 2)`."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else None


def _asked(condition: ast.expr) -> ast.expr:
    """What is asked whether it is true: `x` of `if x:`, `not x` and `bool(x)`."""
    match condition:
        case ast.UnaryOp(op=ast.Not(), operand=asked):
            return asked
        case ast.Call(func=ast.Name(id="bool"), args=[asked]):
            return asked
    return condition


def _first_name(node: ast.expr) -> str | None:
    """The name that an expression takes its memory from: x of `x[0]`; none of `make()[0]`."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None
