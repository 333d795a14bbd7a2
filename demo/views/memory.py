"""The storage ribbon: a strip of numbered cells for each storage, a bracket for each name over it.

A step of a trace in, HTML out. Where there is no room for brackets the style sheet shows the chips
in the cells instead; both are here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from html import escape

from demo.views.brackets import brackets, meta
from demo.views.pieces import Piece
from demo.views.reading import Reading, looks, readings, values
from demo.views.steps import SIZES, Name, Step, Storage, at_fault, cells, readers, runs
from demo.views.values import number

STYLES = 5  # colours and line styles of names, in the fixed order of the tokens
WHOLE = 64  # cells of a strip that is shown without a fold
HEAD = 24  # cells before a fold at most, and at most two lines
NAME = 18  # letters of a name that are shown
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
        return max(2.9, 0.79 * self.characters[storage] + 0.75)

    @property
    def name_width(self) -> float:
        """In em, of the column of chips."""
        return 0.56 * self.longest_name + 1.6


def legend(steps: Sequence[Step]) -> Legend:
    """Letters and colours in the order in which storages and names appear; w.grad looks like w."""
    letters: dict[str, str] = {}
    styles: dict[str, int] = {}
    characters: dict[str, int] = {}
    taken = 0
    for step in steps:
        for label, name in step["names"].items():
            if not name["storage"]:
                continue
            letters.setdefault(name["storage"], _letter(len(letters)))
            if label not in styles:
                owner = label.removesuffix(".grad")
                styles[label] = styles.get(owner, taken % STYLES)
                taken += owner not in styles or owner == label
        for key, storage in step["storages"].items():
            letters.setdefault(key, _letter(len(letters)))
            ends = {*values(storage)[:WHOLE], *values(storage)[-WHOLE:]}  # a fold hides the rest
            longest = max((len(number(value)) for value in ends), default=1)
            characters[key] = max(longest, characters.get(key, 1))
    longest_name = min(NAME, max(map(len, styles), default=1))
    return Legend(letters, styles, characters, longest_name)


def chip(label: str, look: Legend) -> str:
    """A name as a small sign in its colour; names without storage stay grey."""
    style = f" s{look.styles[label]}" if label in look.styles else ""
    return f'<span class="chip{style}" translate="no">{escape(label)}</span>'


def strips(before: Step, step: Step, look: Legend, room: float = WIDE) -> list[Piece]:
    """All strips after a step, and as a ghost each that lost its last name in it.

    before: the step before, for what cells were and which strips are new. room: em for a line.
    """
    stopped = step["error"] is not None and step["error"]["type"] == "Refused"
    pieces = []
    for key in _order(before, step):
        if key in step["storages"]:
            strip = _Strip(key, before, step, look, room)
            pieces.append(Piece(("strip", looks(before, step, key)), strip.html))
        elif not stopped:  # what a limit cut off is not freed
            ghost = partial(_Strip(key, before, before, look, room).ghost, _holds(step))
            pieces.append(Piece(("ghost", key, _holds(step), looks(before, before, key)), ghost))
    return pieces


def _holds(step: Step) -> bool:
    """Whether the graph still holds memory that no name reads."""
    nodes = step["graph"]["nodes"] if step["graph"] else []
    saved = [saved for node in nodes for saved in node["saved"]]
    return any(not one["names"] and one["state"] != "freed" for one in saved)


def shown(step: Step, key: str, look: Legend, room: float = WIDE) -> set[int]:
    """The cells of a storage that the ribbon draws after a step: not those in a fold."""
    return {cell for line in _Strip(key, step, step, look, room).lines() for cell in line}


def _order(before: Step, step: Step) -> list[str]:
    """Storages oldest first, that of a gradient behind its tensor's."""
    keys = list(dict.fromkeys((*before["storages"], *step["storages"])))

    def place(key: str) -> tuple[int, int]:
        now = step if key in step["storages"] else before
        owners = {label.removesuffix(".grad") for label in readers(now, key)}
        if owners.isdisjoint(readers(now, key)) and len(owners) == 1:
            owner = now["names"].get(owners.pop())
            if owner and owner["storage"] in keys:
                return keys.index(owner["storage"]), 1
        return keys.index(key), 0

    return sorted(keys, key=place)


@dataclass(frozen=True)
class _Strip:
    """One storage after one step, on its way to HTML."""

    key: str
    before: Step
    step: Step
    look: Legend
    room: float

    @property
    def storage(self) -> Storage:
        return self.step["storages"][self.key]

    @property
    def names(self) -> dict[str, Name]:
        return readers(self.step, self.key)

    def html(self) -> str:
        lines = self.lines()
        parts, done, told = [], 0, set[str]()
        wanted = {cell for line in lines for cell in line}
        seen = readings(self.before, self.step, self.look.letters, self.key, wanted)
        for line in lines:
            if line.start > done:
                parts.append(self._fold(range(done, line.start)))
            parts.append(
                f'<div class="line" style="--cells: {max(1, len(line))}"><div class="cells">'
                f"{''.join(self._cell(seen[cell]) for cell in line)}</div>"
                f"{self._readers(line, told)}</div>"
            )
            done = line.stop
        fresh = "" if self.key in self.before["storages"] else " fresh"
        return self._section(fresh, self._title(), self._never_written() + "".join(parts))

    def ghost(self, held: bool) -> str:
        """The strip as it leaves. held: whether the graph may keep it."""
        fate = "only the graph may still hold it" if held else "the memory is freed"
        parts = []
        for line in self.lines():
            boxes = (values(self.storage)[cell] for cell in line)
            html = "".join(
                f'<span class="cell"><i>{cell}</i><span><b>{number(value)}</b></span></span>'
                for cell, value in zip(line, boxes, strict=True)
            )
            parts.append(
                f'<div class="line" style="--cells: {max(1, len(line))}">'
                f'<div class="cells">{html}</div></div>'
            )
        title = f"storage {self.look.letters[self.key]}: no name is left, {fate}"
        return self._section(" ghost", title, "".join(parts))

    def _section(self, kind: str, title: str, body: str) -> str:
        width, name = self.look.cell_width(self.key), self.look.name_width
        return (
            f'<div class="strip{kind}{self._half()}" role="group" aria-label="{title}" '
            f'style="--cell: {width:.2f}em; --name: {name:.2f}em">'
            f'<h4 class="mono">{title}</h4>{body}</div>'
        )

    def _half(self) -> str:
        """Whether half a line is enough: for a number, for a tensor and its gradient."""
        numel, labels = self.storage["numel"], list(self.names)
        paired = [n for n in labels if n.endswith(".grad") or f"{n}.grad" in self.look.styles]
        width = self.look.name_width + numel * self.look.cell_width(self.key)
        return " half" if (numel <= 1 or paired) and width < self.room / 2 else ""

    def _title(self) -> str:
        size = self.storage["numel"] * SIZES.get(self.storage["dtype"], 4)
        meta = self.storage["values"] is None
        taken = "on meta: no memory, no values" if meta else f"{size:,} bytes"
        return f"storage {self.look.letters[self.key]} · {self.storage['dtype']} · {taken}"

    def _never_written(self) -> str:
        places = self.storage["unwritten"]
        if not places:
            return ""
        filler = number(values(self.storage)[places[0]])
        return (
            '<p class="never">Hatched cells were never written: you got memory with whatever '
            f"lay in it. PyTorch shows that; here it is always {filler}.</p>"
        )

    def _per_line(self) -> int:
        """Cells side by side: as many as fit, whole rows of a matrix where that can be."""
        room = self.room - self.look.name_width
        fits = max(3, int(room / self.look.cell_width(self.key)))
        shapes = [name["shape"] or [] for name in self.names.values()]
        row = max((shape[-1] for shape in shapes if len(shape) > 1), default=0)
        if 0 < row <= fits:
            return fits - fits % row
        return fits if fits < 10 else 10 if fits < 16 else 16

    def lines(self) -> list[range]:
        """The cells that are shown, line by line; a strip without cells has one empty line."""
        numel, per_line = self.storage["numel"], self._per_line()
        lines = [range(i, min(i + per_line, numel)) for i in range(0, max(numel, 1), per_line)]
        head = max(1, min(HEAD // per_line, 2))
        return lines if numel <= WHOLE else lines[:head] + lines[-1:]

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

    def _cell(self, seen: Reading) -> str:
        marks = (" changed" if seen.was else "") + ("" if seen.written else " unwritten")
        chips = "".join(chip(name, self.look) for name in seen.names)
        return (
            f'<button type="button" class="cell{marks}" tabindex="-1" {seen.attributes}>'
            f"<i>{seen.cell}</i><span><b>{escape(seen.value)}</b><small>{seen.was}</small></span>"
            f'<span class="chips">{chips}</span></button>'
        )

    def _readers(self, line: range, told: set[str]) -> str:
        """The brackets under a line. told: names whose shape and stride stand further up."""
        html, blamed = [], at_fault(self.step)
        for label, name in self.names.items():
            drawn = brackets(runs(cells(name)), line)
            last_chance = line.stop == self.storage["numel"] and label not in told
            if not drawn and not last_chance:
                continue
            fault = " fault" if label in blamed else ""
            about = "" if label in told else meta(label, self.names, self.before)
            html.append(
                f'<div class="reader s{self.look.styles[label]}{fault}" '
                f'data-name="{escape(label)}">{chip(label, self.look)}{drawn}{about}</div>'
            )
            told.add(label)
        return "".join(html)


def _letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else f"S{number + 1}"
