"""The arithmetic of single numbers in layers that sum products: Conv2d and Linear."""

from typing import Any

import numpy as np
from torch import Tensor, nn

from cifar_core.introspect.recording import Operation
from cifar_core.introspect.step.cells import Cell, ConvCell, Index, LinearCell
from cifar_core.introspect.step.layers import Layer, gradient_of, numbers, times, unravel
from cifar_core.introspect.step.sums import Sum, folded


class _ProductLayer(Layer):
    """weights: float32, as the layer used them. bias: float32 (outputs,) or None."""

    def __init__(self, operation: Operation, picture: int, keep: int):
        super().__init__(operation, picture, keep)
        used, bias = operation.output.dtype, self.layer.bias
        self.weights = numbers(self.layer.weight.to(used))
        self.bias = None if bias is None else numbers(bias.to(used))

    @property
    def formula(self) -> str:
        """Also says how many numbers one output reads."""
        one, bias = self.weights[0], "" if self.bias is None else ", plus a bias"
        shape = f"{times(one.shape)} = {one.size}" if one.ndim > 1 else f"{one.size}"
        return f"each of {times(self.y.shape)} numbers: {shape} products added{bias}"

    def _bias_of(self, output: int) -> float | None:
        return None if self.bias is None else float(self.bias[output])


class LinearLayer(_ProductLayer):
    """weights: (outputs, inputs)."""

    @classmethod
    def fits(cls, operation: Operation) -> bool:
        return operation.inputs[0].ndim == 2

    def cell(self, index: Index, follow: tuple[int, Index] | None = None) -> Cell:
        products = folded(self.x, self.weights[index[0]], self.keep)
        source = follow[1] if follow else products.terms[0].index
        return LinearCell(index, self.value(index), source, 0, products, self._bias_of(index[0]))

    def flow(self, source: Index) -> Sum:
        return folded(self.gradient, self.weights[:, source[0]], self.keep)

    def weight(self, cell: Cell) -> tuple[str, Index, Sum] | None:
        assert cell.source is not None
        (unit,), (input_,) = cell.index, cell.source
        gradients, met = _batch(self.operation, unit, input_)
        return "weight", (unit, input_), folded(gradients, met, self.keep)


class ConvLayer(_ProductLayer):
    """weights: (output channels, input channels, kernel height, kernel width)."""

    @classmethod
    def fits(cls, operation: Operation) -> bool:
        layer: Any = operation.layer
        plain = layer.groups == 1 and layer.dilation == (1, 1)
        return plain and layer.padding_mode == "zeros" and not isinstance(layer.padding, str)

    def cell(self, index: Index, follow: tuple[int, Index] | None = None) -> Cell:
        output, row, column = index
        kernel = self.weights[output]  # (C, height, width)
        window = self._windows(self.x)[:, row, column]
        products = window.astype(np.float64) * kernel
        top, left = (
            i * s - p
            for i, s, p in zip((row, column), self.layer.stride, self.layer.padding, strict=True)
        )
        source = follow[1] if follow else self._largest(products, top, left)
        return ConvCell(
            index, self.value(index), source, 0, top, left, window.copy(), kernel.copy(),
            products.astype(np.float32), float(products.sum()), self._bias_of(output),
        )  # fmt: skip

    def flow(self, source: Index) -> Sum:
        channel, *place = source
        taps = [self._taps(axis, at) for axis, at in enumerate(place)]  # rows, columns
        rows, dy = np.array(taps[0], int).reshape(-1, 2).T
        columns, dx = np.array(taps[1], int).reshape(-1, 2).T
        gradients = self.gradient[:, rows[:, None], columns]  # (outputs, rows, columns)
        weights = self.weights[:, channel][:, dy[:, None], dx]
        at = lambda c, i, j: (c, int(rows[i]), int(columns[j]))  # noqa: E731
        return folded(gradients, weights, self.keep, at)

    def weight(self, cell: Cell) -> tuple[str, Index, Sum] | None:
        assert isinstance(cell, ConvCell)
        if cell.source is None:  # all of its window lies in the padding
            return None
        output, (channel, row, column) = cell.index[0], cell.source
        dy, dx = row - cell.top, column - cell.left
        gradients, x = _batch(self.operation, output, channel)  # (N, rows, columns), (N, H, W)
        if not isinstance(self.layer.weight, nn.Parameter):  # kernels that are set, not trained
            return "bias", (output,), folded(gradients, np.ones_like(gradients), self.keep)
        met = self._windows(x)[..., dy, dx]
        return "weight", (output, channel, dy, dx), folded(gradients, met, self.keep)

    def _windows(self, x: np.ndarray) -> np.ndarray:
        """(C, H, W) -> (C, rows, columns, kernel height, kernel width), a view of the padded x."""
        (down, right), (pad_y, pad_x) = self.layer.stride, self.layer.padding
        padded = np.pad(x, ((0, 0), (pad_y, pad_y), (pad_x, pad_x)))
        views = np.lib.stride_tricks.sliding_window_view(padded, self.weights.shape[2:], (1, 2))
        return views[:, ::down, ::right]

    def _largest(self, products: np.ndarray, top: int, left: int) -> Index | None:
        """The place in the input of the largest product; None where all is padding."""
        size = np.nan_to_num(np.abs(products), nan=np.inf)
        (height, width), (kernel_h, kernel_w) = self.x.shape[1:], size.shape[1:]
        size[:, [not 0 <= top + i < height for i in range(kernel_h)]] = -1
        size[:, :, [not 0 <= left + i < width for i in range(kernel_w)]] = -1
        if size.max() < 0:
            return None
        channel, dy, dx = unravel(int(size.argmax()), size.shape)
        return channel, top + dy, left + dx

    def _taps(self, axis: int, at: int) -> list[tuple[int, int]]:
        """(row of the output, row of the kernel) pairs that read input row `at`; or columns."""
        pairs = []
        for offset in range(self.weights.shape[2 + axis]):
            place, off_grid = divmod(
                at + self.layer.padding[axis] - offset, self.layer.stride[axis]
            )
            if not off_grid and 0 <= place < self.y.shape[1 + axis]:
                pairs.append((place, offset))
        return pairs


def _batch(operation: Operation, output: int, input_: int) -> tuple[np.ndarray, np.ndarray]:
    """The whole batch's gradients of one output channel, and values of one input channel."""
    gradients = numbers(gradient_of(operation.output)[:, output])
    x: Tensor = operation.inputs[0][:, input_].to(operation.output.dtype)
    return gradients, numbers(x)
