"""The trace contract as types, and which cells of its storage a name reads. Draws nothing."""

from collections.abc import Container, Iterable, Iterator
from typing import Any, TypedDict

SIZES = {
    **dict.fromkeys(("bool", "uint8", "int8"), 1),
    **dict.fromkeys(("int16", "float16", "bfloat16"), 2),
    **dict.fromkeys(("int32", "float32"), 4),
    **dict.fromkeys(("int64", "float64"), 8),
}  # bytes of one cell

UNREADABLE = ("SyntaxError", "IndentationError", "TabError")  # raised before anything runs


class Name(TypedDict):
    """One name after a step; keys that do not apply to its kind are None."""

    object: Any
    kind: str
    storage: str | None
    shape: list[int] | None
    dtype: str | None
    device: str | None
    stride: list[int] | None
    offset: int | None
    start: int | None
    requires_grad: bool | None
    is_leaf: bool | None
    grad_fn: str | None
    version: int | None
    values: Any


class Storage(TypedDict):
    """One run of memory; `changed` lists the cells that the step wrote. No values on meta."""

    dtype: str
    numel: int
    values: list[Any] | None
    changed: list[int]
    unwritten: list[int]


class Fix(TypedDict):
    """A whole edited snippet, and what the edit does."""

    label: str
    source: str


class Error(TypedDict):
    """What ended the trace; `operand` lists the names at fault."""

    type: str
    message: str
    operand: list[str]
    hint: str | None
    fix: Fix | None


class Advice(TypedDict):
    """What a warning is about; `operand` lists the names."""

    operand: list[str]
    hint: str
    fix: Fix | None


class Saved(TypedDict):
    """What a node keeps for backward(): the version it saved, and the one that is there now."""

    what: str
    names: list[str]
    version: int
    now: int | None
    state: str  # kept, changed or freed


class Node(TypedDict):
    """A leaf or a function of the autograd graph; `grad` of a function is what passed by last.

    passed_on: whether the function gave its inputs theirs then, which a refused one does not.
    """

    id: int
    kind: str  # leaf or function
    label: str
    names: list[str]
    shape: list[int] | None
    dtype: str | None
    values: Any
    grad: Any
    passed_on: bool
    saved: list[Saved]


class Graph(TypedDict):
    """The autograd graph in forward order; an edge leads from an input to what it went into.

    more: nodes that were left out, the oldest.
    """

    nodes: list[Node]
    edges: list[list[int]]
    more: int


class Operand(TypedDict):
    """One operand of a pointwise operation; no values where they are many."""

    name: str | None
    source: str
    shape: list[int]
    values: Any


class Result(TypedDict):
    """What came out."""

    shape: list[int]
    values: Any


class Broadcast(TypedDict):
    """A pointwise operation on different shapes; no result where it failed."""

    operation: str
    in_place: bool  # into the first operand
    operands: list[Operand]
    result: Result | None


class Step(TypedDict):
    """The state after one executed statement."""

    line: int
    source: str
    function: str | None
    printed: str
    warnings: list[str]
    advice: list[Advice | None]  # a warning's, where there is any
    error: Error | None
    names: dict[str, Name]
    storages: dict[str, Storage]
    graph: Graph | None
    broadcasts: list[Broadcast]


START: Step = {
    "line": 0,
    "source": "",
    "function": None,
    "printed": "",
    "warnings": [],
    "advice": [],
    "error": None,
    "names": {},
    "storages": {},
    "graph": None,
    "broadcasts": [],
}


def cells(name: Name) -> list[int]:
    """The cells a name reads, last index fastest; one comes often where a stride is 0."""
    if name["storage"] is None or name["start"] is None:
        return []
    found = [name["start"]]
    for size, stride in zip(name["shape"] or [], name["stride"] or [], strict=True):
        found = [first + i * stride for first in found for i in range(size)]
    return found


def indices(name: Name, wanted: Container[int]) -> Iterator[tuple[int, str]]:
    """(cell, index as one types it) for every element of a name that lies in a wanted cell."""
    shape = name["shape"] or []
    for flat, cell in enumerate(cells(name)):
        if cell in wanted:
            index = []
            for size in reversed(shape):
                index.append(str(flat % size))
                flat //= size
            yield cell, f"[{', '.join(reversed(index))}]" if index else ""


def runs(places: Iterable[int]) -> list[tuple[int, int]]:
    """Cells as stretches (first, last) without a gap, in order."""
    found: list[tuple[int, int]] = []
    for place in sorted(set(places)):
        if found and place == found[-1][1] + 1:
            found[-1] = (found[-1][0], place)
        else:
            found.append((place, place))
    return found


def spelled(places: Iterable[int]) -> str:
    """Cells in words: "cell 3", "cells 0–2 and 5"; "" for none."""
    parts = [f"{first}" if first == last else f"{first}–{last}" for first, last in runs(places)]
    if len(parts) > 4:
        parts[3:] = ["more"]
    many = len(parts) > 1 or "–" in "".join(parts)
    return f"cell{'s' if many else ''} {listed(parts)}" if parts else ""


def listed(words: list[str]) -> str:
    """a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def readers(step: Step, storage: str | None) -> dict[str, Name]:
    """The names over one storage, those of one object beside each other."""
    if storage is None:
        return {}
    names = {label: name for label, name in step["names"].items() if name["storage"] == storage}
    order = [name["object"] for name in names.values()]
    return dict(sorted(names.items(), key=lambda item: order.index(item[1]["object"])))


def reference(value: Any) -> int | None:
    """The object that stands for a tensor or array inside a list or dict; else None."""
    number = value["object"] if isinstance(value, dict) and set(value) == {"object"} else None
    return number if isinstance(number, int) else None


def at_fault(step: Step) -> set[str]:
    """The names that the step's error and warnings are about."""
    blamed = set(step["error"]["operand"] if step["error"] else ())
    return blamed.union(*(advice["operand"] for advice in step["advice"] if advice))
