"""Steps that see a single picture: a batch norm needs two numbers a channel, and may get one."""

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from cifar_core import distributed
from cifar_core.config import TrainConfig, resize_plan
from cifar_core.data.pictures import SIDE
from cifar_core.models.hooks import watch_layers
from cifar_core.training.faults import active


def fewest(config: TrainConfig, pictures: int) -> int:
    """The fewest pictures that a process gets in a step, the last of an epoch among them.

    pictures: how many the run trains on; 0: not known yet.
    """
    size, rest = min(config.batch_size, pictures or config.batch_size), pictures % config.batch_size
    if "batch" not in active(config):  # else the first batch comes again and again
        size = rest or size
    return max(1, size // distributed.world_size())


def check_single(model: nn.Module, config: TrainConfig, pictures: int) -> None:
    """Raises ValueError, a sentence: in a step a batch norm would get one number a channel.

    model: on the CPU, left as it is. pictures: as for `fewest`.
    """
    if fewest(config, pictures) > 1:
        return
    starved: list[str] = []

    def look(name: str, layer: nn.Module, output: Tensor) -> None:
        if isinstance(layer, _BatchNorm) and output[0, 0].numel() == 1:  # (1, C, H, W), or (1, C)
            starved.append(name)

    side = min([SIDE, *(side for side, _ in resize_plan(config.resize))])
    with watch_layers(model, look):
        model(torch.zeros(1, 3, side, side))
    if starved:
        raise ValueError(
            f"{_where(config, pictures)}, of which the batch norm {starved[0]} gets one number a "
            "channel, and it needs two: choose another batch size."
        )


def _where(config: TrainConfig, pictures: int) -> str:
    if config.batch_size == 1:
        return "A batch is one picture"
    if distributed.world_size() > 1:
        return "A process gets one picture of a batch"
    size = f"{pictures:,} training pictures in batches of {config.batch_size:,}"
    return f"With {size}, the last batch is one picture"
