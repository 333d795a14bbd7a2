"""Which number of each layer is traced: one path from the picture to an answer."""

from cifar_core.introspect.recording import Operation
from cifar_core.introspect.step.cells import Cell, Index
from cifar_core.introspect.step.gelu import GeluLayer
from cifar_core.introspect.step.layers import AddLayer, Layer, ScaleLayer
from cifar_core.introspect.step.norm import NormLayer
from cifar_core.introspect.step.pool import PoolLayer
from cifar_core.introspect.step.products import ConvLayer, LinearLayer

KNOWN: dict[str, type[Layer]] = {
    "Conv2d": ConvLayer,
    "Whitening": ConvLayer,
    "Linear": LinearLayer,
    "BatchNorm1d": NormLayer,
    "BatchNorm2d": NormLayer,
    "MaxPool2d": PoolLayer,
    "AdaptiveMaxPool2d": PoolLayer,
    "ReLU": ScaleLayer,
    "GELU": GeluLayer,
    "Dropout": ScaleLayer,
    "Flatten": ScaleLayer,
    "Scale": ScaleLayer,
    "Divide": ScaleLayer,
    "Add": AddLayer,
}


def lay_open(operation: Operation, picture: int, keep: int) -> Layer:
    """The operation with the arithmetic of its kind; kinds not in KNOWN show only their numbers."""
    kind = KNOWN.get(operation.kind, Layer)
    return (kind if kind.fits(operation) else Layer)(operation, picture, keep)


def trace_path(layers: list[Layer], start: int, index: Index) -> list[Cell]:
    """One cell of each layer, in their order; that of layer number `start` stands at `index`.

    Towards the loss the path follows the largest part of the cell's gradient, towards the picture
    the largest part of its value. A layer off the path, in another branch, joins where it meets it.
    """
    indexes = {start: index}
    follow: dict[int, tuple[int, Index]] = {}  # what the cells after `start` come from
    for i in range(start + 1, len(layers)):
        for branch, source in enumerate(layers[i].operation.sources):
            if source in indexes and i not in indexes:
                flow = layers[i].flow(indexes[source])
                if flow and flow.terms:
                    follow[i] = branch, indexes[source]
                    indexes[i] = flow.terms[0].index
    cells: dict[int, Cell] = {}
    beside: dict[int, Index] = {}  # where other branches meet the path, which goes before them
    for i in reversed(range(len(layers))):
        layer = layers[i]
        index = indexes.get(i) or beside.get(i) or layer.interesting()
        cell = cells[i] = layer.cell(index, follow.get(i))
        for branch, source in enumerate(layer.operation.sources):
            if cell.source is not None and (branch == cell.branch or isinstance(layer, AddLayer)):
                on_path = i in indexes and branch == cell.branch
                (indexes if on_path else beside).setdefault(source, cell.source)
    return [cells[i] for i in range(len(layers))]
