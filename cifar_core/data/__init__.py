"""Pictures with labels: where they come from, and how they reach a training step."""

from cifar_core.data.loader import Loader
from cifar_core.data.normalise import normalise
from cifar_core.data.pictures import (
    CIFAR10_CLASSES,
    DataError,
    Pictures,
    joined,
    split_indices,
)
from cifar_core.data.sources import (
    Source,
    available,
    find_source,
    load,
    load_all,
    mean_and_std,
    training_pictures,
)

__all__ = [
    "CIFAR10_CLASSES",
    "DataError",
    "Loader",
    "Pictures",
    "Source",
    "available",
    "find_source",
    "joined",
    "load",
    "load_all",
    "mean_and_std",
    "normalise",
    "split_indices",
    "training_pictures",
]
