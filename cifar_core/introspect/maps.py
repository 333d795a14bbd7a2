"""One picture's feature maps in any net, the strongest channels first, and any number in them.

Nothing here changes the net: what watches it works on a copy, so many threads may look at once.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from cifar_core.introspect.recording import Operation, record
from cifar_core.introspect.step import ForwardLayer
from cifar_core.introspect.step.cells import Index
from cifar_core.introspect.step.layers import numbers
from cifar_core.introspect.step.open import forward_layer
from cifar_core.introspect.step.path import lay_open
from cifar_core.models.hooks import private_copy

TERMS = 4  # products of a long sum that are kept


@dataclass(frozen=True)
class OutputShape:
    """A layer, or a function between layers, in forward order. shape: without the batch."""

    name: str
    kind: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class FeatureMaps:
    """What a layer makes of a picture, and all layers to choose from.

    channels: int64 (k,), the strongest first, by their largest number; of a vector its units.
    maps: float32 (k, rows, columns), theirs; of a vector (k, 1, 1). low, high: over all channels.
    """

    layers: tuple[OutputShape, ...]
    layer: OutputShape
    low: float
    high: float
    channels: np.ndarray
    maps: np.ndarray


def feature_maps(
    model: nn.Module, batch: np.ndarray, layer: str | None = None, most: int = 16
) -> FeatureMaps:
    """The `most` strongest maps of a layer, in eval mode.

    batch: float32 (1, 3, 32, 32), normalised. layer: a name from `FeatureMaps.layers`; None is the
    first convolution, or the first layer. Raises ValueError: there is no such layer.
    """
    operations = _forward(model, batch)
    shapes = tuple(OutputShape(o.name, o.kind, tuple(o.output.shape[1:])) for o in operations)
    chosen = _find(operations, layer)
    values = numbers(operations[chosen].output[0])
    maps = values if values.ndim == 3 else values.reshape(-1, 1, 1)
    strength = np.nan_to_num(maps, nan=np.inf).max(axis=(1, 2))
    channels = np.argsort(-strength, kind="stable")[:most]
    low, high = float(values.min()), float(values.max())
    return FeatureMaps(shapes, shapes[chosen], low, high, channels, maps[channels].copy())


def open_number(model: nn.Module, batch: np.ndarray, layer: str, index: Index) -> ForwardLayer:
    """One number of a layer's output with all it was made from.

    batch: as for `feature_maps`. index: (channel, row, column), or (unit,).
    Raises ValueError: there is no such layer or number.
    """
    operations = _forward(model, batch)
    operation = operations[_find(operations, layer)]
    shape = tuple(operation.output.shape[1:])
    if len(index) != len(shape) or not all(
        0 <= i < size for i, size in zip(index, shape, strict=True)
    ):
        raise ValueError(f"{layer} has no number there: its shape is {list(shape)}.")
    with np.errstate(all="ignore"):  # a diverged net has inf and nan in it, which are shown
        opened = lay_open(operation, 0, TERMS)
        return forward_layer(operations, opened, opened.cell(index))


def _forward(model: nn.Module, batch: np.ndarray) -> list[Operation]:
    net = private_copy(model)
    with torch.no_grad(), record(net) as recording:
        net(torch.from_numpy(batch))
    return recording.operations


def _find(operations: list[Operation], layer: str | None) -> int:
    names = [operation.name for operation in operations]
    if layer is None:
        kinds = [isinstance(operation.layer, nn.Conv2d) for operation in operations]
        return kinds.index(True) if True in kinds else 0
    if layer not in names:
        raise ValueError(f"There is no layer {layer!r} in this net: choose one of the list.")
    return names.index(layer)
