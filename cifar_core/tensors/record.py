"""Takes down the state of a running snippet, step by step: its names and the memory below."""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

from cifar_core.tensors import guard, limits, messages
from cifar_core.tensors.allowed import Namespace
from cifar_core.tensors.evaluate import Evaluator
from cifar_core.tensors.history import history, readable_grad
from cifar_core.tensors.limits import Refused
from cifar_core.tensors.parse import Program
from cifar_core.tensors.snapshot import Name, Step, StorageState
from cifar_core.tensors.strips import Memory, Run, Strip, address, plain, run_of

Snapshot = tuple[dict[str, Name], dict[str, StorageState]]


class Recorder:
    """The steps of one run so far."""

    def __init__(self, program: Program, warned: list[warnings.WarningMessage]) -> None:
        self.steps: list[Step] = []
        self._program = program
        self._warned = warned
        self._memory = Memory()
        # id -> number and the object itself, kept alive so that its id is not used again
        self._objects: dict[int, tuple[int, object]] = {}
        self._printed = 0
        self._values = 0

    def record(self, statement: ast.stmt, state: Evaluator, error: Exception | None) -> None:
        """Appends the step of one statement; raises Refused where the trace grows too long."""
        if error is None and len(self.steps) == limits.STATEMENTS:
            most = f"A snippet runs at most {limits.STATEMENTS} statements here"
            raise Refused(f"{most}; use a shorter loop.")
        function = state.frames[-1].function.name if state.frames else None
        try:
            held = dict(_held(state))
            names, storages = self._snapshot(held)
        except Refused:
            if error is None:
                raise
            held, names, storages = {}, {}, {}  # what went past the limit cannot be shown
        text = state.printed.getvalue()[: limits.TEXT]
        self.steps.append(
            Step(
                line=statement.lineno,
                source=self._program.text(statement),
                function=function,
                printed=text[self._printed :],
                warnings=self._drain_warnings(),
                error=error and messages.explain(error, state.fault, held, function),
                names=names,
                storages=storages,
            )
        )
        self._printed = len(text)

    def _drain_warnings(self) -> list[str]:
        texts = [str(warning.message) for warning in self._warned]
        self._warned.clear()
        return texts

    def _snapshot(self, held: dict[str, Any]) -> Snapshot:
        runs: dict[int, Run] = {}
        run_under: dict[str, Run] = {}
        for name, value in held.items():
            if isinstance(value, torch.Tensor | np.ndarray):
                run = run_of(value)
                run_under[name] = runs.setdefault(run.key, run)
        size = sum(_size(value) for value in held.values())
        size += sum((run.stop - run.start) // run.dtype.itemsize for run in runs.values())
        if self._values + size > limits.VALUES:
            most = f"A trace records at most {limits.VALUES:,} values here"
            raise Refused(f"{most}; use smaller tensors or fewer steps.")
        self._values += size
        strips, storages = self._memory.look(list(runs.values()))
        names = {}
        for name, value in held.items():
            run = run_under.get(name)
            names[name] = (
                self._name(value) if run is None else self._cells(value, run, strips[run.key])
            )
        return names, storages

    def _number(self, value: object) -> int:
        """The same for the same object, through the whole trace."""
        return self._objects.setdefault(id(value), (len(self._objects) + 1, value))[0]

    def _cells(self, value: torch.Tensor | np.ndarray, run: Run, strip: Strip) -> Name:
        common: dict[str, Any] = {
            "object": self._number(value),
            "storage": strip.key,
            "shape": list(value.shape),
        }
        itemsize = value.dtype.itemsize
        if isinstance(value, np.ndarray):
            first = address(value) if value.size else run.start
            return Name(
                kind="array",
                dtype=value.dtype.name,
                stride=[step // itemsize for step in value.strides],
                offset=(first - run.start) // itemsize,
                start=(first - strip.start) // itemsize,
                values=plain(value.tolist()),
                **common,
            )
        is_leaf, grad_fn = history(value)
        grad = readable_grad(value)
        return Name(
            kind="parameter" if isinstance(value, nn.Parameter) else "tensor",
            dtype=guard.DTYPES[value.dtype],
            device=value.device.type,
            stride=list(value.stride()),
            offset=int(value.storage_offset()),
            start=int(value.storage_offset()) + (run.start - strip.start) // itemsize,
            requires_grad=value.requires_grad,
            is_leaf=is_leaf,
            grad_fn=grad_fn,
            version=value._version,
            values=_values(value),
            grad=None if grad is None else _values(grad),
            **common,
        )

    def _name(self, value: object) -> Name:
        kind = _kind(value)
        dtype = value.dtype.name if isinstance(value, np.generic) else None
        return Name(self._number(value), kind, dtype=dtype, values=self._plain(value))

    def _plain(self, value: object) -> Any:
        """A value as JSON holds it; tensors and arrays inside it by their number."""
        if isinstance(value, torch.Tensor | np.ndarray):
            return {"object": self._number(value)}
        if isinstance(value, list | tuple):
            return [self._plain(item) for item in value]
        if isinstance(value, dict):
            return {k if isinstance(k, str) else repr(k): self._plain(v) for k, v in value.items()}
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or isinstance(value, str | int | float):
            return plain(value)
        return repr(value)


def _held(state: Evaluator) -> Iterator[tuple[str, Any]]:
    """Every name with what it names; the locals of a running function as `f.z`."""
    spaces = [("", state.names)] + [
        (f"{frame.function.name}.", frame.names) for frame in state.frames
    ]
    for prefix, names in spaces:
        for name, value in names.items():
            if not isinstance(value, Namespace):
                if isinstance(value, list | tuple | dict):
                    limits.check_container(value)
                yield prefix + name, value
                yield from _inside(prefix + name, value)


def _inside(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """The tensors and arrays that a value holds, written as one would type them."""
    parts: list[tuple[str, Any]] = []
    if isinstance(value, torch.Tensor):
        grad = readable_grad(value)
        if grad is not None:
            yield f"{path}.grad", grad  # a gradient's own is not followed: they may form a ring
    elif isinstance(value, list | tuple):
        parts = [(f"{path}[{at}]", item) for at, item in enumerate(value)]
    elif isinstance(value, dict):
        parts = [(f"{path}[{key!r}]", item) for key, item in value.items()]
    elif isinstance(value, nn.Module):
        own = [*value.named_parameters(recurse=False), *value.named_buffers(recurse=False)]
        parts = [(f"{path}.{name}", item) for name, item in own]
        for name, layer in value.named_children():
            parts.append((f"{path}[{name}]" if name.isdigit() else f"{path}.{name}", layer))
    for inner, item in parts:
        if isinstance(item, torch.Tensor | np.ndarray):
            yield inner, item
        yield from _inside(inner, item)


def _values(tensor: torch.Tensor) -> Any:
    return None if tensor.is_meta else plain(tensor.tolist())


def _size(value: object) -> int:
    """How many values the record of one name holds."""
    if isinstance(value, torch.Tensor | np.ndarray):
        return 1 + math.prod(value.shape)
    if isinstance(value, str):
        return 1 + len(value) // 10
    if isinstance(value, dict):
        value = [*value, *value.values()]
    return 1 + sum(map(_size, value)) if isinstance(value, list | tuple) else 1


KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (nn.Parameter, "parameter"),
    (torch.Tensor, "tensor"),
    (np.ndarray, "array"),
    ((bool, np.bool_), "bool"),
    ((int, float, np.number), "number"),
    (str, "string"),
    (type(None), "none"),
    (list, "list"),
    (tuple, "tuple"),
    (dict, "dict"),
)


def _kind(value: object) -> str:
    return next((kind for types, kind in KINDS if isinstance(value, types)), "other")
