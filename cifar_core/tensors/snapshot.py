"""What a trace is, as frozen data: Trace, Step, Name, StorageState, Error; and its JSON form."""

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
    """One run of memory; `changed` lists the cells whose bytes differ from the step before."""

    dtype: str
    numel: int
    values: list[Any] | None
    changed: list[int]


@dataclass(frozen=True)
class Error:
    """What ended the trace: Python's or PyTorch's own type and message, names at fault, and why."""

    type: str
    message: str
    operand: list[str] = field(default_factory=list)
    hint: str | None = None


@dataclass(frozen=True)
class Step:
    """The state after one executed statement."""

    line: int
    source: str
    function: str | None = None
    printed: str = ""
    warnings: list[str] = field(default_factory=list)
    error: Error | None = None
    names: dict[str, Name] = field(default_factory=dict)
    storages: dict[str, StorageState] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return vars(self) | {
            "error": None if self.error is None else dict(vars(self.error)),
            "names": {name: dict(vars(state)) for name, state in self.names.items()},
            "storages": {key: dict(vars(state)) for key, state in self.storages.items()},
        }


@dataclass(frozen=True)
class Trace:
    """A snippet's steps, in the order in which they ran."""

    steps: tuple[Step, ...]
    torch: str = str(torch.__version__)

    def to_json(self) -> dict[str, Any]:
        """The trace contract's form, as plain dicts, lists, numbers and strings."""
        return {"torch": self.torch, "steps": [step.to_json() for step in self.steps]}
