"""Broadcasting drawn: operands stretched to the result's shape, what is not in memory as ghosts.

Their sizes stand aligned from the right; where they do not fit, the dimension at fault is marked.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from html import escape
from itertools import zip_longest
from typing import Any

from demo.views.memory import Legend, chip
from demo.views.pieces import Piece
from demo.views.sheet import Index, sheet
from demo.views.steps import Broadcast, Operand, Step, at_fault, listed
from demo.views.values import number

MOST = 3  # operations of one step
SIGNS = {
    "add": "+", "sub": "−", "mul": "×", "div": "÷", "pow": "**", "remainder": "%",
    "floor_divide": "//", "eq": "=", "ne": "≠", "lt": "<", "le": "≤", "gt": ">", "ge": "≥",
}  # fmt: skip
AXES = ("columns", "rows", "slices")  # from the right


def broadcasts(step: Step, look: Legend) -> list[Piece]:
    """The operations of a step whose operands were stretched."""
    given = step["broadcasts"]
    blamed = tuple(sorted(at_fault(step)))
    pieces = [
        Piece(("broadcast", repr(one), blamed), partial(_operation, one, step, look))
        for one in given[:MOST]
    ]
    if len(given) > MOST:
        html = f'<p class="dim">and {len(given) - MOST} more in this line</p>'
        pieces.append(Piece(html, lambda: html))
    return pieces


def source_index(shape: Sequence[int], index: Index) -> Index:
    """The element of an operand that stands at an index of the result."""
    own = index[len(index) - len(shape) :]
    return tuple(0 if size == 1 else place for size, place in zip(shape, own, strict=True))


def is_copy(shape: Sequence[int], index: Index) -> bool:
    """Whether the operand's number at an index of the result is not in memory a second time."""
    added = len(index) - len(shape)
    stretched = (*index[:added], *(p for s, p in zip(shape, index[added:], strict=True) if s == 1))
    return any(stretched)


def misfits(shapes: Sequence[Sequence[int]]) -> set[int]:
    """Dimensions, counted from the right, at which the sizes do not fit; empty where they do."""
    aligned = zip_longest(*(reversed(shape) for shape in shapes), fillvalue=1)
    return {place for place, sizes in enumerate(aligned) if len({*sizes} - {1}) > 1}


def common_shape(shapes: Sequence[Sequence[int]]) -> list[int]:
    """The shape that all get where their sizes fit, and which a loss then reduces."""
    aligned = zip_longest(*(reversed(shape) for shape in shapes), fillvalue=1)
    sizes = [next((size for size in sizes if size != 1), 1) for sizes in aligned]
    return sizes[::-1]


def stretched_to(one: Broadcast) -> list[int] | None:
    """The shape to which the operands were stretched; None where the operation failed."""
    return (
        common_shape([operand["shape"] for operand in one["operands"]]) if one["result"] else None
    )


def _operation(one: Broadcast, step: Step, look: Legend) -> str:
    operands, result = one["operands"], one["result"]
    wrong = misfits([operand["shape"] for operand in operands])
    sign = SIGNS.get(one["operation"].removesuffix("_"))
    parts = []
    for place, operand in enumerate(operands):
        figure = _operand(operand, stretched_to(one), step, look)
        parts.append(_after(sign or ",", figure) if place else figure)
    if result:
        numbers = _sheet(result["shape"], result["shape"], result["values"], "result")
        parts.append(_after("=", _figure("", result["shape"], numbers)))
    named = "" if sign else f'<span class="sign mono">{escape(one["operation"])}</span>'
    kind = "" if result else " failed"
    words = "".join(f"<p>{line}</p>" for line in _told(one, wrong, look))
    return (
        f'<div class="broadcast{kind}"><div class="told">{_sizes(one, wrong, look)}'
        f'<div class="words">{words}</div></div>'
        f'<div class="operands">{named}{"".join(parts)}</div></div>'
    )


def _after(sign: str, figure: str) -> str:
    """A figure and the sign before it, which stay together."""
    return f'<div class="term"><span class="sign mono">{escape(sign)}</span>{figure}</div>'


def _operand(operand: Operand, to: list[int] | None, step: Step, look: Legend) -> str:
    shape = operand["shape"]
    fault = " fault" if operand["name"] in at_fault(step) else ""
    numbers = _sheet(shape, shape if to is None else to, operand["values"], operand["source"])
    return _figure(_called(operand, look), shape, numbers, fault)


def _figure(called: str, shape: list[int], numbers: str, fault: str = "") -> str:
    return (
        f'<figure class="grid{fault}"><figcaption>{called} <b>{shape}</b></figcaption>'
        f"{numbers}</figure>"
    )


def _called(operand: Operand, look: Legend) -> str:
    """The operand's name as a chip, else as it was typed."""
    if operand["name"]:
        return chip(operand["name"], look)
    source = operand["source"] if len(operand["source"]) <= 24 else operand["source"][:23] + "…"
    return f"<code>{escape(source)}</code>"


def _sheet(shape: Sequence[int], to: Sequence[int], values: Any, label: str) -> str:
    """Numbers of `shape` stretched to the shape `to`."""
    if values is None or 0 in to:
        return f'<p class="dim">{"no" if 0 in to else "too many"} numbers to draw</p>'

    def td(index: Index) -> str:
        value = values
        for place in source_index(shape, index):
            value = value[place]
        ghost = ' class="copy"' if is_copy(shape, index) else ""
        return f"<td{ghost}>{escape(number(value))}</td>"

    return sheet(to, label, td, "table")


def _sizes(one: Broadcast, wrong: set[int], look: Legend) -> str:
    """Shapes under each other, aligned from the right."""
    shapes = [operand["shape"] for operand in one["operands"]]
    result = one["result"]
    wide = max(map(len, shapes))

    def row(called: str, shape: Sequence[int], to: Sequence[int]) -> str:
        html = []
        for place in reversed(range(wide)):
            size = shape[-1 - place] if place < len(shape) else 1
            goal = to[-1 - place] if place < len(to) else size
            sizes = f"{size}" if size == goal else f"{size} → {goal}"
            kinds = ["added"] * (place >= len(shape)) + ["wrong"] * (place in wrong and size != 1)
            mark = f' class="{" ".join(kinds)}"' if kinds else ""
            html.append(f"<td{mark}>{sizes}</td>")
        return f'<tr><th scope="row">{called}</th>{"".join(html)}</tr>'

    rows = [
        row(_called(operand, look), operand["shape"], stretched_to(one) or ())
        for operand in one["operands"]
    ]
    if result:
        rows.append(row("result", result["shape"], result["shape"]))
    return (
        '<table class="sizes" aria-label="sizes, aligned from the right">'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _told(one: Broadcast, wrong: set[int], look: Legend) -> Iterator[str]:
    """What was stretched, a sentence an operand; or why the sizes do not fit, if it is that."""
    shapes = [operand["shape"] for operand in one["operands"]]
    if len({len(shape) for shape in shapes}) > 1:
        yield "A size that is missing on the left counts as 1."
    goal = stretched_to(one)
    if goal is None:
        for place in sorted(wrong):
            sizes = {shape[-1 - place] for shape in shapes if place < len(shape)} - {1}
            yield f"{listed([f'<b>{n}</b>' for n in sorted(sizes)])} {_axis(place)} do not fit."
        if wrong:
            yield "Two sizes must be equal, or one of them 1."
        elif one["in_place"] and common_shape(shapes) != shapes[0]:
            yield "What is written in place keeps its shape: it cannot be stretched."
        return
    for operand, shape in zip(one["operands"], shapes, strict=True):
        ones = [1] * (len(goal) - len(shape)) + list(shape)
        pairs = zip(ones, goal, range(len(ones) - 1, -1, -1), strict=True)
        steps = [f"{size} → {to} {_axis(place)}" for size, to, place in pairs if size != to]
        if steps:
            yield f"{_called(operand, look)} is stretched: {listed(steps)}."
    yield "Dashed numbers are read again, not copied."


def _axis(place: int) -> str:
    """A dimension's word, counted from the right."""
    return AXES[place] if place < len(AXES) else f"dimension −{place + 1}"
