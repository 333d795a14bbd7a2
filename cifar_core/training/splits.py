"""The three parts of the pictures that a run uses."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from cifar_core.config import TrainConfig
from cifar_core.data import Pictures, Source, doodles, joined, load_all


@dataclass(frozen=True)
class Splits:
    """The three parts of a data source. `validation` may be empty."""

    train: Pictures
    validation: Pictures
    test: Pictures


def load_splits(
    config: TrainConfig,
    source: Source | str | Path | None = None,
    drawings: str | os.PathLike | None = None,
    on_making: Callable[[str], None] | None = None,
) -> Splits:
    """The pictures that a run with this config uses. Raises DataError: the source does not fit.

    drawings: a folder of people's drawings (see `data.doodles`), to train on and validate with
    beside the source's pictures; the test pictures are the source's alone. on_making: called with
    a part before the pictures of its drawings are made, for the first time.
    """
    train, validation, test = load_all(source, config.validation)
    if config.pictures:
        train = train.take(torch.arange(min(config.pictures, len(train))))
    if drawings:
        train = joined(train, doodles.load("train", drawings, None, config.seed, on_making))
        validation = joined(validation, doodles.load("validation", drawings, on_making=on_making))
    return Splits(train, validation, test)
