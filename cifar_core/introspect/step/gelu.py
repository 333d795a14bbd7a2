"""The arithmetic of single numbers in a GELU: a number times the normal distribution below it."""

import math

from cifar_core.introspect.recording import Operation
from cifar_core.introspect.step.cells import GeluCell, Index
from cifar_core.introspect.step.layers import Layer
from cifar_core.introspect.step.sums import Sum, single


class GeluLayer(Layer):
    """GELU as it is defined; PyTorch's tanh approximation is another function."""

    @classmethod
    def fits(cls, operation: Operation) -> bool:
        return getattr(operation.layer, "approximate", "") == "none"

    @property
    def formula(self) -> str:
        return "x × Φ(x), where Φ(x) is the share of a normal distribution below x"

    def cell(self, index: Index, follow: tuple[int, Index] | None = None) -> GeluCell:
        before = float(self.x[index])
        below = math.erfc(-before / math.sqrt(2)) / 2
        height = math.exp(-before * before / 2) / math.sqrt(2 * math.pi)
        return GeluCell(
            index, self.value(index), index, 0, before, below, height, below + before * height
        )

    def flow(self, source: Index) -> Sum:
        return single(float(self.gradient[source]), self.cell(source).slope, source)
