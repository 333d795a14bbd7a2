"""The autograd graph: leaves and functions with their data, gradients and what they saved.

The boxes are a list in forward order, which is also what a screen reader reads; the arrows between
them are drawn, forward as the code ran and back as backward() walked.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

from demo.views.graph_words import brief, called, operation, sentence
from demo.views.layout import Edge, Layout, Point, lay_out
from demo.views.memory import WIDE, Legend, chip
from demo.views.pieces import Piece
from demo.views.steps import Graph, Node, Saved, Step, at_fault, listed

MOST, HEAD, TAIL = 16, 5, 8  # nodes that are all shown; of more, the first and the last
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
    sources = {node["id"]: called(node) for node in nodes} | {MORE: "what is not shown"}
    boxes = []
    for node in nodes:
        place = _place(node["id"], sizes, down, across)
        made = [sources[a] for a, b in edges if b == node["id"]]
        boxes.append(_box(node, lines[node["id"]], made, place, blamed))
    if hidden:
        place = _place(MORE, sizes, down, across)
        boxes.insert(HEAD, f'<li class="node more" style="{place}">{hidden} more</li>')
    return (
        f"<p>{escape(sentence(whole))}</p>"
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
    made_by = "" if leaf and node["names"] else operation(node["label"])
    names = node["names"][:3]
    chips = "".join(chip(name, look) for name in names)
    head = (f"<b>{escape(made_by)}</b> " if made_by else "") + chips
    letters = len(made_by) + sum(len(name) + 2 for name in names) + len(shape) + 3
    yield "head", f'{head} <span class="dim">{shape}</span>', letters
    if node["values"] is not None:
        value = brief(node["values"])
        yield "data", escape(value), len(value)
    if node["grad"] is not None:
        value = f"grad {brief(node['grad'])}"
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
    passed_on = {node["id"] for node in nodes if node["passed_on"]}
    for (first, last), points in layout.arrows.items():
        back = first in grads and last in grads and last in passed_on
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
