"""The first layer's weights as small colour pictures."""

import math
from dataclasses import dataclass

import numpy as np
from torch import nn

from cifar_core.data.pictures import SIDE


@dataclass(frozen=True)
class Filters:
    """pixels: uint8 (F, height, width, 3), grey 128 for weight 0, 1 and 255 for -largest, largest.

    One scale for all filters and colours, so that they can be compared. layer: its name. total:
    how many filters it has; the first F are here. largest: the largest weight of these by size,
    nan where one of them is no finite number; then no picture tells anything, and all are grey.
    trained: False where they were set before the first step, and stay.
    """

    layer: str
    pixels: np.ndarray
    total: int
    largest: float
    trained: bool = True


def first_filters(model: nn.Module, limit: int = 32) -> Filters | None:
    """The first `limit` filters of the layer that sees the picture; None if it sees no colours.

    A Linear layer over whole pictures has filters of 32 x 32.
    """
    layers = ((n, m) for n, m in model.named_modules() if isinstance(m, nn.Conv2d | nn.Linear))
    name, layer = next(layers, ("", None))
    if layer is None:
        return None
    weights = layer.weight.detach().float().cpu().contiguous()  # sync; (F, C, h, w) or (F, inputs)
    if weights.ndim == 2 and weights.shape[1] == 3 * SIDE * SIDE:
        weights = weights.view(-1, 3, SIDE, SIDE)
    if weights.ndim != 4 or weights.shape[1] != 3:
        return None
    shown = weights[:limit]
    largest = float(shown.abs().max()) if shown.isfinite().all() else math.nan
    scaled = 128 + 127 * (shown / (largest or 1))  # in this order: 127 times the largest overflows
    pixels = scaled.nan_to_num(128).round().byte().permute(0, 2, 3, 1).contiguous().numpy()
    trained = isinstance(layer.weight, nn.Parameter)
    return Filters(name, pixels, len(weights), largest, trained)
