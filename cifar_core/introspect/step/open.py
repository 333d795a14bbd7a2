"""Opens a run's next step: batch, forward, loss, backward and update, with its real numbers."""

import numpy as np

from cifar_core.config import FAULTS
from cifar_core.introspect.norms import norm
from cifar_core.introspect.recording import Operation
from cifar_core.introspect.step.cells import Cell, Index
from cifar_core.introspect.step.facts import (
    BackwardLayer,
    Batch,
    ForwardLayer,
    Gradient,
    OpenedStep,
    WeightGradient,
)
from cifar_core.introspect.step.layers import Layer, gradient_of, numbers
from cifar_core.introspect.step.loss import open_loss
from cifar_core.introspect.step.path import lay_open, trace_path
from cifar_core.introspect.step.taken import Taken, take_step
from cifar_core.introspect.step.update import open_parameters, open_weight


def open_step(
    trainer,
    picture: int = 0,
    layer: str | None = None,
    index: Index = (),
    shown: int = 16,
    terms: int = 4,
) -> OpenedStep:
    """The step that the trainer would take next, laid open; the trainer is left as it was.

    picture: the position in the batch of the one whose numbers are traced.
    layer, index: the number through which the trace goes: a name from `OpenedStep.forward` and
    (channel, row, column) or (unit,) there; with (channel,) or () the largest number of that
    channel or layer is taken, without a layer the last layer's answer for the right class.
    shown: how many pictures `Batch.images` holds. terms: how many products of a long sum are shown.
    Raises ValueError: the run is over, or there is no such picture, layer or index.
    For a run in a session: session.call(open_step, 3, "conv2", (4, 2, 2)).
    """
    with np.errstate(all="ignore"):  # a diverged run has inf and nan in it, which are shown
        taken = take_step(trainer)
        _check(0 <= picture < len(taken.labels), f"a picture from 0 to {len(taken.labels) - 1}")
        _check(terms >= 1 and shown >= 0, "1 term or more, and 0 pictures or more")
        layers = [lay_open(operation, picture, terms) for operation in taken.operations]
        start, index = _choose(layers, layer, index, int(taken.labels[picture]))
        cells = trace_path(layers, start, index)
        backward = [
            _backward(taken, opened, cell) for opened, cell in zip(layers, cells, strict=True)
        ]
        weights = [opened.weight for opened in backward if opened.weight]
        return OpenedStep(
            step=taken.step,
            epoch=taken.epoch,
            lr=taken.lr,
            faults=tuple(sorted(trainer.faults, key=FAULTS.index)),
            precision=trainer.config.precision,
            chosen=taken.operations[start].name,
            batch=_batch(trainer, taken, picture, shown),
            forward=tuple(
                forward_layer(taken.operations, opened, cell)
                for opened, cell in zip(layers, cells, strict=True)
            ),
            loss=open_loss(taken.loss, taken.operations[-1].output, picture),
            backward=tuple(reversed(backward)),
            parameters=open_parameters(taken),
            weights=tuple(open_weight(taken, trainer, w.name, w.index) for w in weights),
        )


def _choose(layers: list[Layer], name: str | None, index: Index, label: int) -> tuple[int, Index]:
    """The number and the full index of the layer that was asked for."""
    if name is None:
        return len(layers) - 1, (label,)
    names = [layer.operation.name for layer in layers]
    _check(name in names, f"one of the layers {', '.join(names)}")
    start = names.index(name)
    shape = layers[start].y.shape
    fits = len(index) in (0, 1, len(shape)) and all(
        0 <= i < size for i, size in zip(index, shape, strict=False)
    )
    _check(fits, f"an index in {name}, whose shape is {tuple(shape)}")
    if len(index) == len(shape):
        return start, tuple(index)
    return start, layers[start].interesting(*index)


def _check(fits: bool, expected: str) -> None:
    if not fits:
        raise ValueError(f"This step has nothing there: choose {expected}.")


def _batch(trainer, taken: Taken, picture: int, shown: int) -> Batch:
    images = taken.images.cpu().numpy()
    return Batch(
        images[:shown].copy(),
        taken.labels.cpu().numpy().copy(),
        trainer.data.train.classes,
        images.shape,
        trainer.data.train.images.shape[-1],
        tuple(trainer.mean.flatten().tolist()),
        tuple(trainer.std.flatten().tolist()),
        picture,
        images[picture].copy(),
        numbers(taken.operations[0].inputs[0][picture]).copy(),
    )


def forward_layer(operations: list[Operation], layer: Layer, cell: Cell) -> ForwardLayer:
    """One of the operations of a forward pass as plain data."""
    operation = layer.operation
    return ForwardLayer(
        operation.name,
        operation.kind,
        layer.formula,
        tuple(operations[i].name if i >= 0 else "" for i in operation.sources),
        tuple(operation.inputs[0].shape),
        tuple(operation.output.shape),
        sum(p.numel() for p in operation.layer.parameters()) if operation.layer else 0,
        cell,
    )


def _backward(taken: Taken, layer: Layer, cell: Cell) -> BackwardLayer:
    operation = layer.operation
    inputs, output = operation.inputs[cell.branch], operation.output
    source_gradient = flow = None
    if inputs.requires_grad and cell.source is not None:
        source_gradient = float(gradient_of(inputs)[layer.picture][cell.source])
        flow = layer.flow(cell.source)
    return BackwardLayer(
        operation.name,
        operation.kind,
        _gradient("output", output),
        _gradient("input", inputs),
        tuple(
            Gradient(name, tuple(p.shape), norm(taken.gradients[name]))
            for name, p in _parameters(taken, operation)
        ),
        float(layer.gradient[cell.index]) if output.requires_grad else None,
        source_gradient,
        flow,
        tuple(
            other.name
            for other in taken.operations
            if other is not operation and operation.sources[cell.branch] in other.sources
        ),
        _weight(taken, layer, cell),
    )


def _weight(taken: Taken, layer: Layer, cell: Cell) -> WeightGradient | None:
    found = layer.weight(cell)
    if found is None:
        return None
    name, index, products = found
    weights = getattr(layer.layer, name)
    full = next(n for n, p in _parameters(taken, layer.operation) if p is weights)
    return WeightGradient(full, index, float(taken.gradients[full][index]), products)


def _parameters(taken: Taken, operation: Operation):
    """(full name, parameter) of the operation's layer."""
    own = list(operation.layer.parameters()) if operation.layer else []
    return [(n, p) for n, p in taken.model.named_parameters() if any(p is other for other in own)]


def _gradient(name: str, tensor) -> Gradient | None:
    if not tensor.requires_grad:
        return None
    return Gradient(name, tuple(tensor.shape), norm(gradient_of(tensor)))
