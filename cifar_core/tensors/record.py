"""Takes down the state of a running snippet, step by step: its names and the memory below."""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from cifar_core.tensors import guard, limits, messages
from cifar_core.tensors.evaluate import Evaluator
from cifar_core.tensors.fixes.edit import Snippet
from cifar_core.tensors.graph import Autograd
from cifar_core.tensors.held import every_name
from cifar_core.tensors.history import history, readable_grad
from cifar_core.tensors.late_views import LateViews
from cifar_core.tensors.limits import Refused
from cifar_core.tensors.messages import Fault, Place
from cifar_core.tensors.parse import Program
from cifar_core.tensors.snapshot import Advice, Error, Fix, Name, Step, StorageState
from cifar_core.tensors.strips import Memory, Run, Strip, address, plain, run_of
from cifar_core.tensors.trial import ERROR
from cifar_core.tensors.watch import Watch

Snapshot = tuple[dict[str, Name], dict[str, StorageState]]


class Recorder:
    """The steps of one run so far."""

    def __init__(self, program: Program, warned: list[warnings.WarningMessage]) -> None:
        self.steps: list[Step] = []
        self._program = program
        self.proposals: dict[tuple[int, int], list[Fix]] = {}  # of (step, warning or ERROR)
        self._warned = warned
        self._warners: dict[int, Fault] = {}  # by the warning's place in `warned`
        self._snippet = Snippet(program.source, program.body)
        self._memory = Memory()
        self._autograd = Autograd()
        self._operations = Watch(program.text, self._memory, self._autograd)
        self._late_views = LateViews()
        # id -> number and the object itself, kept alive so that its id is not used again
        self._objects: dict[int, tuple[int, object]] = {}
        self._printed = 0
        self._values = 0

    def watch(
        self, node: ast.AST, operation: str, operands: Sequence[object], act: Callable[[], Any]
    ) -> Any:
        """Runs one operation and notes what could not be told when its statement is over."""
        before = len(self._warned)
        self._late_views.before(node, operation, operands)
        try:
            return self._operations.run(node, operation, operands, act)
        finally:
            for at in range(before, len(self._warned)):
                self._warners.setdefault(at, Fault(node, operation, tuple(operands)))

    def record(self, statement: ast.stmt, state: Evaluator, error: Exception | None) -> None:
        """Appends the step of one statement; raises Refused where the trace grows too long."""
        if error is None and len(self.steps) == limits.STATEMENTS:
            most = f"A snippet runs at most {limits.STATEMENTS} statements here"
            raise Refused(f"{most}; use a shorter loop.")
        function = state.frames[-1].function.name if state.frames else None
        try:
            held = dict(every_name(state))
            self._late_views.look(v for v in held.values() if isinstance(v, torch.Tensor))
            names, storages = self._snapshot(held)
            graph = self._autograd.look(held)
        except Refused:
            if error is None:
                raise
            held, names, storages, graph = {}, {}, {}, None  # what is past the limit is not shown
        text = messages.sendable(state.printed.getvalue()[: limits.TEXT])
        place = Place(self._snippet, statement, held, function)
        warned, advice = self._drain_warnings(place)
        self.steps.append(
            Step(
                line=statement.lineno,
                source=self._program.text(statement),
                function=function,
                printed=text[self._printed :],
                warnings=warned,
                advice=advice,
                error=error and self._explain(error, state.fault, place),
                names=names,
                storages=storages,
                graph=graph,
                broadcasts=self._operations.take_broadcasts(names, function),
            )
        )
        self._printed = len(text)

    def _explain(self, error: Exception, fault: Fault | None, place: Place) -> Error:
        told, self.proposals[len(self.steps), ERROR] = messages.explain(error, fault, place)
        return told

    def _drain_warnings(self, place: Place) -> tuple[list[str], list[Advice | None]]:
        texts, advice = [], []
        for at, warning in enumerate(self._warned):
            texts.append(messages.sendable(str(warning.message)))
            fault = self._warners.get(at)
            told, fixes = messages.advise(warning.category, fault, place)
            advice.append(told)
            self.proposals[len(self.steps), at] = fixes
        self._warned.clear()
        self._warners.clear()
        return texts, advice

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
        return _repr(value)


def _values(tensor: torch.Tensor) -> Any:
    return None if tensor.is_meta else plain(tensor.tolist())


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # an optimizer whose settings were put out of order
        return f"<{type(value).__name__}>"


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
