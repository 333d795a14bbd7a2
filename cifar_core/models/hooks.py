"""Looking at a net, which is left as it was: eval mode for a while, hooks removed, or a copy."""

import copy
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Eval mode and no gradients inside the `with`; every module is in its own mode after it."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training


@contextmanager
def watch_layers(
    model: nn.Module, seen: Callable[[str, nn.Module, torch.Tensor], None]
) -> Iterator[None]:
    """Inside the `with`, `seen(name, layer, output)` is called after each layer's forward pass.

    A layer is a module without children. The model is `evaluating` inside.
    """
    handles = [
        layer.register_forward_hook(lambda m, _inputs, output, name=name: seen(name, m, output))
        for name, layer in model.named_modules()
        if not list(layer.children())
    ]
    try:
        with evaluating(model):
            yield
    finally:
        for handle in handles:
            handle.remove()


def private_copy(model: nn.Module) -> nn.Module:
    """The net for one question alone, in eval mode, without the hooks that others put on it.

    Its weights ask for no gradients: those of pictures and activations are all that is wanted.
    """
    fields = [field for module in model.modules() for field in vars(module).items()]
    hooks = {id(value): OrderedDict() for name, value in fields if name.endswith("_hooks")}
    return copy.deepcopy(model, hooks).eval().requires_grad_(False)
