"""What every layer puts out for given pictures, read with module hooks; nothing is left behind."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from cifar_core.data import normalise
from cifar_core.models.hooks import watch_layers


@dataclass(frozen=True)
class LayerRecord:
    """One layer's output: name in the net, kind (Conv2d), float32 values with the batch first."""

    name: str
    kind: str
    values: np.ndarray


def activations(model: nn.Module, inputs: torch.Tensor) -> list[LayerRecord]:
    """The output of every layer, in the order in which the forward pass calls them.

    inputs: float (B, 3, 32, 32), normalised, on the model's device.
    """
    records: list[LayerRecord] = []

    def record(name: str, layer: nn.Module, output: torch.Tensor) -> None:
        # a copy: an in-place layer after this one would change what was recorded
        values = output.detach().float().cpu().numpy().copy()  # sync
        records.append(LayerRecord(name, type(layer).__name__, values))

    with watch_layers(model, record):
        model(inputs)
    return records


def trace(trainer, images: np.ndarray) -> list[LayerRecord]:
    """`activations` for a run: session.call(trace, images) looks at the live weights.

    images: uint8 (B, 3, 32, 32); normalised as the run's own pictures are.
    """
    pixels = torch.from_numpy(images).to(trainer.device)
    return activations(trainer.model, normalise(pixels, trainer.mean, trainer.std))
