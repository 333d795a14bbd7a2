"""A `def` of a snippet: its parameters, its own names, and how a call's arguments reach them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cifar_core.tensors.limits import Refused


@dataclass(frozen=True, eq=False)
class Function:
    """What a `def` statement makes."""

    name: str
    parameters: tuple[str, ...]
    defaults: dict[str, object]
    body: list[ast.stmt]
    own_names: frozenset[str]

    def __repr__(self) -> str:
        return f"<function {self.name} at {id(self):#x}>"


@dataclass
class Frame:
    """The names of one running call."""

    function: Function
    names: dict[str, object] = field(default_factory=dict)


def define(node: ast.FunctionDef, defaults: Sequence[object]) -> Function:
    """Raises Refused for the kinds of parameters and bodies that are not traced."""
    arguments = node.args
    if node.decorator_list:
        raise Refused("A decorator is not available here; call the function directly.")
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.posonlyargs:
        raise Refused("A function takes plain parameters here, without *, ** or /.")
    names = tuple(argument.arg for argument in arguments.args)
    with_default = names[len(names) - len(defaults) :]
    return Function(
        node.name, names, dict(zip(with_default, defaults, strict=True)), node.body,
        frozenset(names) | _assigned(node.body),
    )  # fmt: skip


def _assigned(body: list[ast.stmt]) -> frozenset[str]:
    """The names that a body binds anywhere: Python takes them for the function's own throughout."""
    nodes = [node for statement in body for node in _walk(statement)]
    bound = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        if isinstance(node, ast.FunctionDef):
            bound.add(node.name)
    return frozenset(bound)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Every node but those inside comprehensions and functions, which bind names of their own."""
    yield node
    if not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ListComp | ast.DictComp):
        for child in ast.iter_child_nodes(node):
            yield from _walk(child)


def bind(function: Function, args: Sequence[object], keywords: dict[str, object]) -> Frame:
    """The frame of a call; raises TypeError in CPython's words if the arguments do not fit."""
    name, parameters = function.name, function.parameters
    if len(args) > len(parameters):
        raise TypeError(_too_many(function, len(args)))
    names = dict(zip(parameters, args, strict=False))
    for keyword, value in keywords.items():
        if keyword not in parameters:
            raise TypeError(f"{name}() got an unexpected keyword argument '{keyword}'")
        if keyword in names:
            raise TypeError(f"{name}() got multiple values for argument '{keyword}'")
        names[keyword] = value
    missing = [p for p in parameters if p not in names and p not in function.defaults]
    if missing:
        lacks = f"{len(missing)} required positional {_arguments(len(missing))}"
        raise TypeError(f"{name}() missing {lacks}: {_series([repr(p) for p in missing])}")
    bound = function.defaults | names
    return Frame(function, {parameter: bound[parameter] for parameter in parameters})


def _too_many(function: Function, given: int) -> str:
    most, least = len(function.parameters), len(function.parameters) - len(function.defaults)
    takes = (
        f"from {least} to {most} positional arguments"
        if least < most
        else f"{most} positional {_arguments(most)}"
    )
    return f"{function.name}() takes {takes} but {given} {'was' if given == 1 else 'were'} given"


def _arguments(count: int) -> str:
    return "argument" if count == 1 else "arguments"


def _series(words: list[str]) -> str:
    """'a', 'b', and 'c'"""
    if len(words) < 3:
        return " and ".join(words)
    return ", ".join(words[:-1]) + f", and {words[-1]}"
