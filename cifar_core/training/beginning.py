"""What a run begins with: a new net, the same for the same seed, or one that was trained before."""

from collections.abc import Collection

import torch
from torch import nn

from cifar_core.config import TrainConfig
from cifar_core.data import DataError, Pictures
from cifar_core.models import WeightsError, create_model, load_weights, whiten
from cifar_core.training.faults import taken_off


def begin(
    config: TrainConfig, pictures: Pictures, faults: Collection[str] = ()
) -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    """The net, on the CPU, and the mean and std, (3, 1, 1), by which pictures go in.

    pictures: those of training. With config.start all three are what those weights say, for a net
    that is tuned further sees pictures as it did before. Raises WeightsError: they do not fit; and
    DataError: a colour is the same in all pictures.
    """
    if config.start:
        net, metadata = load_weights(config.start)
        if metadata.model != config.model or metadata.classes != pictures.classes:
            raise WeightsError(
                f"The weights {config.start!r} are for the net {metadata.model} and the classes "
                f"{', '.join(metadata.classes)}: give that model, and pictures of those classes."
            )
        mean, std = metadata.mean, metadata.std
    else:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            net = create_model(config.model, len(pictures.classes))
        mean, std = taken_off(pictures.images, faults)
        if not min(std):
            raise DataError("The training pictures are all of one colour: give other pictures.")
    mean, std = (torch.tensor(each).view(3, 1, 1) for each in (mean, std))
    if not config.start:
        whiten(net, pictures.images, mean, std)
    return net, mean, std
