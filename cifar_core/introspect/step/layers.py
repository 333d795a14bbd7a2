"""The arithmetic of single numbers in layers without weights: a number scaled, or two added."""

from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cifar_core.introspect.recording import Operation
from cifar_core.introspect.step.cells import AddCell, Cell, Index, ScaleCell
from cifar_core.introspect.step.sums import Sum, single


class Layer:
    """One operation and what it did with one picture; as it stands, for kinds not known here.

    keep: how many products of a long sum are shown. x, y: float32, the picture's input and output.
    """

    def __init__(self, operation: Operation, picture: int, keep: int):
        self.operation, self.picture, self.keep = operation, picture, keep
        self.layer: Any = operation.layer
        # a layer that computes in bfloat16 rounds what comes in: these are the numbers it used
        self.x = numbers(operation.inputs[0][picture].to(operation.output.dtype))
        self.y = numbers(operation.output[picture])

    @classmethod
    def fits(cls, operation: Operation) -> bool:
        """Whether this class knows what the operation computes, whatever its settings."""
        return True

    @property
    def formula(self) -> str:
        """What the layer computes, in a few words with its real sizes."""
        return ""

    @cached_property
    def gradient(self) -> np.ndarray:
        """d loss / d output, float32, for the picture."""
        return numbers(gradient_of(self.operation.output)[self.picture])

    def cell(self, index: Index, follow: tuple[int, Index] | None = None) -> Cell:
        """How the output at index came about. follow: (branch, source), where the trace goes on."""
        branch, source = follow or (0, None)
        return Cell(index, self.value(index), source, branch)

    def flow(self, source: Index) -> Sum | None:
        """The gradient of the input at source, as far as it comes through this layer.

        first: the gradient of an output. second: how much that output moves with the input.
        index: of the output. None: not known.
        """
        return None

    def weight(self, cell: Cell) -> tuple[str, Index, Sum] | None:
        """The weight between the cell and its source: its name, its index, its gradient's sum.

        first: the gradient of an output. second: what the weight met there. index: (picture,
        row, column) or (picture,). A bias, which meets 1, where the layer learns nothing else.
        None: there is none.
        """
        return None

    def value(self, index: Index) -> float:
        """The output at index."""
        return float(self.y[index])

    def interesting(self, channel: int | None = None) -> Index:
        """The largest output, of one channel or of all: one below 0 would end at the next ReLU."""
        size = np.nan_to_num(self.y, nan=np.inf)
        if channel is None:
            return unravel(int(size.argmax()), size.shape)
        return (channel, *unravel(int(size[channel].argmax()), size.shape[1:]))


class ScaleLayer(Layer):
    """ReLU, Dropout, Flatten, and everything times, or divided by, a number."""

    @classmethod
    def fits(cls, operation: Operation) -> bool:
        scales = operation.kind in ("Scale", "Divide")
        return not scales or isinstance(_number(operation), int | float)

    @property
    def formula(self) -> str:
        kind, layer = self.operation.kind, self.layer
        if kind == "Flatten":
            return f"{times(self.x.shape)} numbers in one row of {self.y.size}"
        if kind == "Dropout":
            return f"0 with a chance of {layer.p:g}, else x × {self._kept:.4g}"
        if kind == "ReLU":
            return "max(0, x)"
        return f"x {'×' if kind == 'Scale' else '/'} {_number(self.operation):g}"

    def cell(self, index: Index, follow: tuple[int, Index] | None = None) -> Cell:
        flat = self.operation.kind == "Flatten"
        source = unravel(int(np.ravel_multi_index(index, self.y.shape)), self.x.shape)
        source = source if flat else index
        before = float(self.x[source])
        return ScaleCell(
            index, self.value(index), source, 0, before, self._factor_at(source, index)
        )

    def flow(self, source: Index) -> Sum:
        index = source
        if self.operation.kind == "Flatten":
            index = unravel(int(np.ravel_multi_index(source, self.x.shape)), self.y.shape)
        return single(float(self.gradient[index]), self._factor_at(source, index), index)

    @cached_property
    def _factors(self) -> np.ndarray | None:
        factors = self.operation.factors
        return None if factors is None else numbers(factors[self.picture])

    @property
    def _kept(self) -> float:
        layer = self.layer
        return 1 / (1 - layer.p) if layer.training and layer.p < 1 else 1.0

    def _factor_at(self, source: Index, index: Index) -> float:
        kind = self.operation.kind
        if kind == "ReLU":
            return float(self.x[source] > 0)
        if kind == "Dropout":
            if self._factors is not None:
                return float(self._factors[index])
            return self._kept if self.y[index] else 0.0  # on the picture itself
        if kind == "Flatten":
            return 1.0
        number = float(_number(self.operation))
        return number if kind == "Scale" else 1 / number


class AddLayer(Layer):
    """Two inputs of one shape, added."""

    @classmethod
    def fits(cls, operation: Operation) -> bool:
        shapes = [tensor.shape for tensor in operation.inputs]
        return len(shapes) == 2 and shapes[0] == shapes[1]

    @property
    def formula(self) -> str:
        return "x + y"

    def cell(self, index: Index, follow: tuple[int, Index] | None = None) -> Cell:
        inputs = self.operation.inputs
        addends = tuple(tensor[self.picture][index].item() for tensor in inputs)
        branch = follow[0] if follow else int(np.abs(addends).argmax())
        return AddCell(index, self.value(index), index, branch, addends)

    def flow(self, source: Index) -> Sum:
        return single(float(self.gradient[source]), 1.0, source)


def numbers(tensor: Tensor) -> np.ndarray:
    """float32 values on the CPU, of any tensor."""
    return tensor.detach().float().cpu().numpy()  # sync


def gradient_of(tensor: Tensor) -> Tensor:
    """What backward left at a tensor that kept its gradient; zeros if the loss did not use it."""
    return torch.zeros_like(tensor) if tensor.grad is None else tensor.grad


def unravel(flat: int, shape: tuple[int, ...]) -> Index:
    """The index in an array of this shape."""
    return tuple(int(n) for n in np.unravel_index(flat, shape))


def times(sizes) -> str:
    """(3, 5, 5) as "3 × 5 × 5"."""
    return " × ".join(str(n) for n in sizes)


def _number(operation: Operation) -> Any:
    """What a function multiplies by, or divides by."""
    return operation.arguments[0] if operation.arguments else None
