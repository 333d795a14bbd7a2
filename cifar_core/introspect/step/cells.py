"""One number of a layer's output and all it was made from: a class for each kind of layer."""

from dataclasses import dataclass

import numpy as np

from cifar_core.introspect.step.sums import Sum

Index = tuple[int, ...]
"""Where a number stands in one picture's values: (channel, row, column), or (unit,)."""


@dataclass(frozen=True)
class Cell:
    """index: in the layer's output. value: as the net computed it.

    source: the number in the layer's input to which the trace goes on; None if it is not known.
    branch: which of the layer's inputs that is; 0 but for an Add.
    """

    index: Index
    value: float
    source: Index | None
    branch: int


@dataclass(frozen=True)
class ConvCell(Cell):
    """value = sum of products + bias.

    window, kernel, products: float32 (C, kernel height, kernel width); what lies outside the
    picture is 0. top, left: where the window begins in the input, below 0 in the padding.
    bias: None if the layer has none.
    """

    top: int
    left: int
    window: np.ndarray
    kernel: np.ndarray
    products: np.ndarray
    sum: float
    bias: float | None


@dataclass(frozen=True)
class LinearCell(Cell):
    """value = products.total + bias. In a product, first is the input, second the weight."""

    products: Sum
    bias: float | None


@dataclass(frozen=True)
class PoolCell(Cell):
    """value = the largest of the window, which stands at `winner` (channel, row, column).

    window: float32 (height, width). top, left: where it begins in the input.
    """

    top: int
    left: int
    window: np.ndarray
    winner: Index


@dataclass(frozen=True)
class ScaleCell(Cell):
    """value = before x factor.

    ReLU: factor 1 above 0, else 0. Dropout: 0 if dropped, else 1 / (1 - p). Flatten: 1, only the
    index changes. Scale: the net's own number; Divide: 1 / that number.
    """

    before: float
    factor: float


@dataclass(frozen=True)
class GeluCell(Cell):
    """value = before x below. slope = below + before x height: how much it moves with `before`.

    below, height: of the standard normal distribution, what share of it lies below `before`, and
    how high its curve is there (Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016).
    """

    before: float
    below: float
    height: float
    slope: float


@dataclass(frozen=True)
class NormCell(Cell):
    """normalised = (before - mean) / sqrt(variance + eps); value = normalised x gamma + beta.

    mean, variance: of this channel over all `count` numbers of the batch, or the running ones
    where the layer is in eval mode (count 0).
    """

    before: float
    mean: float
    variance: float
    count: int
    eps: float
    normalised: float
    gamma: float
    beta: float


@dataclass(frozen=True)
class AddCell(Cell):
    """value = the sum of the addends, which stand at the same index in the layer's inputs."""

    addends: tuple[float, ...]
