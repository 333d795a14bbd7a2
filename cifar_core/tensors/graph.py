"""The autograd graph above the tensors that names hold, as it is after each statement.

It looks on and changes nothing: hooks stand only while a backward runs, and only read.
"""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.autograd.graph import Node as Function

from cifar_core.tensors import guard, limits
from cifar_core.tensors.graph_notes import (
    inputs,
    is_leaf,
    leaf_at,
    made_by,
    note_of,
    place,
    take_note,
)
from cifar_core.tensors.history import history, maker, readable_grad
from cifar_core.tensors.snapshot import Graph, Node, Saved
from cifar_core.tensors.strips import FEW, few

NODES = 40  # of one step; where there are more, the newest functions and LEAVES leaves
LEAVES = 15
REACH = 300  # functions that are looked for behind the names
VALUES = limits.VALUES // 2  # in all the graphs of a trace; nodes after that have none
BACKWARD = frozenset({"backward", "grad"})  # operations that run a graph backward


class Autograd:
    """The graph of one running snippet."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._leaves: dict[int, tuple[int, torch.Tensor]] = {}  # by id, kept alive with it
        self._values = 0
        self._backwards = 0

    def note(self, made: torch.Tensor) -> None:
        """To be called after each operation: the functions that it added, and what they made."""
        function = maker(made)
        if function is not None:
            take_note(function, self._numbers)
            made_by(function, made)

    @contextlib.contextmanager
    def gradients(self, operands: Sequence[object]) -> Iterator[None]:
        """Notes the gradient at each function that a backward from `operands` passes meanwhile."""
        parts = [item if isinstance(item, list | tuple) else [item] for item in operands]
        tensors = [item for part in parts for item in part if isinstance(item, torch.Tensor)]
        hooks = []
        self._backwards += 1
        try:
            for function in self._behind(tensors):
                note = note_of(function)
                note.meet(function)
                hooks.append(function.register_prehook(note.pass_by))
                hooks.append(function.register_hook(note.pass_on))
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def look(self, held: Mapping[str, object]) -> Graph | None:
        """The graph now, None if no name holds a tensor that requires grad."""
        tensors = {name: value for name, value in held.items() if isinstance(value, torch.Tensor)}
        tracked = {name: tensor for name, tensor in tensors.items() if tensor.requires_grad}
        if not tracked:
            return None
        before = self._behind(tracked.values())
        all_leaves = _leaves(tracked.values(), before)
        leaves, functions = _newest(all_leaves, before)
        owners, makers, places = _names(tracked, id), _names(tracked, maker), _names(tensors, place)
        nodes = [self._leaf(leaf, owners.get(id(leaf), [])) for leaf in leaves]
        for function in functions:
            names = makers.get(function, [])
            named = tracked[names[0]] if names else None
            nodes.append(self._function(function, names, named, places))
        drawn = {node.id for node in nodes}
        edges = [
            [self._number(node), note_of(function).number]
            for function in functions
            for node in before[function]
        ]
        edges = [edge for edge in edges if edge[0] in drawn]
        return Graph(nodes, edges, more=len(all_leaves) + len(before) - len(nodes))

    def _behind(self, tensors: Iterable[torch.Tensor]) -> dict[Function, list[Function]]:
        """The functions that tensors were made by, the last ones first, each with its inputs."""
        found = [function for function in map(maker, tensors) if function is not None]
        for function in found:
            take_note(function, self._numbers)
        before: dict[Function, list[Function]] = {}
        for function in found:  # grows
            if function not in before and len(before) < REACH:
                before[function] = inputs(function)
                found += [node for node in before[function] if not is_leaf(node)]
        return before

    def _number(self, node: Function) -> int:
        return self._leaf_number(leaf_at(node)) if is_leaf(node) else note_of(node).number

    def _leaf_number(self, leaf: torch.Tensor) -> int:
        if id(leaf) not in self._leaves:
            self._leaves[id(leaf)] = next(self._numbers), leaf
        return self._leaves[id(leaf)][0]

    def _leaf(self, leaf: torch.Tensor, names: list[str]) -> Node:
        grad = readable_grad(leaf)
        shown = self._affordable(leaf.shape)
        return Node(
            id=self._leaf_number(leaf),
            kind="leaf",
            label=names[0] if names else "leaf",
            names=names,
            shape=list(leaf.shape),
            dtype=guard.DTYPES[leaf.dtype],
            values=few(leaf) if shown else None,
            grad=few(grad) if shown and grad is not None else None,
        )

    def _function(
        self,
        function: Function,
        names: list[str],
        named: torch.Tensor | None,
        places: Mapping[object, list[str]],
    ) -> Node:
        note, made = note_of(function), function._input_metadata
        if note.backwards != self._backwards:
            note.backwards = self._backwards
            note.let_go(function, places)
        one = made[0] if len(made) == 1 else None  # of several, such as split's, none is drawn
        shown = one is not None and self._affordable(one.shape)
        values = note.values if named is None else few(named)
        return Node(
            id=note.number,
            kind="function",
            label=type(function).__name__,
            names=names,
            shape=list(one.shape) if one else None,
            dtype=guard.DTYPES.get(one.dtype) if one else None,
            values=values if shown else None,
            grad=note.grad if shown else None,
            passed_on=note.passed_on,
            saved=[
                Saved(
                    saved.what, places.get(saved.place, []), saved.version, saved.now, saved.state
                )
                for saved in note.saved
            ],
        )

    def _affordable(self, shape: Sequence[int]) -> bool:
        size = math.prod(shape)
        self._values += 2 * size if size <= FEW else 0
        return self._values <= VALUES


def _names(
    tensors: Mapping[str, torch.Tensor], key: Callable[[torch.Tensor], Any]
) -> dict[Any, list[str]]:
    """The names of the tensors that have the same `key`."""
    names: dict[Any, list[str]] = {}
    for name, tensor in tensors.items():
        names.setdefault(key(tensor), []).append(name)
    return names


def _leaves(
    tracked: Iterable[torch.Tensor], before: Mapping[Function, list[Function]]
) -> list[torch.Tensor]:
    """The leaves that have a name, then those that only went into a function."""
    found = [tensor for tensor in tracked if history(tensor)[0]]
    found += [leaf_at(node) for nodes in before.values() for node in nodes if is_leaf(node)]
    return list({id(leaf): leaf for leaf in found}.values())


def _newest(
    leaves: list[torch.Tensor], before: Mapping[Function, list[Function]]
) -> tuple[list[torch.Tensor], list[Function]]:
    """What is drawn where there is too much: the newest functions and, first, their leaves."""
    functions = sorted(before, key=lambda function: note_of(function).number)
    if len(leaves) + len(functions) > NODES:
        functions = functions[-(NODES - LEAVES) :]
        used = {id(leaf_at(node)) for f in functions for node in before[f] if is_leaf(node)}
        leaves = sorted(leaves, key=lambda leaf: id(leaf) not in used)[: NODES - len(functions)]
    return leaves, functions
