"""How one number of a layer came about, with everything that went into it: a working a kind."""

from functools import singledispatch

import numpy as np

from cifar_core.introspect.step import (
    AddCell,
    Cell,
    ConvCell,
    GeluCell,
    LinearCell,
    NormCell,
    PoolCell,
    ScaleCell,
)
from demo.views.opened_numbers import grid, number, place, row, term_rows, working

MOST_CHANNELS = 3  # of a convolution's window that are shown in full


@singledispatch
def cell_html(cell: Cell, kind: str) -> str:
    """The working of a cell in a layer of this kind."""
    return working([row(f"at {place(cell.index)}", "", number(cell.value))], "The number")


@cell_html.register
def _(cell: ConvCell, kind: str) -> str:
    channels = shown_channels(cell)
    sums = cell.products.astype(np.float64).sum(axis=(1, 2))
    grids = "".join(_channel(cell, channel) for channel in channels)
    rows = [row(f"channel {c}", "its products added", number(sums[c])) for c in channels]
    if others := len(sums) - len(channels):
        rest = sum(sums[c] for c in range(len(sums)) if c not in channels)
        rows.append(row(f"the other {others} channels", "added up", number(rest)))
    rows.append(row("sum", "all products", number(cell.sum)))
    return grids + working([*rows, *_biased(cell.bias, cell.value)], "The sum")


def shown_channels(cell: ConvCell) -> list[int]:
    """The channels with the largest products, that of the source among them, in their order."""
    size = np.nan_to_num(np.abs(cell.products), nan=np.inf).sum(axis=(1, 2))
    first = [cell.source[0]] if cell.source else []
    others = [int(c) for c in np.argsort(-size, kind="stable") if c not in first]
    return sorted((first + others)[:MOST_CHANNELS])


def _channel(cell: ConvCell, channel: int) -> str:
    marked = None
    if cell.source and cell.source[0] == channel:
        marked = cell.source[1] - cell.top, cell.source[2] - cell.left
    return (
        '<div class="opened-product">'
        f"{grid(cell.window[channel], f'input, channel {channel}', marked)}<span>×</span>"
        f"{grid(cell.kernel[channel], 'kernel (weights)', marked)}<span>=</span>"
        f"{grid(cell.products[channel], 'products', marked)}</div>"
    )


@cell_html.register
def _(cell: LinearCell, kind: str) -> str:
    rows = [
        *term_rows(cell.products, "input × weight"),
        row("sum", f"all {cell.products.count:,} products", number(cell.products.total)),
    ]
    return working([*rows, *_biased(cell.bias, cell.value)], "The sum")


def _biased(bias: float | None, value: float) -> list[str]:
    added = [] if bias is None else [row("bias", "added", number(bias))]
    return [*added, row("value", "what the layer hands on", number(value))]


@cell_html.register
def _(cell: PoolCell, kind: str) -> str:
    _, down, right = cell.winner
    window = grid(cell.window, "window in the input", (down - cell.top, right - cell.left))
    wins = row("value", f"the largest, from {place(cell.winner)}", number(cell.value))
    return f'<div class="opened-product">{window}</div>' + working([wins], "The largest")


WHY = {
    "ReLU": ("0 or less becomes 0", "above 0 it passes as it is"),
    "Dropout": ("dropped by chance in this step", "kept, and made larger to make up for others"),
    "Flatten": ("", "only its place changes"),
}


@cell_html.register
def _(cell: ScaleCell, kind: str) -> str:
    why = WHY.get(kind, ("", ""))[cell.factor != 0]
    if kind == "Dropout" and cell.factor == 1:
        why = "kept as it is: with p = 0 nothing is dropped"
    rows = [
        row("input", f"at {place(cell.source or cell.index)}", number(cell.before)),
        row("factor", why, number(cell.factor)),
        row("value", f"{number(cell.before)} × {number(cell.factor)}", number(cell.value)),
    ]
    return working(rows, "The number")


@cell_html.register
def _(cell: GeluCell, kind: str) -> str:
    x, below = number(cell.before), number(cell.below)
    rows = [
        row("input, x", f"at {place(cell.index)}", x),
        row("Φ(x)", "the share of a normal distribution that lies below x", below),
        row("value", f"{x} × {below}", number(cell.value)),
    ]
    return working(rows, "The number")


@cell_html.register
def _(cell: NormCell, kind: str) -> str:
    of = f"of the channel's {cell.count:,} numbers in the batch" if cell.count else "as remembered"
    scale = f"({number(cell.before)} − {number(cell.mean)}) / √({number(cell.variance)}"
    gamma = f"{number(cell.normalised)} × gamma {number(cell.gamma)} + beta {number(cell.beta)}"
    rows = [
        row("input", f"at {place(cell.index)}", number(cell.before)),
        row("mean", of, number(cell.mean)),
        row("variance", of, number(cell.variance)),
        row("normalised", f"{scale} + {number(cell.eps)})", number(cell.normalised)),
        row("value", gamma, number(cell.value)),
    ]
    return working(rows, "The number")


@cell_html.register
def _(cell: AddCell, kind: str) -> str:
    rows = [row("input", f"number {i}", number(a)) for i, a in enumerate(cell.addends, start=1)]
    return working([*rows, row("value", "added", number(cell.value))], "The sum")
