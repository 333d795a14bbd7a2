"""What an opened step holds, in the order in which it happens: plain data, nothing to call."""

from dataclasses import dataclass

import numpy as np

from cifar_core.introspect.step.cells import Cell, Index
from cifar_core.introspect.step.sums import Sum


@dataclass(frozen=True)
class Batch:
    """images: uint8 (k, 3, side, side), the first k pictures, augmented as the net sees them.

    labels: int64 (N,), of all. shape: of the whole batch. side: of the pictures before a run that
    begins with smaller ones made them so. mean, std: a channel, from 0 to 1.
    picture: position in the batch of the chosen one; its pixels, uint8 (3, side, side), and what
    the net takes in, inputs = (pixels / 255 - mean) / std, float32 (3, side, side).
    """

    images: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    shape: tuple[int, ...]
    side: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    picture: int
    pixels: np.ndarray
    inputs: np.ndarray


@dataclass(frozen=True)
class ForwardLayer:
    """One layer, or one function between layers, in the order of the forward pass.

    reads: the names of the layers whose output it takes; "" is the batch. parameters: how many
    numbers training can change. shape_in, shape_out: with the batch first.
    """

    name: str
    kind: str
    formula: str
    reads: tuple[str, ...]
    shape_in: tuple[int, ...]
    shape_out: tuple[int, ...]
    parameters: int
    cell: Cell


@dataclass(frozen=True)
class Loss:
    """From the chosen picture's scores to the mean over the batch. Arrays of (classes,), float64.

    given: softmax(logits), where a run gives cross_entropy that instead of logits; else None.
    exps = e^(g - max(g)), g being what is given; probabilities = exps / sum(exps), targets: 1 at
    the label, or 1 - s + s / classes there and s / classes elsewhere with label smoothing s.
    picture_loss = -sum(targets x log(probabilities)): without smoothing, -log(right).
    losses: float32 (N,), each picture's. mean: their mean, as the net computed it.
    gradient: d mean / d logits = (probabilities - targets) / N, what backward starts from in the
    net. Where softmax(logits) is given, that is given_gradient, d mean / d given, and gradient =
    given x (given_gradient - sum(given x given_gradient)).
    """

    logits: np.ndarray
    given: np.ndarray | None
    exps: np.ndarray
    probabilities: np.ndarray
    targets: np.ndarray
    label: int
    right: float
    label_smoothing: float
    picture_loss: float
    losses: np.ndarray
    mean: float
    gradient: np.ndarray
    given_gradient: np.ndarray | None


@dataclass(frozen=True)
class Gradient:
    """The gradient of a whole tensor: shape, and norm = sqrt(sum of squares)."""

    name: str
    shape: tuple[int, ...]
    norm: float


@dataclass(frozen=True)
class WeightGradient:
    """gradient = products.total: over the batch and all places where the weight is used.

    name: "conv1.weight". index: the weight between the traced cell and its source. In a product,
    first is an output's gradient, second what the weight met there, index (picture, row, column).
    Where only the bias is trained, it is the cell's: it met 1 everywhere.
    """

    name: str
    index: Index
    gradient: float
    products: Sum


@dataclass(frozen=True)
class BackwardLayer:
    """One layer on the way back. Gradients are d loss / d what is named, of this step alone.

    output, input: of the whole batch's tensors; None where nothing that leads there is learnt, as
    for the batch of pictures: backward does not work it out. parameters: one each.
    cell_gradient: at the traced cell. source_gradient: at its source in the input.
    flow: the chain rule, source_gradient = sum of (an output's gradient x how much that output
    moves with the source), index being the output's; None where it is not known or not needed.
    also_read_by: layers that read the same input: their flow adds to the source_gradient.
    """

    name: str
    kind: str
    output: Gradient | None
    input: Gradient | None
    parameters: tuple[Gradient, ...]
    cell_gradient: float | None
    source_gradient: float | None
    flow: Sum | None
    also_read_by: tuple[str, ...]
    weight: WeightGradient | None


@dataclass(frozen=True)
class ParameterUpdate:
    """One tensor of weights. gradient_norm: of what stands in .grad, which the optimiser follows.

    ratio = update_norm / weight_norm; None where all weights are 0.
    """

    name: str
    shape: tuple[int, ...]
    weight_norm: float
    gradient_norm: float
    update_norm: float
    ratio: float | None


@dataclass(frozen=True)
class Orthogonal:
    """Muon's step for one weight of a kernel, in which the whole kernel takes part.

    shape: (outputs, inputs), of the kernel as a matrix. norm: of the kernel before the step, which
    first makes the weight rescaled = before x sqrt(outputs) / norm. momentum: what SGD's direction
    would be; the weight's number in that matrix made orthogonal is the step's direction.
    other_momentum: likewise, for other_direction.
    """

    shape: tuple[int, int]
    norm: float
    rescaled: float
    momentum: float
    other_momentum: float


@dataclass(frozen=True)
class WeightUpdate:
    """One weight in SGD or Muon, all float32 as the optimiser has them.

    pulled = followed + weight_decay x before, followed being gradient, or uncleared in a run that
    never clears its gradients (cleared False); buffer_after = momentum x buffer_before + pulled
    (pulled where there was none); direction = buffer_after, with Nesterov pulled + momentum x
    buffer_after, without momentum pulled; after = before - lr x direction. Where orthogonal is not
    None the direction is another, and after = orthogonal.rescaled - lr x direction.
    scale: lr is the step's learning rate times this, which is 1 but for Muon's other weights.
    gradient: of this step alone. last_gradient: what stood in .grad before it; None at a run's
    first step here. uncleared: what backward leaves without zero_grad, last_gradient + gradient.
    other_direction, other_after: what the step would make of the other of the two, were zero_grad
    forgotten, or in a run that forgets it, were it not.
    """

    name: str
    index: Index
    before: float
    gradient: float
    weight_decay: float
    pulled: float
    momentum: float
    nesterov: bool
    buffer_before: float | None
    buffer_after: float | None
    direction: float
    lr: float
    scale: float
    after: float
    last_gradient: float | None
    uncleared: float
    cleared: bool
    other_direction: float
    other_after: float
    orthogonal: Orthogonal | None

    @property
    def followed(self) -> float:
        """What stands in .grad when the optimiser reads it."""
        return self.gradient if self.cleared else self.uncleared


@dataclass(frozen=True)
class OpenedStep:
    """The run's next step. step: its number, from 1. epoch: from 0. chosen: the layer asked for.

    faults: the names of the mistakes that the run is trained with on purpose. precision: float32,
    or bfloat16, in which layers compute where PyTorch's autocast lets them.

    backward is in the order of the backward pass: the last layer first. weights: the traced
    weight of each layer that has one, in forward order.
    """

    step: int
    epoch: int
    lr: float
    faults: tuple[str, ...]
    precision: str
    chosen: str
    batch: Batch
    forward: tuple[ForwardLayer, ...]
    loss: Loss
    backward: tuple[BackwardLayer, ...]
    parameters: tuple[ParameterUpdate, ...]
    weights: tuple[WeightUpdate, ...]
