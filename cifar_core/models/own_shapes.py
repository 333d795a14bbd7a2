"""What each layer of a net written down makes of a picture, up to the layer that does not fit.

Nothing of PyTorch is imitated: the layers are really run, on a picture of zeros, and the message of
one that fails is PyTorch's own. Before a layer is made and run, its costs are looked at.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cifar_core.models.own import KINDS, OwnLayer, layer_names, sequential

PICTURE = (3, 32, 32)
MOST_PARAMETERS = 5_000_000
MOST_NUMBERS = 250_000  # put out for one picture: 1 MB, and 128 MB for a batch of 128
MOST_PRODUCTS = 200_000_000  # for one picture; ResNet-9 has 95 million

ERRORS = (RuntimeError, ValueError, IndexError)  # that PyTorch raises for shapes


@dataclass(frozen=True)
class Mistake:
    """Where a net does not fit, and why.

    layer: its place, from 0; the number of layers where it is the loss that does not fit.
    message: PyTorch's own, or a sentence where PyTorch does not complain. hint: what to do, where
    no number would help. fit: (a layer's place, that layer with the number that fits), or None.
    pytorch: whether the message is PyTorch's.
    """

    layer: int
    message: str
    hint: str = ""
    fit: tuple[int, OwnLayer] | None = None
    pytorch: bool = False


@dataclass(frozen=True)
class Shapes:
    """shapes: after each layer, batch first, as far as they fit. mistake: None if all do."""

    shapes: tuple[tuple[int, ...], ...]
    mistake: Mistake | None


def shapes(layers: Sequence[OwnLayer], classes: int) -> Shapes:
    """Runs the layers one after another, then the loss, until one of them cannot.

    The batch is one picture, two where there is a batch norm, which needs more than one number.
    PyTorch's global generator is left as it was.
    """
    batch = 2 if any(layer.kind == "BatchNorm2d" for layer in layers) else 1
    x, found = torch.zeros(batch, *PICTURE), []
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        for place, (layer, too_much) in enumerate(zip(layers, _limits(layers, found), strict=True)):
            if too_much:
                return Shapes(tuple(found), Mistake(place, too_much))
            try:
                after = layer.module()(x)
            except ERRORS as error:
                fit = _fitting(layer, x)
                hint = "" if fit else _hint(layer, x)
                mistake = Mistake(place, _line(error), hint, (place, fit) if fit else None, True)
                return Shapes(tuple(found), mistake)
            x = after
            found.append(tuple(x.shape))
        return Shapes(tuple(found), _of_the_loss(layers, x, classes))


def check(layers: Sequence[OwnLayer], classes: int) -> None:
    """Raises ValueError, a sentence, where the net does not go from a picture to its loss."""
    mistake = shapes(layers, classes).mistake
    if mistake:
        raise ValueError(sentence(layers, classes, mistake))


def build(layers: Sequence[OwnLayer], classes: int) -> nn.Sequential:
    """The net, checked: (B, 3, 32, 32) floats -> (B, classes) logits. Raises ValueError."""
    check(layers, classes)
    return sequential(layers)


def sentence(layers: Sequence[OwnLayer], classes: int, mistake: Mistake) -> str:
    """The mistake in one line, with the layer's place and name."""
    message = mistake.message.rstrip(".")
    if mistake.layer == len(layers):
        return f"Your net does not end in a score for each of {classes} classes: {message}."
    name = layer_names(layer.kind for layer in layers)[mistake.layer]
    return f"Layer {mistake.layer + 1} of your net, {name}, does not fit: {message}."


def _limits(layers: Sequence[OwnLayer], found: list[tuple[int, ...]]) -> Iterator[str]:
    """Before each layer: why it is too large to be made, or "". found: the shapes until there."""
    parameters = numbers = products = 0
    for layer in layers:
        shape = found[-1][1:] if found else PICTURE
        parameters += layer.parameters
        made, multiplied = _costs(layer, shape)
        numbers, products = numbers + made, products + multiplied
        if parameters > MOST_PARAMETERS:
            yield f"the net has {parameters:,} parameters up to here, at most {MOST_PARAMETERS:,}."
        elif numbers > MOST_NUMBERS:
            yield (
                f"the layers put out {numbers:,} numbers a picture up to here, at most "
                f"{MOST_NUMBERS:,}: use fewer channels, or pool earlier."
            )
        elif products > MOST_PRODUCTS:
            yield (
                f"the net multiplies {products:,} times a picture up to here, at most "
                f"{MOST_PRODUCTS:,}: use fewer channels, smaller kernels, or pool earlier."
            )
        else:
            yield ""


def _costs(layer: OwnLayer, shape: tuple[int, ...]) -> tuple[int, int]:
    """(numbers put out, multiplications) for one picture; of a layer that cannot run, anything."""
    match layer.kind, layer.numbers:
        case "Conv2d", (inputs, outputs, kernel, stride, padding):
            sides = [max(0, (n + 2 * padding - kernel) // stride + 1) for n in shape[1:]]
            made = int(outputs * math.prod(sides))
            return made, int(made * inputs * kernel**2)
        case "Linear", (inputs, outputs):
            made = int(math.prod(shape[:-1]) * outputs)
            return made, int(made * inputs)
        case "MaxPool2d", (kernel,):
            return math.prod((shape[0], *(n // int(kernel) for n in shape[1:]))), 0
        case "Flatten", _:
            return 0, 0  # the same numbers, in another order
    return math.prod(shape), 0


def _fitting(layer: OwnLayer, x: Tensor) -> OwnLayer | None:
    """The layer with the one number changed, or two, with which it can read x."""
    names = [number.name for number in KINDS[layer.kind].numbers]
    for changes in _candidates(layer, x):
        values = {**dict(zip(names, layer.numbers, strict=True)), **changes}
        try:
            other = OwnLayer.of(layer.kind, values.values())
            if not any(_limits([other], [tuple(x.shape)])):
                other.module()(x)
                return other
        except ERRORS:
            continue
    return None


def _candidates(layer: OwnLayer, x: Tensor) -> list[dict[str, int]]:
    pictures, side = x.ndim == 4, min(x.shape[2:], default=0)
    match layer.kind:
        case "Conv2d" if pictures:
            channels = {"in_channels": x.shape[1]}
            kernel = {"kernel_size": min(int(layer.numbers[2]), side + 2 * int(layer.numbers[4]))}
            return [channels, kernel, channels | kernel]
        case "BatchNorm2d" if pictures:
            return [{"num_features": x.shape[1]}]
        case "MaxPool2d" if pictures:
            return [{"kernel_size": side}]
        case "Linear" if not pictures:
            return [{"in_features": x.shape[1]}]
    return []


def _hint(layer: OwnLayer, x: Tensor) -> str:
    if layer.kind == "Linear" and x.ndim == 4:
        return "A Linear reads rows of numbers, and here come pictures: put a Flatten before it."
    if layer.kind != "Linear" and x.ndim == 2:
        return "It reads pictures, and here come rows of numbers: move it before the Flatten."
    return ""


def _of_the_loss(layers: Sequence[OwnLayer], x: Tensor, classes: int) -> Mistake | None:
    """What cross_entropy says of x as the scores of `classes` classes."""
    place, message, pytorch = len(layers), "", False
    try:
        F.cross_entropy(x, torch.full((len(x),), classes - 1))
    except ERRORS as error:
        message, pytorch = _line(error), True
    if not pytorch and x.shape[1] != classes:
        message = (
            f"cross_entropy does not complain, but {x.shape[1] - classes} of the "
            f"{x.shape[1]} scores stand for no class."
        )
    if message:
        hint = f"End with a Flatten and a Linear whose out_features are {classes}."
        sizing = [i for i, layer in enumerate(layers) if layer.kind not in ("ReLU", "Dropout")]
        last = sizing[-1] if sizing else 0  # the one that makes so many scores
        if x.ndim == 2 and layers[last].kind == "Linear":
            fitting = replace(layers[last], numbers=(layers[last].numbers[0], classes))
            return Mistake(place, message, "", (last, fitting), pytorch)
        return Mistake(place, message, hint, None, pytorch)
    if not any(layer.parameters for layer in layers):
        return Mistake(place, "no layer has weights, so there is nothing to learn.",
                       "Add a Linear or a Conv2d.")  # fmt: skip
    return None


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0]
