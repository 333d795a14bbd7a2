"""What a net answers for a few hundred pictures, and which of its ReLUs take part in that."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from cifar_core.data import Pictures, normalise
from cifar_core.introspect.recording import record
from cifar_core.models.hooks import evaluating

BATCH = 50  # pictures whose activations are in memory at once


@dataclass(frozen=True)
class ReluHealth:
    """One ReLU over all pictures looked at. units: its channels, or its numbers after a Linear.

    dead: share of the units that are 0 for every picture, everywhere; such a unit gets no gradient
    from these pictures. zeros: share of all its outputs that are 0. Both are nan where an output is
    no number.
    """

    name: str
    units: int
    dead: float
    zeros: float


@dataclass(frozen=True)
class Answers:
    """probabilities: float32 (N, classes). labels: int64 (N,). relus: in forward order.

    A picture whose probabilities are no numbers, as of a net that has diverged, is not answered.
    """

    probabilities: np.ndarray
    labels: np.ndarray
    relus: tuple[ReluHealth, ...]

    @property
    def answered(self) -> np.ndarray:
        """bool (N,): the pictures that are answered."""
        return np.isfinite(self.probabilities.sum(1))

    def confusion(self) -> np.ndarray:
        """int64 (classes, classes): [i, j] counts the pictures of class i that were called j."""
        classes, answered = self.probabilities.shape[1], self.answered
        pairs = (self.labels * classes + self.probabilities.argmax(1))[answered]
        return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)

    def mistakes(self, most: int) -> np.ndarray:
        """int64 (M,): rows answered wrong, the most confident first, at most `most`."""
        wrong = np.flatnonzero(self.answered & (self.probabilities.argmax(1) != self.labels))
        confidence = self.probabilities[wrong].max(1)
        return wrong[np.argsort(-confidence, kind="stable")][:most]


def answers(model: nn.Module, pictures: Pictures, mean: Tensor, std: Tensor) -> Answers:
    """The model's answers in eval mode; it is left as it was. mean, std: (3, 1, 1), 0 to 1."""
    found, relus = [], _Relus()
    with evaluating(model):
        for images in pictures.images.split(BATCH):
            with record(model) as recording:
                logits = model(normalise(images.to(mean.device), mean, std))
            found.append(logits.float().softmax(1).cpu())  # sync
            relus.see([(o.name, o.output) for o in recording.operations if o.kind == "ReLU"])
    probabilities = torch.cat(found).numpy()
    return Answers(probabilities, pictures.labels.cpu().numpy().copy(), relus.health())


class _Relus:
    """Counts over batches: which units were ever not 0, and how many outputs were."""

    def __init__(self):
        self.active: dict[str, Tensor] = {}
        self.zeros: dict[str, float] = {}
        self.outputs: dict[str, int] = {}

    def see(self, outputs: list[tuple[str, Tensor]]) -> None:
        for name, output in outputs:
            zero = output == 0  # (B, C, H, W) or (B, units)
            units = (~zero).transpose(0, 1).flatten(1).any(1)
            self.active[name] = units | self.active.get(name, units)
            count = math.nan if output.isnan().any() else int(zero.sum())
            self.zeros[name] = self.zeros.get(name, 0) + count
            self.outputs[name] = self.outputs.get(name, 0) + zero.numel()

    def health(self) -> tuple[ReluHealth, ...]:
        return tuple(
            ReluHealth(
                name,
                len(active),
                math.nan if math.isnan(self.zeros[name]) else 1 - active.float().mean().item(),
                self.zeros[name] / self.outputs[name],
            )
            for name, active in self.active.items()
        )
