"""An opened step's first two stages: the batch of pictures, and its way forward through the net."""

from html import escape

import numpy as np

from cifar_core.introspect.step import Batch, Cell, ConvCell, ForwardLayer, OpenedStep
from demo.views.opened_cells import cell_html
from demo.views.opened_numbers import number, place, row, working
from demo.views.pictures import png
from demo.views.whitened import whitened_note


def batch_html(opened: OpenedStep) -> str:
    """The pictures with labels, the batch's shapes, and one pixel made ready for the net."""
    batch = opened.batch
    pictures = "".join(_picture(batch, i) for i in range(len(batch.images)))
    others = len(batch.labels) - len(batch.images)
    more = f"<p>And {others:,} more.</p>" if others > 0 else ""
    count, colours, height, width = batch.shape
    return (
        f'<div class="opened-pictures">{pictures}</div>{more}<dl class="opened-facts">'
        f"<div><dt>pictures</dt><dd>{place(batch.shape)} {count:,} pictures, {colours} colours "
        f"each, {height} × {width} pixels</dd></div>"
        f"<div><dt>labels</dt><dd>{place(batch.labels.shape)} the number of the right class, "
        f"one a picture</dd></div></dl>{_pixel(opened)}"
    )


def _picture(batch: Batch, i: int) -> str:
    label = escape(batch.classes[batch.labels[i]])
    return (
        f'<button type="button" data-picture="{i}" aria-pressed="{_said(i == batch.picture)}">'
        f'<img src="{png(_pixels(batch.images[i]))}" alt="">{label}</button>'
    )


def _pixel(opened: OpenedStep) -> str:
    batch = opened.batch
    first = next(layer for layer in opened.forward if "" in layer.reads)
    source = first.cell.source
    if source is None or len(source) != batch.pixels.ndim:
        return ""
    colour, value = source[0], number(batch.pixels[source])
    mean, std = number(batch.mean[colour]), number(batch.std[colour])
    rows = [
        row(f"pixel {place(source)}", "colour, row, column; from 0 to 255", value),
        row("what the net takes in", f"({value} / 255 − mean {mean}) / spread {std}",
            number(batch.inputs[source])),
    ]  # fmt: skip
    return f"<h3>One pixel, made ready for the net</h3>{working(rows, 'One pixel')}"


def forward_html(opened: OpenedStep) -> str:
    """All layers to choose from, and the chosen one with one of its numbers worked out."""
    buttons = "".join(
        f'<li><button type="button" data-layer="{escape(layer.name)}" '
        f'aria-pressed="{_said(layer.name == opened.chosen)}">'
        f"<b>{escape(layer.name)}</b> {escape(layer.kind)} {place(layer.shape_out)}</button></li>"
        for layer in opened.forward
    )
    layer = next(layer for layer in opened.forward if layer.name == opened.chosen)
    return (
        '<div><p class="opened-caption">First layer on top, with the shape of what it makes</p>'
        f'<ol class="opened-layers" aria-label="Layers, first to last">{buttons}</ol></div>'
        f'<div class="opened-card">{_layer(opened, layer)}</div>'
    )


def _layer(opened: OpenedStep, layer: ForwardLayer) -> str:
    reads = ", ".join(escape(name) or "the batch" for name in layer.reads)
    window = window_html(opened.batch.pixels, layer.cell) if layer.reads == ("",) else ""
    return (
        f"<h3>{escape(layer.name)} <small>{escape(layer.kind)}</small></h3>"
        f"<p>{escape(layer.formula)}</p>{whitened_note(layer.kind)}"
        '<dl class="opened-facts">'
        f"<div><dt>reads</dt><dd>{reads} {place(layer.shape_in)}</dd></div>"
        f"<div><dt>makes</dt><dd>{place(layer.shape_out)}</dd></div>"
        f"<div><dt>parameters</dt><dd>{layer.parameters:,}</dd></div></dl>"
        f"<h4>One of its numbers: {place(layer.cell.index)}</h4>"
        f"<p>{_where(opened.batch, layer)}</p>{window}{cell_html(layer.cell, layer.kind)}"
    )


def _where(batch: Batch, layer: ForwardLayer) -> str:
    """What the index counts, and of which picture the number is."""
    name = escape(batch.classes[batch.labels[batch.picture]])
    counts = "channel, row, column" if len(layer.cell.index) == 3 else "unit"
    return f"<small>({counts}), counted from 0, for picture {batch.picture}, the {name}.</small>"


def window_html(planes: np.ndarray, cell: Cell) -> str:
    """Where in the picture, uint8 (3, H, W), the kernel of a convolution's number lies."""
    if not isinstance(cell, ConvCell):
        return ""
    _, height, width = planes.shape
    _, tall, wide = cell.kernel.shape
    return (
        f'<svg class="opened-window" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="The window in the picture">'
        f'<image href="{png(_pixels(planes))}" width="{width}" height="{height}"/>'
        f'<rect x="{cell.left}" y="{cell.top}" width="{wide}" height="{tall}"/></svg>'
    )


def _pixels(planes: np.ndarray) -> np.ndarray:
    """uint8 (3, H, W) -> (H, W, 3)."""
    return np.ascontiguousarray(planes.transpose(1, 2, 0))


def _said(fact: bool) -> str:
    return "true" if fact else "false"
