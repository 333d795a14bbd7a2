"""The tables of a look inside: sizes a layer, dead ReLUs, and the confusion matrix."""

import math
from collections.abc import Sequence
from html import escape

import numpy as np

from cifar_core.introspect.answers import ReluHealth
from cifar_core.introspect.norms import LayerNorms
from demo.views.bars import percent

MOST_CLASSES = 20  # rows of a confusion matrix that one can read
SLOWEST, FASTEST = 1e-5, 1e-1  # ends of the bar for update / weight; 0.001 is its middle


def norm_table(norms: Sequence[LayerNorms]) -> str:
    """A row a layer: norms of weights and gradient, and update / weight."""
    weight = _largest([n.weight for n in norms])
    gradient = _largest([n.gradient for n in norms])
    rows = "".join(
        f'<tr><th scope="row">{escape(n.name) or "net"}</th>'
        f"{_cell(size(n.weight), n.weight / weight)}"
        f"{_cell(size(n.gradient), (n.gradient or 0) / gradient)}"
        f"{_cell(size(n.ratio), _on_log_scale(n.ratio), 'inside-ratio')}</tr>"
        for n in norms
    )
    return _table(("layer", "weights", "gradient", "update ÷ weights"), rows)


def relu_table(relus: Sequence[ReluHealth]) -> str:
    """A row a ReLU: how many units it has, and which share of them is dead."""
    if not relus:
        return "<p>This net has no ReLUs, so none of its units can be dead in this way.</p>"
    rows = "".join(
        f'<tr><th scope="row">{escape(r.name)}</th>{_cell(f"{r.units:,}")}'
        f"{_cell(percent(r.dead), r.dead)}{_cell(percent(r.zeros), r.zeros)}</tr>"
        for r in relus
    )
    lost = any(math.isnan(r.zeros) for r in relus)
    note = "<p>–: among its outputs are some that are no numbers any more.</p>" if lost else ""
    return _table(("ReLU", "units", "dead", "zeros among its outputs"), rows) + note


def confusion_table(
    confusion: np.ndarray, per_class: Sequence[float | None], classes: Sequence[str]
) -> str:
    """Counts, rows true and columns answered, and the accuracy a class at each row's end.

    Of more than 20 classes, those with the most mistakes are shown, and one column for the others.
    """
    mistakes = confusion.sum(1) - confusion.diagonal()
    chosen = np.sort(np.argsort(-mistakes, kind="stable")[:MOST_CLASSES])
    others = len(classes) > len(chosen)
    heads = [classes[int(j)] for j in chosen] + ["others"] * others
    rows = []
    for i in chosen:
        counts = [int(confusion[i, j]) for j in chosen]
        total = int(confusion[i].sum())
        cells = [_count(n, total, right=i == j) for n, j in zip(counts, chosen, strict=True)] + [
            _count(total - sum(counts), total)
        ] * others
        right = per_class[i]
        accuracy = _cell("–") if right is None else _cell(percent(right), right)
        rows.append(
            f'<tr><th scope="row">{escape(classes[int(i)])}</th>{"".join(cells)}{accuracy}</tr>'
        )
    columns = "".join(f'<th scope="col"><span>{escape(name)}</span></th>' for name in heads)
    return (
        '<table class="inside-confusion"><thead><tr><td>true \N{RIGHTWARDS ARROW} answered</td>'
        f'{columns}<th scope="col">right</th></tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )


def size(value: float | None) -> str:
    """Three figures; a dash where there is none."""
    if value is None:
        return "–"
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    if 0 < abs(value) < 1e-4 or abs(value) >= 1e6:
        digits, power = f"{value:.2e}".split("e")
        return f"{digits}e{int(power)}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _table(heads: Sequence[str], rows: str) -> str:
    columns = "".join(f'<th scope="col">{head}</th>' for head in heads)
    return f"<table><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(text: str, share: float | None = None, kind: str = "") -> str:
    """A number, and under it a bar of `share` of the cell's width (0 to 1)."""
    if share is None:
        return f"<td>{text}</td>"
    width = 100 * min(max(share, 0), 1) if math.isfinite(share) else 0
    return (
        f'<td class="{kind}">{text}<span class="inside-bar"><i style="width:{width:.1f}%"></i>'
        "</span></td>"
    )


def _count(count: int, total: int, right: bool = False) -> str:
    strength = 100 * math.sqrt(count / total) if total else 0  # else small shares are not seen
    kind = "right" if right else "none" if not count else ""
    return f'<td class="{kind}" style="--share:{strength:.0f}%">{count}</td>'


def _largest(sizes: Sequence[float | None]) -> float:
    """Of those that are finite; 1 where there is none, so that one can divide by it."""
    return max((s for s in sizes if s and math.isfinite(s)), default=1.0)


def _on_log_scale(ratio: float | None) -> float:
    if not ratio or not math.isfinite(ratio):
        return 0
    return math.log(ratio / SLOWEST) / math.log(FASTEST / SLOWEST)
