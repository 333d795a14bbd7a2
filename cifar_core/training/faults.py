"""Mistakes that a run can be trained with on purpose: what each is, and what it leaves on a curve.

A config names them (TrainConfig.faults); where the training loop would go right, it asks here.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.dropout import _DropoutNd

from cifar_core.config import TrainConfig
from cifar_core.data import Pictures
from cifar_core.data.loader import generator

TOO_HIGH = 100  # times the learning rate
NOT_NORMALISED = ([0.0] * 3, [1 / 255] * 3)  # mean and std that leave a picture at 0 to 255


def active(config: TrainConfig) -> frozenset[str]:
    """The names of the faults that a config trains with."""
    return frozenset(filter(None, config.faults.split(",")))


def training_pictures(pictures: Pictures, config: TrainConfig) -> Pictures:
    """The pictures as the training steps get them: `labels` deals their labels out anew, once."""
    if "labels" not in active(config):
        return pictures
    order = torch.randperm(len(pictures), generator=generator(config.seed, 2))
    return replace(pictures, labels=pictures.labels[order])


def scores(logits: Tensor, faults: Collection[str]) -> Tensor:
    """What cross_entropy is given, (B, classes): `softmax` gives it probabilities."""
    return F.softmax(logits, 1) if "softmax" in faults else logits


@contextmanager
def train_mode_draws(config: TrainConfig, step: int) -> Iterator[None]:
    """With `eval`, a dropout draws while a net is evaluated: inside, by (seed, step) alone."""
    if "eval" not in active(config):
        yield
        return
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(generator(config.seed, step, 3).initial_seed())
        yield


def has_modes(model: nn.Module) -> bool:
    """Whether the net answers otherwise in train mode than in eval mode."""
    return any(isinstance(layer, _NormBase | _DropoutNd) for layer in model.modules())
