"""The storage ribbon: a strip of numbered cells for each storage, a bracket for each name over it.

A step of a trace in, HTML out. Where there is no room for brackets the style sheet shows the chips
in the cells instead; both are here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from demo.views.steps import SIZES, Name, Step, Storage, cells, indices, readers, runs
from demo.views.values import number

STYLES = 5  # colours and line styles of names, in the fixed order of the tokens
WHOLE = 64  # cells of a strip that is shown without a fold
HEAD = 24  # cells before a fold at most, and at most two lines
NAME = 14  # letters of a name that are shown
WIDE, HALF = 37.0, 18.0  # room for one line of cells, in em


@dataclass(frozen=True)
class Legend:
    """What is the same in all steps: letters of storages, colours of names, widths."""

    letters: dict[str, str]
    styles: dict[str, int]
    characters: dict[str, int]  # storage -> length of its longest value
    longest_name: int

    def cell_width(self, storage: str) -> float:
        """In em, so that no step changes it."""
        return max(2.9, 0.8 * self.characters[storage] + 0.8)


def legend(steps: Sequence[Step]) -> Legend:
    """Letters and colours in the order in which storages and names appear."""
    letters: dict[str, str] = {}
    styles: dict[str, int] = {}
    characters: dict[str, int] = {}
    for step in steps:
        for label, name in step["names"].items():
            if name["storage"]:
                styles.setdefault(label, len(styles) % STYLES)
                letters.setdefault(name["storage"], _letter(len(letters)))
        for key, storage in step["storages"].items():
            letters.setdefault(key, _letter(len(letters)))
            ends = {*_values(storage)[:WHOLE], *_values(storage)[-WHOLE:]}  # a fold hides the rest
            longest = max((len(number(value)) for value in ends), default=1)
            characters[key] = max(longest, characters.get(key, 1))
    longest_name = min(NAME, max(map(len, styles), default=1))
    return Legend(letters, styles, characters, longest_name)


def chip(label: str, look: Legend) -> str:
    """A name as a small sign in its colour; names without storage stay grey."""
    style = f" s{look.styles[label]}" if label in look.styles else ""
    return f'<span class="chip{style}">{escape(label)}</span>'


def memory(before: Step, step: Step, look: Legend, room: float = WIDE) -> str:
    """All strips after a step.

    before: the step before, for what cells were and which strips are new. room: em for a line.
    """
    strips = [_Strip(key, before, step, look).html(room) for key in step["storages"]]
    return "".join(strips) or '<p class="empty">Nothing in memory yet.</p>'


@dataclass(frozen=True)
class _Strip:
    """One storage after one step, on its way to HTML."""

    key: str
    before: Step
    step: Step
    look: Legend

    @property
    def storage(self) -> Storage:
        return self.step["storages"][self.key]

    @property
    def names(self) -> dict[str, Name]:
        return readers(self.step, self.key)

    def html(self, room: float) -> str:
        lines = self._lines(self._per_line(room))
        parts, done, told = [], 0, set[str]()
        seen = self._seen({cell for line in lines for cell in line})
        for line in lines:
            if line.start > done:
                parts.append(self._fold(range(done, line.start)))
            boxes = "".join(self._cell(cell, seen[cell]) for cell in line)
            parts.append(
                f'<div class="line" style="--cells: {max(1, len(line))}">'
                f'<div class="cells">{boxes}</div>{self._readers(line, told)}</div>'
            )
            done = line.stop
        width, name = self.look.cell_width(self.key), self.look.longest_name
        fresh = "" if self.key in self.before["storages"] else " fresh"
        return (
            f'<section class="strip{fresh}" aria-label="{self._title()}" '
            f'style="--cell: {width:.2f}em; --name: {name}">'
            f'<h4 class="mono">{self._title()}</h4>{"".join(parts)}</section>'
        )

    def _title(self) -> str:
        size = self.storage["numel"] * SIZES.get(self.storage["dtype"], 4)
        meta = self.storage["values"] is None
        taken = "on meta: no memory, no values" if meta else f"{size:,} bytes"
        return f"storage {self.look.letters[self.key]} · {self.storage['dtype']} · {taken}"

    def _per_line(self, room: float) -> int:
        """Cells side by side: as many as fit, whole rows of a matrix where that can be."""
        room -= 0.56 * self.look.longest_name + 2
        fits = max(3, int(room / self.look.cell_width(self.key)))
        shapes = [name["shape"] or [] for name in self.names.values()]
        row = max((shape[-1] for shape in shapes if len(shape) > 1), default=0)
        if 0 < row <= fits:
            return fits - fits % row
        return fits if fits < 10 else 10 if fits < 16 else 16

    def _lines(self, per_line: int) -> list[range]:
        """The cells that are shown, line by line; a strip without cells has one empty line."""
        numel = self.storage["numel"]
        lines = [range(i, min(i + per_line, numel)) for i in range(0, max(numel, 1), per_line)]
        head = max(1, min(HEAD // per_line, 2))
        return lines if numel <= WHOLE else lines[:head] + lines[-1:]

    def _seen(self, shown: set[int]) -> dict[int, list[tuple[str, str]]]:
        """Shown cell -> (name, how that name writes it), names in order."""
        seen: dict[int, list[tuple[str, str]]] = {cell: [] for cell in shown}
        for label, name in self.names.items():
            for cell, index in indices(name, shown):
                seen[cell].append((label, label + index))
        return seen

    def _fold(self, hidden: range) -> str:
        changed = sum(cell in hidden for cell in self.storage["changed"])
        note = f", {changed:,} of them changed" if changed else ""
        chips = "".join(
            chip(label, self.look)
            for label, name in self.names.items()
            if any(cell in hidden for cell in cells(name))
        )
        return (
            f'<p class="fold"><span>cells {hidden[0]:,} to {hidden[-1]:,} are folded{note}'
            f"</span> {chips}</p>"
        )

    def _cell(self, cell: int, seen: list[tuple[str, str]]) -> str:
        value, was = number(_values(self.storage)[cell]), ""
        if self.key in self.before["storages"] and cell in self.storage["changed"]:
            was = f"was {number(_values(self.before['storages'][self.key])[cell])}"
        ways = [way for _, way in seen]
        told = ", ".join(ways[:4]) + (" and more" if len(ways) > 4 else "")
        label = f"cell {cell}: {value}{', ' + was if was else ''}; "
        label += f"read as {told}" if ways else "no name reads it"
        names = list(dict.fromkeys(name for name, _ in seen))
        chips = "".join(chip(name, self.look) for name in names)
        return (
            f'<button type="button" class="cell{" changed" if was else ""}" tabindex="-1" '
            f'data-names="{escape(chr(10).join(names))}" aria-label="{escape(label)}">'
            f"<i>{cell}</i><span><b>{escape(value)}</b><small>{escape(was)}</small></span>"
            f'<span class="chips">{chips}</span></button>'
        )

    def _readers(self, line: range, told: set[str]) -> str:
        """The brackets under a line. told: names whose shape and stride stand further up."""
        html = []
        for label, name in self.names.items():
            brackets = "".join(_brackets(runs(cells(name)), line))
            last_chance = line.stop == self.storage["numel"] and label not in told
            if not brackets and not last_chance:
                continue
            error = self.step["error"]
            fault = " fault" if error and label in error["operand"] else ""
            html.append(
                f'<div class="reader s{self.look.styles[label]}{fault}" '
                f'data-name="{escape(label)}">{chip(label, self.look)}{brackets}'
                f"{'' if label in told else self._meta(label, name)}</div>"
            )
            told.add(label)
        return "".join(html)

    def _meta(self, label: str, name: Name) -> str:
        """Shape, stride, offset and version of a name; the version ticks where the step wrote."""
        shape, stride = f"<b>{name['shape']}</b>", name["stride"] or []
        first = next(n for n, other in self.names.items() if other["object"] == name["object"])
        if first != label:
            words = f"same object as {escape(first)}"
            return f'<span class="meta"><span>{shape} {words}</span></span>'
        steps = f"stride {stride[0] if len(stride) == 1 else tuple(stride)} " if stride else ""
        return (
            f'<span class="meta"><span>{shape} {steps}offset {name["offset"]}</span>'
            f"{self._version(label, name)}</span>"
        )

    def _version(self, label: str, name: Name) -> str:
        now = name["version"]
        if now is None:
            return '<span class="version">NumPy array</span>'
        old = self.before["names"].get(label)
        if old and old["object"] == name["object"] and old["version"] != now:
            return f'<span class="version ticked">version {old["version"]} → {now}</span>'
        return f'<span class="version">version {now}</span>'


def _brackets(stretches: list[tuple[int, int]], line: range) -> Iterator[str]:
    """One bracket a stretch of cells, ticked where it begins and ends; a thin line joins them."""
    here = [(a, b) for a, b in stretches if b >= line.start and a < line.stop]
    if len(here) > 1:
        yield _svg(here[0][0], here[-1][1], line, "link", "")
    for a, b in here:
        ticks = '<line x1="0" x2="0" y1="0" y2="9"/>' if a >= line.start else ""
        ticks += '<line x1="100%" x2="100%" y1="0" y2="9"/>' if b < line.stop else ""
        yield _svg(a, b, line, "bracket", ticks)


def _svg(first: int, last: int, line: range, kind: str, ticks: str) -> str:
    """A line under the cells first to last, as far as they are on this line."""
    begin, end = max(first, line.start) - line.start, min(last + 1, line.stop) - line.start
    return (
        f'<svg class="{kind}" style="grid-column: {begin + 2} / {end + 2}" aria-hidden="true">'
        f'{ticks}<line class="along" x1="0" x2="100%" y1="9" y2="9"/></svg>'
    )


def _values(storage: Storage) -> list[Any]:
    return [None] * storage["numel"] if storage["values"] is None else storage["values"]


def _letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else f"S{number + 1}"
