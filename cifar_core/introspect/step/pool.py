"""The arithmetic of single numbers in max pooling: the largest of a window, and who won."""

from functools import cached_property
from typing import Any

import numpy as np
import torch.nn.functional as F

from cifar_core.introspect.recording import Operation
from cifar_core.introspect.step.cells import Cell, Index, PoolCell
from cifar_core.introspect.step.layers import Layer, times, unravel
from cifar_core.introspect.step.sums import Sum, folded


class PoolLayer(Layer):
    """MaxPool2d and AdaptiveMaxPool2d."""

    @classmethod
    def fits(cls, operation: Operation) -> bool:
        layer: Any = operation.layer
        return not (
            getattr(layer, "ceil_mode", False) or _pair(getattr(layer, "dilation", 1)) != (1, 1)
        )

    @property
    def formula(self) -> str:
        if self._adaptive:
            parts = times(self.y.shape[1:])
            into = "" if parts == "1 × 1" else f", in {parts} parts"
            return f"the largest of a channel's {times(self.x.shape[1:])} numbers{into}"
        return f"the largest of each {times(_pair(self.layer.kernel_size))}"

    def cell(self, index: Index, follow: tuple[int, Index] | None = None) -> Cell:
        channel, row, column = index
        (top, bottom), (left, right) = self._span(0, row), self._span(1, column)
        winner = (channel, *unravel(int(self._winners[index]), self.x.shape[1:]))
        window = self.x[channel, top:bottom, left:right].copy()
        source = follow[1] if follow else winner
        return PoolCell(index, self.value(index), source, 0, top, left, window, winner)

    def flow(self, source: Index) -> Sum:
        channel, row, column = source
        rows, columns = (
            [i for i in range(self.y.shape[axis + 1]) if _within(place, self._span(axis, i))]
            for axis, place in enumerate((row, column))
        )
        windows = channel, np.array(rows, int)[:, None], np.array(columns, int)
        flat = row * self.x.shape[2] + column
        won = (self._winners[windows] == flat).astype(np.float64)
        at = lambda i, j: (channel, rows[i], columns[j])  # noqa: E731
        return folded(self.gradient[windows], won, self.keep, at)

    @property
    def _adaptive(self) -> bool:
        return self.operation.kind == "AdaptiveMaxPool2d"

    @cached_property
    def _winners(self) -> np.ndarray:
        """int64, as the output: where in the flat input the largest stands; ties as PyTorch's."""
        layer, x = self.layer, self.operation.inputs[0]
        one = x.detach()[self.picture : self.picture + 1]
        if self._adaptive:
            _, winners = F.adaptive_max_pool2d(one, layer.output_size, return_indices=True)
        else:
            sizes = layer.kernel_size, layer.stride, layer.padding
            _, winners = F.max_pool2d(one, *sizes, return_indices=True)
        return winners[0].cpu().numpy()

    def _span(self, axis: int, i: int) -> tuple[int, int]:
        """The rows (axis 0) or columns (1) of the input that window number i reads: from, to."""
        size = self.x.shape[axis + 1]
        if self._adaptive:
            parts = self.y.shape[axis + 1]
            return i * size // parts, -(-(i + 1) * size // parts)
        layer = self.layer
        kernel, stride, padding = (
            _pair(n)[axis] for n in (layer.kernel_size, layer.stride, layer.padding)
        )
        start = i * stride - padding
        return max(0, start), min(size, start + kernel)


def _within(place: int, span: tuple[int, int]) -> bool:
    """Whether from <= place < to."""
    return span[0] <= place < span[1]


def _pair(value) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)
