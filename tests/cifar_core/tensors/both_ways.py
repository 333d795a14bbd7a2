"""One program run by CPython and by the tracer, and every difference between the two.

Python's own `exec` is used here, and only here, on our own snippets. What differs from run to run
is left out: addresses in texts, and the file that a failed import names. `id()` and `data_ptr()`
are compared by the programs themselves.
"""

import ast
import builtins
import contextlib
import io
import itertools
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn, optim

from cifar_core.tensors import trace

ADDRESS = re.compile(r"0x[0-9a-f]+")
FILE = re.compile(r"(?<=^cannot import name )('\w+' from '[\w.]+') \(.*\)$")


@dataclass(frozen=True)
class Outcome:
    """What a program leaves behind: its globals, printed text, warnings and (type, message)."""

    names: dict[str, Any]
    printed: str
    warnings: list[str]
    error: tuple[str, str] | None


def differences(source: str) -> list[str]:
    """What the tracer's last step says otherwise than CPython's state, one line each."""
    python = run_by_python(source)
    steps = trace(source, patience=0).to_json()["steps"]
    last = steps[-1] if steps else {"names": {}, "storages": {}, "error": None}
    error = last["error"] and (last["error"]["type"], last["error"]["message"])
    printed = ADDRESS.sub("0x", "".join(step["printed"] for step in steps))
    warned = [text for step in steps for text in step["warnings"]]
    found = [
        *_unequal("error", error, python.error),
        *_unequal("printed", printed, ADDRESS.sub("0x", python.printed)),
        *_unequal("warnings", warned, python.warnings),
    ]
    return found + list(_differing_names(last, python.names, fills="torch.empty" in source))


def prefixes(source: str) -> list[str]:
    """The program up to the end of each of its statements at the left margin."""
    lines = source.encode().split(b"\n")  # columns count bytes
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return [source]
    ends = [(node.end_lineno or 1, node.end_col_offset) for node in body]
    return [
        b"\n".join([*lines[: line - 1], lines[line - 1][:column]]).decode() for line, column in ends
    ]


def run_by_python(source: str) -> Outcome:
    """Runs our own program for real, from the same seed as the tracer."""
    names = {"torch": torch, "np": np, "nn": nn, "F": F, "optim": optim}
    printed, error = io.StringIO(), None
    with (
        warnings.catch_warnings(record=True) as warned,
        contextlib.redirect_stdout(printed),
        _pytorch_state(fills="torch.empty" in source),
    ):
        warnings.simplefilter("always")
        try:
            builtins.exec(source, names)
        except Exception as raised:
            message = raised.msg if isinstance(raised, SyntaxError) else str(raised)
            error = (type(raised).__name__, FILE.sub(r"\1", message))
    hidden = {k for k, v in names.items() if k.startswith("__") or isinstance(v, ModuleType)}
    texts = [str(w.message) for w in warned if not issubclass(w.category, SyntaxWarning)]
    kept = {name: value for name, value in names.items() if name not in hidden}
    return Outcome(kept, printed.getvalue(), texts, error)


@contextlib.contextmanager
def _pytorch_state(fills: bool) -> Iterator[None]:
    """The tracer's seed, every warning each time, and PyTorch's own fill of unwritten memory."""
    always = torch.is_warn_always_enabled()
    torch.set_warn_always(True)
    torch.use_deterministic_algorithms(fills)  # fills torch.empty with NaN or the largest value
    torch.manual_seed(0)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)
        torch.set_warn_always(always)


def _unequal(what: str, traced: object, real: object) -> Iterator[str]:
    if traced != real:
        yield f"{what}: traced {traced!r}, Python {real!r}"


def _differing_names(last: dict[str, Any], names: dict[str, Any], fills: bool) -> Iterator[str]:
    held = {path: value for name, top in names.items() for path, value in _expand(name, top)}
    functions = {name for name, value in names.items() if isinstance(value, FunctionType)}
    seen = {
        name: fields
        for name, fields in last["names"].items()
        if name in held or re.split(r"[.\[]", name)[0] not in functions  # not a function's locals
    }
    yield from _unequal("names", sorted(seen), sorted(held))
    held = {path: value for path, value in held.items() if path in seen}
    cells = {path: value for path, value in held.items() if _is_cells(value)}
    memory = {path: _memory(value) for path, value in cells.items()}
    strips = _strips(memory)
    for path, value in held.items():
        wanted = expected_fields(value)
        if path in strips and 0 not in value.shape:  # of no elements PyTorch tells no address
            at, itemsize = _address(value), value.dtype.itemsize
            wanted["offset"] = (at - memory[path][0]) // itemsize
            wanted["start"] = (at - strips[path][0]) // itemsize
        strip = last["storages"].get(seen[path]["storage"])
        if strip and strip["unwritten"] and not fills:
            del wanted["values"]  # what lies there by chance
        for key, real in wanted.items():
            yield from _unequal(f"{path}.{key}", _comparable(seen[path][key]), real)
    for left, right in itertools.combinations(held, 2):
        same = seen[left]["object"] == seen[right]["object"]
        yield from _unequal(f"{left} is {right}", same, held[left] is held[right])
    for left, right in itertools.combinations(strips, 2):
        same = seen[left]["storage"] == seen[right]["storage"]
        yield from _unequal(f"{left}, {right} share", same, strips[left] == strips[right])


def expected_fields(value: Any) -> dict[str, Any]:
    """What the contract says of one value, read off the real object; only what applies."""
    if isinstance(value, torch.Tensor):
        try:
            is_leaf, grad_fn = value.is_leaf, value.grad_fn
        except RuntimeError:
            is_leaf, grad_fn = False, None
        grad = value.grad if is_leaf or value.retains_grad else None
        return {
            "kind": "parameter" if isinstance(value, nn.Parameter) else "tensor",
            "shape": list(value.shape),
            "dtype": str(value.dtype).removeprefix("torch."),
            "device": str(value.device),
            "stride": list(value.stride()),
            "offset": value.storage_offset(),
            "requires_grad": value.requires_grad,
            "is_leaf": is_leaf,
            "grad_fn": None if grad_fn is None else type(grad_fn).__name__,
            "version": value._version,
            "values": None if value.is_meta else _plain(value.tolist()),
            "grad": None if grad is None or grad.is_meta else _plain(grad.tolist()),
        }
    if isinstance(value, np.ndarray):
        return {
            "kind": "array",
            "shape": list(value.shape),
            "dtype": str(value.dtype),
            "stride": [step // value.itemsize for step in value.strides],
            "values": _plain(value.tolist()),
        }
    return {"kind": _kind(value), "values": _plain(value)}


def _kind(value: object) -> str:
    kinds = {"bool": (bool, np.bool_), "number": (int, float, np.number), "string": str}
    kinds |= {"none": type(None), "list": list, "tuple": tuple, "dict": dict}
    return next((name for name, types in kinds.items() if isinstance(value, types)), "other")


def _plain(value: Any) -> Any:
    """As JSON holds it, a tensor inside a list as "cells", without addresses."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {k if isinstance(k, str) else repr(k): _plain(v) for k, v in value.items()}
    if _is_cells(value):
        return "cells"
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    if value is None or isinstance(value, str | int | float):
        return value
    return ADDRESS.sub("0x", repr(value))


def _comparable(traced: Any) -> Any:
    """The tracer's JSON in the same form."""
    if isinstance(traced, list):
        return [_comparable(item) for item in traced]
    if isinstance(traced, dict):
        if traced.keys() == {"object"} and isinstance(traced["object"], int):
            return "cells"
        return {key: _comparable(item) for key, item in traced.items()}
    return ADDRESS.sub("0x", traced) if isinstance(traced, str) else traced


def _is_cells(value: object) -> bool:
    return isinstance(value, torch.Tensor | np.ndarray)


def _expand(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """A name and every tensor and array that it holds, as one would type them."""
    yield path, value
    inner: list[tuple[str, Any]] = []
    if isinstance(value, torch.Tensor):
        with contextlib.suppress(RuntimeError):  # a view whose base changed does not tell
            if (value.is_leaf or value.retains_grad) and value.grad is not None:
                yield f"{path}.grad", value.grad
    elif isinstance(value, list | tuple):
        inner = [(f"{path}[{at}]", item) for at, item in enumerate(value)]
    elif isinstance(value, dict):
        inner = [(f"{path}[{key!r}]", item) for key, item in value.items()]
    elif isinstance(value, nn.Module):
        for name, item in value.named_parameters(remove_duplicate=False):
            inner.append((path + re.sub(r"\.(\d+)", r"[\1]", f".{name}"), item))
    for place, item in inner:
        yield from (pair for pair in _expand(place, item) if _is_cells(pair[1]))


def _memory(value: Any) -> tuple[int, int]:
    """First and last address of all the memory below a tensor or array."""
    while isinstance(value, np.ndarray) and isinstance(value.base, np.ndarray | torch.Tensor):
        value = value.base
    if isinstance(value, torch.Tensor):
        storage = value.untyped_storage()
        return storage.data_ptr(), storage.data_ptr() + (0 if value.is_meta else storage.nbytes())
    return np.lib.array_utils.byte_bounds(value) if value.size else (_address(value),) * 2


def _address(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return value.__array_interface__["data"][0]
    return value.data_ptr()


def _strips(memory: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Each name's strip by its first address and a number: intervals merged from left to right."""
    found: dict[str, tuple[int, int]] = {}
    first, end, number = 0, -1, 0
    for name, (start, stop) in sorted(memory.items(), key=lambda item: item[1]):
        if start == stop:
            continue  # no bytes, nothing to overlap
        if start >= end:
            first, end, number = start, stop, number + 1
        end = max(end, stop)
        found[name] = (first, number)
    return found
