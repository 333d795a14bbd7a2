"""The three parts of the pictures that a run uses."""

from dataclasses import dataclass
from pathlib import Path

import torch

from cifar_core.config import TrainConfig
from cifar_core.data import Pictures, Source, load_all


@dataclass(frozen=True)
class Splits:
    """The three parts of a data source. `validation` may be empty."""

    train: Pictures
    validation: Pictures
    test: Pictures


def load_splits(config: TrainConfig, source: Source | str | Path | None = None) -> Splits:
    """The pictures that a run with this config uses. Raises DataError: the source does not fit."""
    train, validation, test = load_all(source, config.validation)
    if config.pictures:
        train = train.take(torch.arange(min(config.pictures, len(train))))
    return Splits(train, validation, test)
