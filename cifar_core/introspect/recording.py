"""Every operation of a forward pass, with its tensors: layers, and functions between layers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

KINDS = {"relu": "ReLU", "flatten": "Flatten", "add": "Add", "mul": "Scale", "div": "Divide"}
"""Functions that do what a layer could do, by the kind of that layer."""


@dataclass(frozen=True)
class Operation:
    """One call in the forward pass. The tensors are the net's own: read them, do not change them.

    name: of the layer ("block1.0") or of the function and where it was called ("residual1.add");
    a second call of the same has " 2" after it. kind: Conv2d, ReLU, Add ...
    layer: the module; None for a function. arguments: the function's, without its tensors.
    factors: of a Dropout, what it multiplied each number by; None where nothing can tell.
    inputs: tensors, batch first. sources: for each input the number of the operation that made it,
    -1 for the net's own input. A tensor that changed in place shows what was left in it.
    """

    name: str
    kind: str
    layer: nn.Module | None
    arguments: tuple
    inputs: tuple[Tensor, ...]
    sources: tuple[int, ...]
    output: Tensor
    factors: Tensor | None = None


@dataclass(frozen=True)
class LossCall:
    """A call of cross_entropy. scores: (N, classes), as given. targets: int64 (N,). value: 0-d."""

    scores: Tensor
    targets: Tensor
    label_smoothing: float
    value: Tensor


@dataclass
class Recording:
    """What `record` fills: the operations in their order, and the loss if one was computed."""

    operations: list[Operation] = field(default_factory=list)
    loss: LossCall | None = None


@contextmanager
def record(model: nn.Module) -> Iterator[Recording]:
    """Inside the `with`, the model's forward passes are recorded; nothing is computed otherwise.

    Outputs that are part of an autograd graph keep their gradient (`output.grad`) in a backward
    pass. The hooks are removed at the end; mode, weights and gradients of weights are not touched.
    """
    recording = Recording()
    watch = _Watch(recording, {layer: name for name, layer in model.named_modules()})
    handles = []
    for layer in model.modules():
        handles.append(layer.register_forward_pre_hook(watch.enter))
        handles.append(layer.register_forward_hook(watch.leave, always_call=True))
    try:
        with watch:
            yield recording
    finally:
        for handle in handles:
            handle.remove()


class _Watch(TorchFunctionMode):
    """Hooks see the layers; this mode sees the functions that a `forward` calls between them."""

    def __init__(self, recording: Recording, names: dict[nn.Module, str]):
        super().__init__()
        self.recording, self.names = recording, names
        self.inside: list[nn.Module] = []  # the modules whose forward is running, outermost first
        self.made: dict[int, int] = {}  # id of a tensor -> the operation that made it

    def enter(self, layer: nn.Module, inputs: tuple) -> None:
        if not self.inside:
            self.made.update({id(tensor): -1 for tensor in inputs})
        self.inside.append(layer)

    def leave(self, layer: nn.Module, inputs: tuple, output) -> None:
        factors = _factors(layer, inputs, output)
        self.inside.pop()
        if _is_leaf(layer) and isinstance(output, Tensor):
            self._add(self.names[layer], type(layer).__name__, layer, inputs, output, factors)

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func is F.cross_entropy and not self.inside and args[0].requires_grad:
            args[0].retain_grad()  # where it is no layer's output: softmax of the scores, say
        output = func(*args, **(kwargs or {}))
        if func is F.cross_entropy and not self.inside:
            smoothing = (kwargs or {}).get("label_smoothing", 0.0)
            self.recording.loss = LossCall(args[0], args[1], smoothing, output)
        elif self.inside and not _is_leaf(self.inside[-1]) and _makes_numbers(func, output):
            where, name = self.names[self.inside[-1]], str(func.__name__)
            full = f"{where}.{name}" if where else name
            self._add(full, KINDS.get(name, name), None, args, output)
        return output

    def _add(
        self,
        name: str,
        kind: str,
        layer: nn.Module | None,
        args: tuple,
        output: Tensor,
        factors: Tensor | None = None,
    ):
        inputs = tuple(a for a in args if isinstance(a, Tensor) and id(a) in self.made)
        if not inputs:
            return  # a constant that the net made for itself
        if output.requires_grad:
            output.retain_grad()
        before = sum(o.name == name or o.name.startswith(f"{name} ") for o in self._operations)
        rest = tuple(a for a in args if not isinstance(a, Tensor))
        sources = tuple(self.made[id(tensor)] for tensor in inputs)
        self.made[id(output)] = len(self._operations)
        name = f"{name} {before + 1}" if before else name
        self._operations.append(
            Operation(name, kind, layer, rest, inputs, sources, output, factors)
        )

    @property
    def _operations(self) -> list[Operation]:
        return self.recording.operations


def _factors(layer: nn.Module, inputs: tuple, output) -> Tensor | None:
    """The mask of a dropout, scaled: d output / d input, while the graph still knows it."""
    if not isinstance(layer, nn.Dropout) or output is None or not inputs[0].requires_grad:
        return None
    ones = torch.ones_like(output)
    (factors,) = torch.autograd.grad(output, inputs[0], ones, retain_graph=True)
    inputs[0].grad = None  # what it keeps is for the backward pass of the loss
    return factors


def _is_leaf(layer: nn.Module) -> bool:
    return next(layer.children(), None) is None


def _makes_numbers(func, output) -> bool:
    is_property = getattr(func, "__name__", "__get__") == "__get__"
    return not is_property and isinstance(output, Tensor) and torch.is_floating_point(output)
