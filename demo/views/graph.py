"""The autograd graph: leaves and functions with their data, gradients and what they saved.

The boxes are a list in forward order, which is also what a screen reader reads; the arrows between
them are drawn, forward as the code ran and back as backward() walked.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

from demo.views.layout import Edge, Layout, Point, lay_out
from demo.views.memory import WIDE, Legend, chip
from demo.views.pieces import Piece
from demo.views.steps import Graph, Node, Saved, Step, at_fault, listed
from demo.views.values import number

MOST, HEAD, TAIL = 16, 5, 8  # nodes that are all shown; of more, the first and the last
LETTERS = 20  # of a value
SAVED = 3  # saved tensors that a box lists
LINE, PAD, LETTER = 1.45, 0.5, 0.62  # em: height of a line, inside a box, width of a letter
MORE = -1  # the box that stands for those left out


def graph(step: Step, look: Legend, room: float = WIDE) -> list[Piece]:
    """The graph after a step; none where nothing requires grad.

    room: em of a line of the ribbon; it runs from left to right where it is not wider than that.
    """
    whole = step["graph"]
    if not whole or not whole["nodes"]:
        return []
    blamed = at_fault(step)
    draw = partial(_graph, whole, blamed, look, room)
    return [Piece(("graph", repr(whole), tuple(sorted(blamed))), draw)]


def _graph(whole: Graph, blamed: set[str], look: Legend, room: float) -> str:
    hidden, nodes, edges = _folded(whole)
    lines = {node["id"]: list(_lines(node, look)) for node in nodes}
    sizes = {node["id"]: _size(node, lines[node["id"]]) for node in nodes}
    if hidden:
        sizes[MORE] = (8 * LETTER + 2 * PAD, LINE + 2 * PAD)
    down, across = lay_out(sizes, edges, False), lay_out(sizes, edges, True)
    fits = across.width <= room * 1.1
    grads = {node["id"]: node["grad"] for node in nodes if node["grad"] is not None}
    drawn = [_arrows(down, "down", grads, nodes)]
    drawn += [_arrows(across, "across", grads, nodes)] if fits else []
    sources = {node["id"]: _called(node) for node in nodes} | {MORE: "what is not shown"}
    boxes = []
    for node in nodes:
        place = _place(node["id"], sizes, down, across)
        made = [sources[a] for a, b in edges if b == node["id"]]
        boxes.append(_box(node, lines[node["id"]], made, place, blamed))
    if hidden:
        place = _place(MORE, sizes, down, across)
        boxes.insert(HEAD, f'<li class="node more" style="{place}">{hidden} more</li>')
    return (
        f"<p>{_sentence(whole)}</p>"
        f'<div class="graph{" wide" if fits else ""}" style="--w: {down.width:.1f}; '
        f"--h: {down.height:.1f}; --aw: {across.width:.1f}; --ah: {across.height:.1f}"
        f'">{"".join(drawn)}<ol>{"".join(boxes)}</ol></div>'
    )


def _folded(whole: Graph) -> tuple[int, list[Node], list[Edge]]:
    """How many nodes are left out, those that are shown, and the edges between what is drawn."""
    nodes, hidden = whole["nodes"], whole["more"]
    if len(nodes) > MOST:
        hidden += len(nodes) - HEAD - TAIL
        nodes = nodes[:HEAD] + nodes[-TAIL:]
    kept = {node["id"] for node in nodes}
    ends = ((a if a in kept else MORE, b if b in kept else MORE) for a, b in whole["edges"])
    return hidden, nodes, list(dict.fromkeys((a, b) for a, b in ends if a != b))


def _lines(node: Node, look: Legend) -> Iterator[tuple[str, str, int]]:
    """What stands in a box, line by line: (class, HTML, letters)."""
    leaf = node["kind"] == "leaf"
    shape = str(node["shape"]) if node["shape"] else ""
    operation = "" if leaf and node["names"] else _operation(node["label"])
    names = node["names"][:3]
    chips = "".join(chip(name, look) for name in names)
    head = (f"<b>{escape(operation)}</b> " if operation else "") + chips
    letters = len(operation) + sum(len(name) + 2 for name in names) + len(shape) + 3
    yield "head", f'{head} <span class="dim">{shape}</span>', letters
    if node["values"] is not None:
        value = _brief(node["values"])
        yield "data", escape(value), len(value)
    if node["grad"] is not None:
        value = f"grad {_brief(node['grad'])}"
        yield "grad", escape(value), len(value)
    elif leaf:
        yield "grad none", "grad None", 9
    seen = dict.fromkeys(line for saved in node["saved"] for line in _saved(saved))
    for kind, words in list(seen)[:SAVED]:
        yield kind, escape(words), len(words)


def _saved(saved: Saved) -> Iterator[tuple[str, str]]:
    """A saved tensor's lines: (class, words)."""
    called = saved["names"][0] if saved["names"] else "input"
    if saved["what"] == "result" and not saved["names"]:
        called = "result"
    if saved["state"] == "freed":
        yield "saved freed", f"saved {called}: freed"
        return
    yield "saved", f"saved {called}, version {saved['version']}"
    if saved["state"] == "changed":
        yield "saved broken", f"now version {saved['now']}: refused"


def _brief(values: Any) -> str:
    """Values in one short line."""
    if not isinstance(values, list):
        return number(values)
    text = _nested(values)
    return text if len(text) <= LETTERS else text[: LETTERS - 1] + "…"


def _nested(values: Any) -> str:
    return f"[{', '.join(map(_nested, values))}]" if isinstance(values, list) else number(values)


def _operation(label: str) -> str:
    """MulBackward0 is what autograd calls the way back through Mul."""
    return re.sub(r"Backward\d*$", "", label)


def _called(node: Node) -> str:
    return node["names"][0] if node["names"] else node["label"]


def _size(node: Node, lines: Sequence[tuple[str, str, int]]) -> Point:
    """Width and height of a box in em."""
    letters = max(letters for _, _, letters in lines)
    return letters * LETTER + 2 * PAD + 0.5, len(lines) * LINE + 2 * PAD


def _place(box: int, sizes: Mapping[int, Point], down: Layout, across: Layout) -> str:
    """Where a box stands in either direction, as custom properties."""
    (width, height), (x, y), (ax, ay) = sizes[box], down.middles[box], across.middles[box]
    x, ax, y, ay = x - width / 2, ax - width / 2, y - height / 2, ay - height / 2
    return (
        f"--x: {x:.1f}; --y: {y:.1f}; --ax: {ax:.1f}; --ay: {ay:.1f}; "
        f"width: {width:.1f}em; height: {height:.1f}em"
    )


def _box(
    node: Node,
    lines: Sequence[tuple[str, str, int]],
    made: Sequence[str],
    place: str,
    blamed: set[str],
) -> str:
    broken = any(saved["state"] == "changed" for saved in node["saved"])
    fault = " fault" if broken or blamed & set(node["names"]) else ""
    told = f", {node['label']} of {listed(list(made))}" if made else ""
    rows = "".join(f'<span class="{kind}">{html}</span>' for kind, html, _ in lines)
    return (
        f'<li class="node {node["kind"]}{fault}" style="{place}" title="{escape(node["label"])}">'
        f'{rows}<span class="unseen">{escape(told)}</span></li>'
    )


def _arrows(layout: Layout, kind: str, grads: Mapping[int, Any], nodes: Sequence[Node]) -> str:
    """All arrows: forward, and beside each that a gradient came back along, one back."""
    html = []
    across = kind == "across"
    functions = {node["id"] for node in nodes if node["kind"] == "function"}
    for (first, last), points in layout.arrows.items():
        back = first in grads and last in grads and last in functions
        aside = 0.45 if back else 0.0
        html.append(_arrow(_moved(points, -aside, across), across, "ahead"))
        if back:
            html.append(_arrow(_moved(points, aside, across)[::-1], across, "back"))
    return (
        f'<svg class="{kind}" viewBox="0 0 {layout.width:.1f} {layout.height:.1f}" '
        f'aria-hidden="true">{"".join(html)}</svg>'
    )


def _moved(points: Sequence[Point], aside: float, across: bool) -> list[Point]:
    return [(x, y + aside) if across else (x + aside, y) for x, y in points]


def _arrow(points: Sequence[Point], across: bool, kind: str) -> str:
    """A smooth line through the points with a head at its end."""
    (x, y), path = points[0], ""
    for nx, ny in points[1:]:
        mx, my = (x + nx) / 2, (y + ny) / 2
        bend = (
            f"{mx:.1f} {y:.1f} {mx:.1f} {ny:.1f}"
            if across
            else f"{x:.1f} {my:.1f} {nx:.1f} {my:.1f}"
        )
        path += f"C{bend} {nx:.1f} {ny:.1f}"
        x, y, way = nx, ny, (nx - x if across else ny - y)
    tip = 0.5 if way > 0 else -0.5
    head = (
        f"M{x - tip:.1f} {y - 0.3:.1f}L{x:.1f} {y:.1f}L{x - tip:.1f} {y + 0.3:.1f}"
        if across
        else f"M{x - 0.3:.1f} {y - tip:.1f}L{x:.1f} {y:.1f}L{x + 0.3:.1f} {y - tip:.1f}"
    )
    start = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    return f'<path class="{kind}" d="{start}{path}"/><path class="{kind} head" d="{head}"/>'


def _sentence(whole: Graph) -> str:
    """What to see."""
    nodes = whole["nodes"]
    leaves = [n for n in nodes if n["kind"] == "leaf" and n["names"]]
    functions = [n for n in nodes if n["kind"] == "function"]
    saved = [saved for node in nodes for saved in node["saved"]]
    changed = next((s for s in saved if s["state"] == "changed"), None)
    if not functions:
        names = listed([n["names"][0] for n in leaves])
        return f"{escape(names)} asked for gradients. Nothing has been computed from it yet."
    ends = {a for a, _ in whole["edges"]}
    root = next((n for n in reversed(functions) if n["id"] not in ends), functions[-1])
    top = escape(_called(root))
    if changed:
        name = escape(changed["names"][0] if changed["names"] else "a saved tensor")
        return (
            f"The graph saved {name} at version {changed['version']}, and it is now at "
            f"{changed['now']}: backward() cannot use it and refuses."
        )
    reached = [n for n in leaves if n["grad"] is not None]
    if any(node["grad"] is not None for node in functions) and reached:
        leaf = escape(reached[0]["names"][0])
        start = top if root["grad"] == 1 else "what you called backward() on"
        return (
            f"backward() walked the dashed arrows: grad says how fast {start} changes when that "
            f"box does. What arrives at {leaf} is added to {leaf}.grad.{_freed(nodes)}"
        )
    told = "Each operation left a box that knows the way back."
    if reached:
        leaf = escape(reached[0]["names"][0])
        return f"{told} {leaf}.grad is still from the backward() before: the next one adds to it."
    return f"{told} {top}.backward() would walk the arrows back to the leaves."


def _freed(nodes: Sequence[Node]) -> str:
    """Whether backward() let go of what was saved, which operations after it save anew."""
    walked = [node for node in nodes if node["grad"] is not None]
    for whose, boxes in (("What was saved", nodes), ("What the boxes on its way saved", walked)):
        states = {saved["state"] for node in boxes for saved in node["saved"]}
        if states == {"freed"}:
            return f" {whose} is freed."
    return ""
