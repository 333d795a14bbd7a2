"""What a trace is, as frozen data, and its JSON form; filled in by `record`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch


@dataclass(frozen=True)
class Name:
    """One name after one step; what does not apply to its kind is None.

    `object` is equal for two names exactly if `is` holds, `storage` if they lie on one run of
    memory. `stride` and `offset` count elements, `start` is the cell of the storage at which the
    name begins.
    """

    object: int
    kind: str  # tensor, parameter, array, number, bool, string, none, list, tuple, dict or other
    storage: str | None = None
    shape: list[int] | None = None
    dtype: str | None = None
    device: str | None = None
    stride: list[int] | None = None
    offset: int | None = None
    start: int | None = None
    requires_grad: bool | None = None
    is_leaf: bool | None = None
    grad_fn: str | None = None
    version: int | None = None
    values: Any = None
    grad: Any = None


@dataclass(frozen=True)
class StorageState:
    """One run of memory; `changed` lists the cells whose bytes differ from the step before.

    `unwritten` lists those that nothing was written to since torch.empty and the like made them.
    """

    dtype: str
    numel: int
    values: list[Any] | None
    changed: list[int]
    unwritten: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Saved:
    """A tensor that a function keeps for backward, and whether it can still be used there.

    `version` is the tensor's when it was saved, `now` its present one (None once it is freed).
    `state` is kept, changed (in place, so that backward will raise) or freed.
    """

    what: str
    names: list[str]
    version: int
    now: int | None
    state: str


@dataclass(frozen=True)
class Node:
    """A leaf or a function of the autograd graph, with the tensor that it is or that it made.

    `names` are that tensor's. Values are its present ones where a name holds it, else those that
    the function made. `grad` is a leaf's own, of a function the one that passed by in backward.
    Both are None over 64 elements. `passed_on`: that backward ran the function, which then gave
    its inputs theirs; it raised there, or never came, where this is False.
    """

    id: int
    kind: str  # leaf or function
    label: str
    names: list[str]
    shape: list[int] | None
    dtype: str | None
    values: Any = None
    grad: Any = None
    passed_on: bool = False
    saved: list[Saved] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return vars(self) | {"saved": [dict(vars(saved)) for saved in self.saved]}


@dataclass(frozen=True)
class Graph:
    """The autograd graph above the tensors that names hold; every edge runs from input to output.

    An input comes before what is made of it. `more` nodes are left out, the oldest ones.
    """

    nodes: list[Node]
    edges: list[list[int]]
    more: int = 0

    def to_json(self) -> dict[str, Any]:
        return vars(self) | {"nodes": [node.to_json() for node in self.nodes]}


@dataclass(frozen=True)
class Operand:
    """A tensor or array as it went into an operation: its name if it has one, and its source."""

    name: str | None
    source: str
    shape: list[int]
    values: Any = None


@dataclass(frozen=True)
class Result:
    """What an operation made; the values are None over 64 elements."""

    shape: list[int]
    values: Any = None


@dataclass(frozen=True)
class Broadcast:
    """A pointwise operation on operands of different shapes; no result where it failed.

    `in_place`: it writes into its first operand, which keeps its shape.
    """

    operation: str
    in_place: bool
    operands: list[Operand]
    result: Result | None = None

    def to_json(self) -> dict[str, Any]:
        return vars(self) | {
            "operands": [dict(vars(operand)) for operand in self.operands],
            "result": None if self.result is None else dict(vars(self.result)),
        }


@dataclass(frozen=True)
class Fix:
    """A snippet with the smallest change that mends it; `label` says what the change does."""

    label: str
    source: str


@dataclass(frozen=True)
class Error:
    """What ended the trace: Python's or PyTorch's own type and message, names at fault, and why."""

    type: str
    message: str
    operand: list[str] = field(default_factory=list)
    hint: str | None = None
    fix: Fix | None = None

    def to_json(self) -> dict[str, Any]:
        return vars(self) | {"fix": None if self.fix is None else dict(vars(self.fix))}


@dataclass(frozen=True)
class Advice:
    """What to say beside a warning: the names that it is about, why, and what to do."""

    operand: list[str]
    hint: str
    fix: Fix | None = None

    def to_json(self) -> dict[str, Any]:
        return vars(self) | {"fix": None if self.fix is None else dict(vars(self.fix))}


@dataclass(frozen=True)
class Step:
    """The state after one executed statement; `advice` runs parallel to `warnings`."""

    line: int
    source: str
    function: str | None = None
    printed: str = ""
    warnings: list[str] = field(default_factory=list)
    advice: list[Advice | None] = field(default_factory=list)
    error: Error | None = None
    names: dict[str, Name] = field(default_factory=dict)
    storages: dict[str, StorageState] = field(default_factory=dict)
    graph: Graph | None = None
    broadcasts: list[Broadcast] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return vars(self) | {
            "advice": [None if advice is None else advice.to_json() for advice in self.advice],
            "error": None if self.error is None else self.error.to_json(),
            "names": {name: dict(vars(state)) for name, state in self.names.items()},
            "storages": {key: dict(vars(state)) for key, state in self.storages.items()},
            "graph": None if self.graph is None else self.graph.to_json(),
            "broadcasts": [broadcast.to_json() for broadcast in self.broadcasts],
        }


@dataclass(frozen=True)
class Trace:
    """A snippet's steps, in the order in which they ran."""

    steps: tuple[Step, ...]
    torch: str = str(torch.__version__)

    def to_json(self) -> dict[str, Any]:
        """The trace contract's form, as plain dicts, lists, numbers and strings."""
        return {"torch": self.torch, "steps": [step.to_json() for step in self.steps]}
