"""Feature maps in the panel "Why": a layer's strongest channels, and one of their numbers."""

from html import escape

import numpy as np

from cifar_core.introspect.maps import FeatureMaps, OutputShape
from cifar_core.introspect.step import ForwardLayer
from demo.views.opened_cells import cell_html
from demo.views.opened_forward import window_html
from demo.views.opened_numbers import number, place, rounded
from demo.views.pictures import png
from demo.views.whitened import whitened_note


def maps_html(found: FeatureMaps) -> str:
    """The list of layers, and the chosen one's maps as buttons: a click opens the number there."""
    options = "".join(_option(layer, layer == found.layer) for layer in found.layers)
    layer, count = found.layer, len(found.channels)
    what = "channels" if len(layer.shape) == 3 else "numbers"
    which = f"All {count}" if count == layer.shape[0] else f"The {count} strongest"
    maps = "".join(_map(found, i, layer.shape) for i in range(len(found.channels)))
    return (
        '<h4 class="explain-title" tabindex="-1">What each layer makes of your picture</h4>'
        '<label class="explain-layer">Layer '
        f'<select id="explain-layer">{options}</select></label>'
        f"<p>{which} of its {layer.shape[0]:,} {what}, by their largest number. White is "
        f"{rounded(found.high, 3)}, black is {rounded(found.low, 3)}, in all of them. Click a "
        "place to see how its number is worked out.</p>"
        f'<div class="explain-maps" data-layer="{escape(layer.name)}">{maps}</div>'
        '<div class="explain-number opened"></div>'
    )


def number_html(layer: ForwardLayer, pixels: np.ndarray) -> str:
    """How one number came about. pixels: uint8 (32, 32, 3), what the net saw."""
    window = ""
    if layer.reads == ("",):
        window = window_html(np.ascontiguousarray(pixels.transpose(2, 0, 1)), layer.cell)
    reads = ", ".join(
        f"<code>{escape(name)}</code>" if name else "the picture" for name in layer.reads
    )
    counts = "channel, row, column" if len(layer.cell.index) == 3 else "unit"
    return (
        f"<h4><code>{escape(layer.name)}</code> {place(layer.cell.index)} = "
        f"{number(layer.cell.value)}</h4>"
        f"<p><small>({counts}), counted from 0; it reads {reads}.</small></p>"
        f"<p>{escape(layer.formula)}</p>{whitened_note(layer.kind)}{window}"
        f"{cell_html(layer.cell, layer.kind)}"
    )


def _option(layer: OutputShape, chosen: bool) -> str:
    name, shape = escape(layer.name), ", ".join(map(str, layer.shape))
    mark = " selected" if chosen else ""
    return f'<option value="{name}"{mark}>{name} {escape(layer.kind)} [{shape}]</option>'


def _map(found: FeatureMaps, i: int, shape: tuple[int, ...]) -> str:
    """One channel as a button. data-size: rows and columns; data-peak: where the largest is."""
    values, channel = found.maps[i], int(found.channels[i])
    rows, columns = values.shape
    spread = (found.high - found.low) or 1.0
    shares = np.nan_to_num((values - found.low) / spread, nan=0.0, posinf=1.0, neginf=0.0)
    greys = (255 * np.clip(shares, 0, 1)).round().astype(np.uint8)
    peak = int(np.nan_to_num(values, nan=np.inf).argmax())
    what = "channel" if len(shape) == 3 else "unit"
    largest = rounded(float(values.max()), 3)
    return (
        f'<button type="button" data-channel="{channel}" data-size="{rows},{columns}" '
        f'data-rank="{len(shape)}" data-peak="{peak // columns},{peak % columns}" '
        f'aria-label="{what} {channel}, {rows} x {columns}, largest {largest}">'
        f'<span class="explain-grey"><img src="{png(greys)}" alt=""><i></i></span>'
        f"<span>{channel}: {largest}</span></button>"
    )
