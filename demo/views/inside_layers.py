"""One test picture on its way through the net: a row of grey maps, or a strip, for each layer."""

import math
from collections.abc import Sequence
from html import escape

import numpy as np

from cifar_core.introspect.seen import LayerSeen, Seen
from demo.views.bars import percent
from demo.views.inside_tables import size
from demo.views.pictures import png

GAP = 1  # pixels between two maps in a row


def layers_html(seen: Seen, classes: Sequence[str]) -> str:
    """The picture with its answer, and below it each layer with its shape, range and maps."""
    label = escape(classes[seen.label])
    picture = png(np.ascontiguousarray(seen.pixels.transpose(1, 2, 0)))
    steps = "1 step" if seen.step == 1 else f"{seen.step:,} steps"
    layers = "".join(map(_layer, seen.layers))
    return (
        f'<div class="inside-chosen"><img src="{picture}" alt="{label}" decoding="sync">'
        f"<p><b>{label}</b>, test picture {seen.row:,}. After {steps} {_answer(seen, classes)}.</p>"
        f'</div><ol class="inside-layers">{layers}</ol>'
    )


def _answer(seen: Seen, classes: Sequence[str]) -> str:
    if not np.isfinite(seen.probabilities).all():
        return "its answers are no numbers any more"
    best = int(seen.probabilities.argmax())
    kind = "right" if best == seen.label else "wrong"
    return (
        f"the net answers {escape(classes[best])} with {percent(float(seen.probabilities[best]))}: "
        f'<span class="{kind}">{kind}</span>'
    )


def _layer(layer: LayerSeen) -> str:
    shape, shown = ", ".join(map(str, layer.shape)), len(layer.maps)
    vector = shown == 1 and layer.maps.shape[1] == 1
    count = layer.maps.shape[2] if vector else shown
    total = int(np.prod(layer.shape)) if vector else layer.shape[0]
    what = "numbers" if vector else "channels"
    part = f"all {total:,} {what}" if count == total else f"first {count:,} of {total:,} {what}"
    name = escape(layer.name)
    picture = layer.maps[0] if vector else _row(layer.maps)
    return (
        f'<li><p class="inside-layer"><b>{name}</b> {escape(layer.kind)} <code>[{shape}]</code>'
        f"<span>{part}, {_range(layer)}</span></p>"
        f'<img class="{"strip" if vector else "maps"}" src="{png(picture)}" alt="{name}: {part}" '
        f'decoding="sync" style="--wide: {picture.shape[1]}"></li>'
    )


def _range(layer: LayerSeen) -> str:
    if math.isnan(layer.low):
        return "none a number any more"
    return f"from {size(layer.low)} to {size(layer.high)}".replace("-", "\N{MINUS SIGN}")


def _row(maps: np.ndarray) -> np.ndarray:
    """uint8 (k, H, W) -> (H, k * (W + GAP) - GAP): beside one another, middle grey between."""
    padded = np.pad(maps, ((0, 0), (0, 0), (0, GAP)), constant_values=128)
    return np.concatenate(list(padded), axis=1)[:, :-GAP]
