"""Comprehensions, of lists `[x * 2 for x in xs if x]` and of dicts; their names are their own.

All the rounds of one are one step, so they are counted over the whole snippet.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from cifar_core.tensors import limits
from cifar_core.tensors.limits import Refused


@dataclass
class Scope:
    """The names that a running comprehension binds; they end with it."""

    own_names: frozenset[str]
    names: dict[str, object] = field(default_factory=dict)


class State(Protocol):
    """What a comprehension needs of the evaluator around it."""

    scopes: list[Scope]
    rounds: int

    def evaluate(self, node: ast.expr) -> Any: ...
    def truth(self, node: ast.expr) -> bool: ...
    def store(self, target: ast.expr, value: Any) -> None: ...
    def apply(
        self, node: ast.AST, operation: str, act: Callable[..., Any], *operands: object
    ) -> Any: ...


def _list(state: State, node: ast.ListComp) -> list[Any]:
    made: list[Any] = []
    budget = limits.ITEMS
    for _ in _rounds(state, node.generators):
        made.append(state.evaluate(node.elt))
        budget = limits.spend([made[-1]], budget)
    return made


def _dict(state: State, node: ast.DictComp) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    budget = limits.ITEMS
    for _ in _rounds(state, node.generators):
        key = state.evaluate(node.key)
        made[key] = state.evaluate(node.value)
        budget = limits.spend([key, made[key]], budget)
    return made


def unbound(name: str, from_within: bool) -> NameError:
    """A name that its function or comprehension binds elsewhere, in CPython's words.

    Before 3.12 a comprehension was a function of its own: read `from_within`, the name is free.
    """
    if from_within and sys.version_info < (3, 12):
        lacks = "where it is not associated with a value in enclosing scope"
        return NameError(f"cannot access free variable '{name}' {lacks}")
    return UnboundLocalError(
        f"cannot access local variable '{name}' where it is not associated with a value"
    )


def _rounds(state: State, generators: Sequence[ast.comprehension]) -> Iterator[None]:
    """One turn for each time that the element is worked out, its names bound."""
    items = _items(state, generators[0])  # the first iterable is read outside
    names = [n.id for g in generators for n in ast.walk(g.target) if isinstance(n, ast.Name)]
    state.scopes.append(Scope(frozenset(names)))
    try:
        yield from _nested(state, generators, items)
    finally:
        state.scopes.pop()


def _nested(
    state: State, generators: Sequence[ast.comprehension], items: Iterator[Any]
) -> Iterator[None]:
    first, *rest = generators
    for item in items:
        state.rounds += 1
        if state.rounds > limits.ROUNDS:
            most = f"Comprehensions go round at most {limits.ROUNDS:,} times in a snippet here"
            raise Refused(f"{most}; use fewer items.")
        state.store(first.target, item)
        if not all(state.truth(test) for test in first.ifs):
            continue
        if rest:
            yield from _nested(state, rest, _items(state, rest[0]))
        else:
            yield


def _items(state: State, generator: ast.comprehension) -> Iterator[Any]:
    if generator.is_async:
        raise Refused("async is not available here; write a plain for.")
    return state.apply(generator.iter, "iter", iter, state.evaluate(generator.iter))


COMPREHENSIONS: dict[type, Callable[[Any, Any], Any]] = {ast.ListComp: _list, ast.DictComp: _dict}
