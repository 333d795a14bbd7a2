"""One memory cell told: its value, what it was, and how every name writes it. Draws no boxes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from demo.views.steps import Step, Storage, at_fault, indices, listed, readers
from demo.views.values import number

TOLD = 4  # ways of writing a cell that are spelled out


@dataclass(frozen=True)
class Reading:
    """A cell of a storage after a step; was: "" where the step did not write it."""

    storage: str  # its letter
    cell: int
    value: str
    was: str
    written: bool
    ways: tuple[tuple[str, str], ...]  # (name, how that name writes the cell), names in order

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(name for name, _ in self.ways))

    @property
    def place(self) -> str:
        """The same for one memory cell wherever it is drawn."""
        return f"{self.storage}:{self.cell}"

    @property
    def words(self) -> str:
        """cell 3 of storage A: 7., was 3., read as a[1, 0], b[0, 1] and v[1]"""
        facts = [self.value, self.was, "" if self.written else "never written"]
        ways = [way for _, way in self.ways]
        shown = ways if len(ways) <= TOLD else [*ways[: TOLD - 1], f"{len(ways) - TOLD + 1} more"]
        facts.append(f"read as {listed(shown)}" if shown else "which no name reads")
        return f"cell {self.cell} of storage {self.storage}: {', '.join(filter(None, facts))}"

    @property
    def attributes(self) -> str:
        """What the page's script needs to light the cell up and to tell of it."""
        names = escape("\n".join(self.names))
        return f'data-cell="{self.place}" data-names="{names}" aria-label="{escape(self.words)}"'


def readings(
    before: Step, step: Step, letters: Mapping[str, str], key: str, shown: Collection[int]
) -> dict[int, Reading]:
    """The shown cells of one storage after a step."""
    storage, old = step["storages"][key], before["storages"].get(key)
    ways: dict[int, list[tuple[str, str]]] = {}
    for label, name in readers(step, key).items():
        for cell, index in indices(name, shown):
            ways.setdefault(cell, []).append((label, label + index))
    now, then = values(storage), values(old) if old else []
    changed = set(storage["changed"])
    unwritten = set(storage["unwritten"])
    return {
        cell: Reading(
            letters[key],
            cell,
            number(now[cell]),
            f"was {number(then[cell])}" if cell in changed and cell < len(then) else "",
            cell not in unwritten,
            tuple(ways.get(cell, ())),
        )
        for cell in shown
    }


def looks(before: Step, step: Step, key: str) -> str:
    """Equal for two steps where a storage, its names and what the step did to them are alike."""
    storage, old = step["storages"][key], before["storages"].get(key)
    then = values(old) if old else []
    names = readers(step, key)
    told = ("object", "shape", "stride", "start", "offset", "version")
    was = [then[cell] for cell in storage["changed"] if cell < len(then)]
    versions = [
        (label, *(name[fact] for fact in told), _version(before, label))
        for label, name in names.items()
    ]
    return repr((key, storage, old is None, was, versions, sorted(at_fault(step) & set(names))))


def _version(step: Step, label: str) -> tuple[object, int | None] | None:
    name = step["names"].get(label)
    return name and (name["object"], name["version"])


def values(storage: Storage) -> list[Any]:
    """One value a cell; None on the meta device."""
    return [None] * storage["numel"] if storage["values"] is None else storage["values"]
