"""The nets by name or written down, and what a page can say of one without reading its code."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from cifar_core.models.airbench import AirbenchNet
from cifar_core.models.convnet import ConvNet
from cifar_core.models.fastnet import FastNet, WideFastNet
from cifar_core.models.hooks import watch_layers
from cifar_core.models.mlp import MLP
from cifar_core.models.own import is_own, parse, spec
from cifar_core.models.own_shapes import build
from cifar_core.models.resnet import ResNet9
from cifar_core.models.tutorial_net import TutorialNet


@dataclass(frozen=True)
class ModelInfo:
    """A net as the registry knows it. `build(num_classes)` makes it with fresh weights.

    name: what `model_info` finds it by; for a net that was written down, its canonical text.
    """

    name: str
    title: str
    summary: str
    build: Callable[[int], nn.Module]


@dataclass(frozen=True)
class LayerShape:
    """A layer as it was called: its name, its kind, its output's shape, its parameters."""

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int


MODELS: dict[str, ModelInfo] = {
    info.name: info
    for info in (
        ModelInfo("tutorial", "Tutorial net", "the tutorial's net: 2 convolutions", TutorialNet),
        ModelInfo("mlp", "MLP", "no convolution: every pixel to every unit", MLP),
        ModelInfo("convnet", "Convnet", "4 convolutions with batch norm", ConvNet),
        ModelInfo("fastnet", "Fast net", "5 convolutions, made for two CPU cores", FastNet),
        ModelInfo("widefast", "Wide fast net", "the fast net, twice as wide", WideFastNet),
        ModelInfo("resnet", "ResNet-9", "8 convolutions with shortcuts, slow on a CPU", ResNet9),
        ModelInfo(
            "airbench",
            "Airbench net",
            "10 convolutions, the first whitened; takes hours",
            AirbenchNet,
        ),
    )
}


def list_models() -> list[str]:
    """The names that `create_model` knows, simplest first."""
    return list(MODELS)


def model_info(name: str) -> ModelInfo:
    """A net by its name, or by its layers: "own: Flatten(), Linear(3072, 10)" (see own.py).

    Raises ValueError, a sentence: an unknown name, or layers that are none of PyTorch's. Whether
    they fit one another is found out by `build`, which raises ValueError where they do not.
    """
    if is_own(name):
        layers = parse(name)
        about = f"{len(layers)} layers of your own" if len(layers) > 1 else "1 layer of your own"
        return ModelInfo(spec(layers), "Own net", about, partial(build, layers))
    if not isinstance(name, str) or name not in MODELS:
        raise ValueError(f"There is no model {name!r}: choose one of {', '.join(MODELS)}.")
    return MODELS[name]


def create_model(name: str, num_classes: int = 10) -> nn.Module:
    """A net with fresh weights from PyTorch's global generator.

    name: as for `model_info`. Raises ValueError, a sentence: there is no such net.
    """
    return model_info(name).build(num_classes)


def count_parameters(model: nn.Module) -> int:
    """How many numbers training can change."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def layer_shapes(model: nn.Module, input_shape=(1, 3, 32, 32)) -> list[LayerShape]:
    """The layers in the order in which a forward pass calls them. The model is left as it was."""
    layers: list[LayerShape] = []

    def record(name: str, layer: nn.Module, output: torch.Tensor) -> None:
        kind = type(layer).__name__
        layers.append(LayerShape(name, kind, tuple(output.shape), count_parameters(layer)))

    device = next(model.parameters()).device
    with watch_layers(model, record), torch.no_grad():
        model(torch.zeros(input_shape, device=device))
    return layers
