"""A trace as plain text: each line, what it printed, and the names that it changed."""

from __future__ import annotations

from cifar_core.tensors.snapshot import Name, Step, Trace

WIDTH = 60  # characters of one value


def as_text(trace: Trace) -> str:
    """One block a step; names that stayed as they were are left out."""
    blocks = []
    before: dict[str, Name] = {}
    for step in trace.steps:
        blocks.append("\n".join([_head(step), *_changes(step, before)]))
        before = step.names
    return "\n".join(blocks)


def _head(step: Step) -> str:
    where = f"{step.function}:" if step.function else ""
    return f"{where}{step.line:>3}  {step.source.splitlines()[0] if step.source else ''}"


def _changes(step: Step, before: dict[str, Name]) -> list[str]:
    lines = [f"        {line}" for line in step.printed.splitlines()]
    lines += [f"        warning: {text}" for text in step.warnings]
    for name, state in step.names.items():
        if before.get(name) != state:
            lines.append(f"     {_row(name, state)}{_unwritten(step, state)}")
    if step.error:
        lines.append(f"     {step.error.type}: {step.error.message}")
        lines += [f"     {step.error.hint}"] if step.error.hint else []
    return lines


def _row(name: str, state: Name) -> str:
    values = str(state.values)
    values = values if len(values) <= WIDTH else values[: WIDTH - 3] + "..."
    if state.storage is None:
        return f"{name} = {values}"
    version = "" if state.version is None else f" version {state.version}"
    return f"{name} = {values}  {state.dtype} {state.shape} on {state.storage}{version}"


def _unwritten(step: Step, state: Name) -> str:
    storage = step.storages[state.storage] if state.storage else None
    if storage is None or not storage.unwritten:
        return ""
    return f", {len(storage.unwritten)} of {storage.numel} cells never written"
