"""Mistakes that a run can be trained with on purpose: what each is, and what it leaves on a curve.

A config names them (TrainConfig.faults); where the training loop would go right, it asks here.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.dropout import _DropoutNd

from cifar_core import distributed
from cifar_core.config import FAULTS, TrainConfig
from cifar_core.data import Loader, Pictures, mean_and_std
from cifar_core.data.loader import generator


@dataclass(frozen=True)
class Fault:
    """A mistake. title: a few words for it. does: what is wrong and how it comes to be written.

    signature: what it leaves on a curve, to tell it from the others.
    """

    name: str
    title: str
    does: str
    signature: str


FAULT: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault(
            "zero_grad", "no zero_grad",
            "optimizer.zero_grad() is missing, so each update follows the gradients of all steps "
            "before it too.",
            "the loss falls little or not at all, then climbs on and on, to tens and "
            "hundreds: each update repeats every gradient before it.",
        ),
        Fault(
            "softmax", "softmax twice",
            "The net ends in a softmax, and cross_entropy takes the softmax of its probabilities "
            "once more.",
            "the accuracy rises while the loss hardly falls; with ten classes it cannot fall "
            "below 1.461 = ln(e + 9) − 1, however sure and right the net is.",
        ),
        Fault(
            "labels", "shuffled labels",
            "Pictures and labels were shuffled apart, so a training picture has the label of "
            "another one; validation labels stay true.",
            "both losses stay at guessing, ln 10 = 2.303, and the accuracy at 10 %: nothing "
            "in a picture tells its label, so all that is left is learning them by heart.",
        ),
        Fault(
            "normalise", "no normalising",
            "Pictures go in as 0 to 255: nobody divided by 255 or took off the mean.",
            "the first losses lie far above guessing, 3 and more instead of 2.303; then the "
            "net falls silent and stays at guessing, most of its ReLUs dead. Batch norm heals it.",
        ),
        Fault(
            "eval", "no eval mode",
            "model.eval() is missing before validation and test; it matters only to nets with "
            "batch norm or dropout.",
            "with dropout, the validation loss stays near the training loss, where that of a "
            "healthy run lies clearly below it, and "
            "Inside, which calls model.eval(), finds more pictures right than the curve says.",
        ),
        Fault(
            "lr", "learning rate × 100",
            "The point slipped by two places, lr=1 for lr=0.01, so each update is a hundred times "
            "as large.",
            "within the first steps the loss jumps up, often until it is no number any "
            "more, and then never falls below guessing.",
        ),
        Fault(
            "shuffle", "no shuffling",
            "DataLoader's shuffle=True is missing, so the pictures come class after class.",
            "the training loss is a row of saw teeth: it falls while a class lasts and jumps "
            "where the next begins; validation stays at 10 %: every picture gets the last class.",
        ),
        Fault(
            "batch", "one batch only",
            "next(iter(loader)) stands before the loop, so every step takes the same first batch.",
            "the training loss falls to 0 in the first epoch, while the validation loss "
            "climbs far above guessing: one batch is known by heart, and nothing else.",
        ),
    )
}  # fmt: skip
"""Every fault by its name, in the order of a config."""

TOO_HIGH = 100  # times the learning rate
NOT_NORMALISED = ([0.0] * 3, [1 / 255] * 3)  # mean and std that leave a picture at 0 to 255


def active(config: TrainConfig) -> frozenset[str]:
    """The names of the faults that a config trains with."""
    return frozenset(filter(None, config.faults.split(",")))


def titles(config: TrainConfig) -> str:
    """What people call the faults of a config: "softmax twice, no shuffling"; "" for none."""
    return ", ".join(FAULT[name].title for name in FAULTS if name in active(config))


def training_pictures(pictures: Pictures, config: TrainConfig) -> Pictures:
    """The pictures as the training steps get them: `labels` deals their labels out anew, once."""
    if "labels" not in active(config):
        return pictures
    order = torch.randperm(len(pictures), generator=generator(config.seed, 2))
    return replace(pictures, labels=pictures.labels[order])


def build_loader(pictures: Pictures, config: TrainConfig, device: torch.device) -> Loader:
    """The batches of a run: `shuffle` and `batch` give them in an order of their own."""
    faults = active(config)
    return Loader(
        training_pictures(pictures, config), config.batch_size, config.seed, config.augment,
        device, shuffle="shuffle" not in faults, stuck="batch" in faults,
        shift=config.shift, hole=config.hole,
        rank=distributed.rank(), world=distributed.world_size(),
    )  # fmt: skip


def taken_off(images: Tensor, faults: Collection[str]) -> tuple[list[float], list[float]]:
    """Mean and std by which pictures are normalised: `normalise` leaves them at 0 to 255.

    images: uint8 (N, 3, H, W), those of training. The result is a channel each, from 0 to 1.
    """
    return NOT_NORMALISED if "normalise" in faults else mean_and_std(images)


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
