"""The arithmetic of single numbers in batch norm, where each hangs on its whole channel."""

from typing import Any

import numpy as np

from cifar_core.introspect.recording import Operation
from cifar_core.introspect.step.cells import Cell, Index, NormCell
from cifar_core.introspect.step.layers import Layer, gradient_of, numbers
from cifar_core.introspect.step.sums import Sum, folded, listed


class NormLayer(Layer):
    """BatchNorm2d and BatchNorm1d, after Ioffe and Szegedy (2015)."""

    @classmethod
    def fits(cls, operation: Operation) -> bool:
        layer: Any = operation.layer
        return layer.training or layer.running_mean is not None

    @property
    def formula(self) -> str:
        count, eps = self._count, self.layer.eps
        over = f"mean and variance of a channel's {count} numbers" if count else "running figures"
        return f"(x − mean) / √(variance + {eps:g}) × gamma + beta; {over}"

    def cell(self, index: Index, follow: tuple[int, Index] | None = None) -> Cell:
        before, (mean, variance) = float(self.x[index]), self._moments(index[0])
        gamma, beta = self._affine(index[0])
        eps = self.layer.eps
        normalised = (before - mean) / np.sqrt(variance + eps)
        return NormCell(
            index, self.value(index), index, 0, before, mean, variance, self._count, eps,
            float(normalised), gamma, beta,
        )  # fmt: skip

    def flow(self, source: Index) -> Sum:
        """Three products with gamma / √(variance + eps): directly, through the mean, the variance.

        In eval mode the mean and variance are constants, and only the first is there.
        """
        channel = source[0]
        _, variance = self._moments(channel)
        gamma, _ = self._affine(channel)
        slope = gamma / np.sqrt(variance + self.layer.eps)
        own = float(self.gradient[source])
        if not self._count:
            return listed([(own, slope)], source)
        gradients, normalised = self._channel(channel)
        through_mean = -gradients.mean()
        through_variance = (
            -normalised[(self.picture, *source[1:])] * (gradients * normalised).mean()
        )
        return listed([(own, slope), (through_mean, slope), (through_variance, slope)], source)

    def weight(self, cell: Cell) -> tuple[str, Index, Sum] | None:
        if self.layer.weight is None:
            return None
        channel = cell.index[0]
        return "weight", (channel,), folded(*self._channel(channel), self.keep)

    @property
    def _count(self) -> int:
        """How many numbers the mean is over; 0 where the layer uses its running figures."""
        x = self.operation.inputs[0]
        return x.numel() // x.shape[1] if self.layer.training else 0

    def _moments(self, channel: int) -> tuple[float, float]:
        layer = self.layer
        if not self._count:
            return float(layer.running_mean[channel]), float(layer.running_var[channel])
        x = numbers(self.operation.inputs[0][:, channel]).astype(np.float64)
        return float(x.mean()), float(x.var())

    def _affine(self, channel: int) -> tuple[float, float]:
        layer = self.layer
        if layer.weight is None:
            return 1.0, 0.0
        return layer.weight[channel].item(), layer.bias[channel].item()

    def _channel(self, channel: int) -> tuple[np.ndarray, np.ndarray]:
        """float64 (N, H, W) or (N,): a channel's gradients, and its normalised numbers."""
        mean, variance = self._moments(channel)
        gradients = numbers(gradient_of(self.operation.output)[:, channel]).astype(np.float64)
        x = numbers(self.operation.inputs[0][:, channel]).astype(np.float64)
        return gradients, (x - mean) / np.sqrt(variance + self.layer.eps)
