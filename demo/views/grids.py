"""Tensors of two and more dimensions as grids: the cells of the ribbon in rows and columns.

Names of one object share a grid. A cell carries the place that it has in memory, so that the page
can light up one memory cell everywhere.
"""

from functools import partial
from html import escape

from demo.views.memory import WIDE, Legend, chip, shown
from demo.views.pieces import Piece
from demo.views.reading import looks, readings
from demo.views.sheet import Index, drawn, sheet
from demo.views.steps import Name, Step, at_fault, cells

MOST = 12  # grids of one step
ORDER = 12  # cells whose order is spelled out


def grids(before: Step, step: Step, look: Legend, room: float = WIDE) -> list[Piece]:
    """A grid for every object with rows and columns.

    room: em for a line of the ribbon, which tells which cells it shows itself.
    """
    objects = _objects(step)
    pieces = []
    for labels in objects[:MOST]:
        key = step["names"][labels[0]]["storage"] or ""
        grid = partial(_grid, labels, before, step, look, room)
        pieces.append(Piece(("grid", *labels, looks(before, step, key)), grid))
    if left := [chip(label, look) for labels in objects[MOST:] for label in labels]:
        html = f'<p class="dim">Not drawn as grids: {"".join(left)}</p>'
        pieces.append(Piece(html, lambda: html))
    return pieces


def _objects(step: Step) -> list[list[str]]:
    """The names of each object that has rows, columns and values."""
    found: dict[object, list[str]] = {}
    for label, name in step["names"].items():
        shape, key = name["shape"] or [], name["storage"]
        if len(shape) > 1 and 0 not in shape and key and step["storages"][key]["values"]:
            found.setdefault(name["object"], []).append(label)
    return list(found.values())


def cell_at(name: Name, index: Index) -> int:
    """The cell of its storage that a name reads at an index."""
    steps = zip(index, name["stride"] or [], strict=True)
    return (name["start"] or 0) + sum(place * stride for place, stride in steps)


def _grid(labels: list[str], before: Step, step: Step, look: Legend, room: float) -> str:
    name = step["names"][labels[0]]
    shape, key = name["shape"] or [], name["storage"] or ""
    places = {cell_at(name, index) for index in drawn(shape)}
    seen = readings(before, step, look.letters, key, places)
    ribbon = shown(step, key, look, room)

    def td(index: Index) -> str:
        reading = seen[cell_at(name, index)]
        marks = ["changed"] * bool(reading.was) + ["unwritten"] * (not reading.written)
        kind = f' class="{" ".join(marks)}"' if marks else ""
        # what the ribbon shows already says there how it is read
        about = f'data-cell="{reading.place}"' if reading.cell in ribbon else reading.attributes
        was = f"<small>{reading.was}</small>" if reading.was else ""
        return f"<td{kind} {about}>{escape(reading.value)}{was}</td>"

    chips = "".join(chip(label, look) for label in labels)
    fault = " fault" if at_fault(step) & set(labels) else ""
    style = look.styles[labels[0]]
    return (
        f'<figure class="grid s{style}{fault}" style="--n: {look.characters[key]}">'
        f"<figcaption>{chips} <b>{shape}</b> <span>{_order(name)}</span></figcaption>"
        f"{sheet(shape, labels[0], td, 'grid')}</figure>"
    )


def _order(name: Name) -> str:
    """How memory is walked where it is not simply cell after cell."""
    walked = cells(name)
    if len(set(walked)) < len(walked):
        one = len(set(walked)) == 1
        return f"{len(walked)} places, {len(set(walked))} cell{'' if one else 's'} in memory"
    if walked == list(range(walked[0], walked[0] + len(walked))):
        return ""
    more = " …" if len(walked) > ORDER else ""
    return f"reads cells {' '.join(map(str, walked[:ORDER]))}{more}"
