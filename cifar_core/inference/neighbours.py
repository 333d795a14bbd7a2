"""The pictures that a net sees as most alike: nearest in what its last Linear layer is given."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from cifar_core.data import Pictures
from cifar_core.inference.predictor import Predictor
from cifar_core.inference.preprocess import to_input, to_tensor
from cifar_core.models.hooks import private_copy

MOST = 5000  # pictures that are looked through
MOST_NUMBERS = 10_000_000  # features of all of them: 40 MB
BATCH = 25  # pictures in one pass through the net


class NoFeatures(ValueError):
    """The net has no Linear layer that features could be read at, in one sentence."""


@dataclass(frozen=True)
class Neighbour:
    """pixels: uint8 (32, 32, 3). distance: Euclidean, in feature space, 0 or more."""

    pixels: np.ndarray
    label: str
    distance: float


@dataclass(frozen=True)
class FeatureSpace:
    """Where a net puts pictures. features: float32 (N, F), a row a picture.

    typical: the median distance of two of the pictures, to measure others by.
    """

    predictor: Predictor
    pictures: Pictures
    features: np.ndarray
    typical: float

    def nearest(self, pixels: np.ndarray, count: int = 5) -> list[Neighbour]:
        """The nearest pictures, the nearest first. pixels: uint8 (32, 32, 3)."""
        [[here]] = features(self.predictor, [to_tensor(pixels)])
        distances = np.linalg.norm(self.features - here, axis=1)
        return [
            Neighbour(
                self.pictures.images[row].permute(1, 2, 0).numpy().copy(),
                self.pictures.classes[int(self.pictures.labels[row])],
                float(distances[row]),
            )
            for row in np.argsort(distances, kind="stable")[:count].tolist()
        ]


def feature_space(
    predictor: Predictor, pictures: Pictures, told: Callable[[int, int], None] = lambda *_: None
) -> FeatureSpace:
    """Reads at most 5,000 of the pictures, fewer where a net has very many features.

    pictures: in an order in which every stretch is like the whole, as the library's sources give
    them. told: is called with how many have been read, and of how many.
    Raises NoFeatures, and ValueError where the net has diverged.
    """
    [first] = features(predictor, [pictures.images[:1]])
    count = min(len(pictures), MOST, max(1, MOST_NUMBERS // first.shape[1]))
    found = np.empty((count, first.shape[1]), np.float32)
    done = 0
    for part in features(predictor, pictures.images[:count].split(BATCH)):
        found[done : done + len(part)] = part
        done += len(part)
        told(done, count)
    between = np.linalg.norm(found[: count // 2] - found[count - count // 2 :], axis=1)
    chosen = pictures.take(torch.arange(count))
    return FeatureSpace(predictor, chosen, found, float(np.median(between)) if count > 1 else 0.0)


def features(predictor: Predictor, batches: Iterable[torch.Tensor]) -> Iterator[np.ndarray]:
    """For each uint8 (N, 3, 32, 32): float32 (N, F), what the last Linear layer is given.

    Works on a copy of the net. Raises NoFeatures and ValueError, as `feature_space`.
    """
    net, about, seen = private_copy(predictor.model), predictor.metadata, []
    for layer in net.modules():
        if isinstance(layer, nn.Linear):
            layer.register_forward_pre_hook(lambda _layer, inputs: seen.append(inputs[0]))
    for images in batches:
        seen.clear()
        with torch.inference_mode():
            net(to_input(images, about.mean, about.std))
        if not seen:
            raise NoFeatures(
                "This net has no Linear layer, before which pictures could be compared: choose "
                "another net."
            )
        if not seen[-1].isfinite().all():
            raise ValueError(
                "The net's numbers are not finite, so its training has diverged: choose an earlier "
                "step or another net."
            )
        yield seen[-1].flatten(1).numpy()
