"""What each layer of a net makes of one test picture: its first channels as grey maps."""

from dataclasses import dataclass

import numpy as np

from cifar_core.data import normalise
from cifar_core.introspect.recording import record
from cifar_core.models.hooks import evaluating


@dataclass(frozen=True)
class LayerSeen:
    """One layer's output for the picture. shape: without the batch, (C, H, W) or (units,).

    low, high: over all of the output, nan if it is not finite anywhere. maps: uint8 (k, H, W), the
    first k channels, 0 at low and 255 at high; of a vector (1, 1, k), its first k numbers.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    low: float
    high: float
    maps: np.ndarray


@dataclass(frozen=True)
class Seen:
    """step: optimiser updates so far. row: the picture's place among the test pictures.

    pixels: uint8 (3, 32, 32). label: the right class. probabilities: float32 (classes,).
    layers: in the order of the forward pass, functions between layers (ReLU) included.
    """

    step: int
    row: int
    pixels: np.ndarray
    label: int
    probabilities: np.ndarray
    layers: tuple[LayerSeen, ...]


def see_layers(trainer, row: int, channels: int = 8, units: int = 128) -> Seen:
    """One test picture on its way through the net that the run would answer with, in eval mode.

    channels, units: how many of a layer's channels or of a vector's numbers are kept. The run is
    left as it was; it costs one forward pass of one picture.
    Raises ValueError: there is no such test picture.
    """
    test, model = trainer.data.test, trainer.answering
    if not 0 <= row < len(test):
        raise ValueError("There is no such test picture: choose one that is shown.")
    images = test.images[row : row + 1]
    inputs = normalise(images.to(trainer.mean.device), trainer.mean, trainer.std)
    with evaluating(model), record(model) as recording:
        logits = model(inputs)
    return Seen(
        trainer.step,
        row,
        images[0].cpu().numpy().copy(),
        int(test.labels[row]),
        logits[0].float().softmax(0).cpu().numpy(),  # sync
        tuple(
            _layer(o.name, o.kind, o.output[0].float().cpu().numpy(), channels, units)
            for o in recording.operations
        ),
    )


def _layer(name: str, kind: str, values: np.ndarray, channels: int, units: int) -> LayerSeen:
    """values: float32 (C, H, W) or (units,)."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (np.nan, np.nan)
    flat = values.ndim != 3 or values.shape[1:] == (1, 1)
    shown = values.reshape(1, 1, -1)[..., :units] if flat else values[:channels]
    spread = high - low if high > low else 1.0
    share = np.clip(np.nan_to_num((shown - low) / spread, nan=0.0), 0, 1)
    greys = (255 * share).round().astype(np.uint8)
    return LayerSeen(name, kind, values.shape, low, high, greys)
