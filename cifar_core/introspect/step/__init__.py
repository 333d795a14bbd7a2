"""One training step, opened: the real numbers from the batch to the weights after the update."""

from cifar_core.introspect.step.cells import (
    AddCell,
    Cell,
    ConvCell,
    GeluCell,
    LinearCell,
    NormCell,
    PoolCell,
    ScaleCell,
)
from cifar_core.introspect.step.facts import (
    BackwardLayer,
    Batch,
    ForwardLayer,
    Gradient,
    Loss,
    OpenedStep,
    Orthogonal,
    ParameterUpdate,
    WeightGradient,
    WeightUpdate,
)
from cifar_core.introspect.step.open import open_step
from cifar_core.introspect.step.sums import Sum, Term

__all__ = [
    "AddCell",
    "BackwardLayer",
    "Batch",
    "Cell",
    "ConvCell",
    "ForwardLayer",
    "GeluCell",
    "Gradient",
    "LinearCell",
    "Loss",
    "NormCell",
    "OpenedStep",
    "Orthogonal",
    "ParameterUpdate",
    "PoolCell",
    "ScaleCell",
    "Sum",
    "Term",
    "WeightGradient",
    "WeightUpdate",
    "open_step",
]
