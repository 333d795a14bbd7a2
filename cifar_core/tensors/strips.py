"""Which names share memory: runs of bytes that overlap are one strip, kept from step to step."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from cifar_core.tensors import guard, unwritten
from cifar_core.tensors.snapshot import StorageState

FEW = 64  # elements whose values are worth drawing beside an operation or a node


@dataclass(frozen=True, eq=False)
class Run:
    """The memory that one tensor's storage or one array's buffer stands on."""

    owner: Any  # kept alive, so that its address is not used again within a trace
    key: int
    start: int  # address
    stop: int
    dtype: torch.dtype
    has_cells: bool = True  # False on the meta device

    def overlaps(self, other: Run) -> bool:
        return self.key == other.key or (self.start < other.stop and other.start < self.stop)


@dataclass(frozen=True)
class Strip:
    """One run of memory in one step."""

    key: str
    start: int
    content: bytes
    state: StorageState


def run_of(value: torch.Tensor | np.ndarray) -> Run:
    """The whole memory under a tensor or array, not only the part that it reads."""
    if isinstance(value, torch.Tensor):
        storage = value.untyped_storage()
        start = storage.data_ptr()
        has_cells = not value.is_meta
        stop = start + storage.nbytes() if has_cells else start
        return Run(storage, storage._cdata, start, stop, value.dtype, has_cells)
    root = value
    while isinstance(root.base, np.ndarray):
        root = root.base
    if isinstance(root.base, torch.Tensor):  # made by tensor.numpy()
        return run_of(root.base)
    start, stop = _extent(root)
    return Run(root, id(root), start, stop, guard.DTYPE_NAMES[root.dtype.name])


def address(value: torch.Tensor | np.ndarray) -> int:
    """Where the first element lies."""
    if isinstance(value, torch.Tensor):
        return value.data_ptr()
    return value.__array_interface__["data"][0]


def _extent(array: np.ndarray) -> tuple[int, int]:
    first = address(array)
    if array.size == 0:
        return first, first
    reach = [stride * (size - 1) for stride, size in zip(array.strides, array.shape, strict=True)]
    return first + sum(min(r, 0) for r in reach), first + sum(
        max(r, 0) for r in reach
    ) + array.itemsize


class Memory:
    """The strips of a running program; `look` once a step."""

    def __init__(self) -> None:
        self._keys: dict[int, str] = {}  # a run's key -> its strip's
        self._kept: dict[int, Any] = {}
        self._before: dict[str, Strip] = {}
        self._made = 0
        self._reserved: set[int] = set()  # addresses of cells that nothing was written to

    def reserve(self, value: torch.Tensor | np.ndarray) -> None:
        """Takes note that the memory under a value was only reserved, not written."""
        run = run_of(value)
        self._reserved.update(range(run.start, run.stop, run.dtype.itemsize))
        self._kept[run.key] = run.owner

    def look(self, runs: Sequence[Run]) -> tuple[dict[int, Strip], dict[str, StorageState]]:
        """The strip under each run, by the run's key, and the state of each strip, oldest first."""
        strips: dict[str, Strip] = {}
        under: dict[int, Strip] = {}
        for group in _groups(runs):
            strip = self._strip(group, taken=strips.keys())
            strips[strip.key] = strip
            under.update(dict.fromkeys((run.key for run in group), strip))
        self._before = strips
        return under, {
            key: strips[key].state for key in sorted(strips, key=lambda key: int(key[1:]))
        }

    def _strip(self, group: list[Run], taken: Any) -> Strip:
        known = [self._keys[run.key] for run in group if run.key in self._keys]
        free = [key for key in known if key not in taken]
        if not free:
            self._made += 1
        key = free[0] if free else f"s{self._made}"
        for run in group:
            self._keys[run.key] = key
            self._kept[run.key] = run.owner
        dtype, itemsize = group[0].dtype, group[0].dtype.itemsize
        if not group[0].has_cells:
            numel = group[0].owner.nbytes() // itemsize
            return Strip(key, 0, b"", StorageState(guard.DTYPES[dtype], numel, None, []))
        start = min(run.start for run in group)
        content = ctypes.string_at(start, max(run.stop for run in group) - start)
        values = torch.frombuffer(bytearray(content), dtype=dtype).tolist() if content else []
        changed = self._changed(key, start, content, itemsize)
        state = StorageState(
            guard.DTYPES[dtype],
            len(values),
            plain(values),
            changed,
            self._unwritten(start, content, dtype),
        )
        return Strip(key, start, content, state)

    def _unwritten(self, start: int, content: bytes, dtype: torch.dtype) -> list[int]:
        if not self._reserved:
            return []
        addresses = range(start, start + len(content), dtype.itemsize)
        cells = [cell for cell, at in enumerate(addresses) if at in self._reserved]
        marked = unwritten.still_marked(cells, content, dtype)
        self._reserved.difference_update(addresses[cell] for cell in {*cells} - {*marked})
        return marked

    def _changed(self, key: str, start: int, content: bytes, itemsize: int) -> list[int]:
        before = self._before.get(key)
        if before is None or (before.start == start and before.content == content):
            return []
        first, last = (
            max(start, before.start),
            min(start + len(content), before.start + len(before.content)),
        )
        new, old = content[first - start : last - start], before.content[first - before.start :]
        skipped = (first - start) // itemsize
        return [
            skipped + at // itemsize
            for at in range(0, len(new), itemsize)
            if new[at : at + itemsize] != old[at : at + itemsize]
        ]


def _groups(runs: Sequence[Run]) -> list[list[Run]]:
    """Runs that overlap, directly or through others, together."""
    groups: list[list[Run]] = []
    for run in runs:
        apart = [group for group in groups if not any(run.overlaps(other) for other in group)]
        touching = [other for group in groups if group not in apart for other in group]
        groups = [*apart, [*touching, run]]
    return groups


def few(value: torch.Tensor | np.ndarray) -> Any:
    """The values as JSON holds them; None over 64 elements and on the meta device."""
    if value.size > FEW if isinstance(value, np.ndarray) else value.is_meta or value.numel() > FEW:
        return None
    return plain(value.tolist())


def plain(values: Any) -> Any:
    """Numbers as JSON can hold them: "nan", "inf" and "-inf" as strings."""
    if isinstance(values, list):
        return [plain(value) for value in values]
    if isinstance(values, float) and values - values != 0:  # NaN and the infinities
        return "nan" if values != values else "inf" if values > 0 else "-inf"
    return values
