"""A running average of a net's weights: the net that answers where a run keeps one."""

import copy
from itertools import chain

import torch
from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


class MovingAverage(nn.Module):
    """An exponential moving average of a net's parameters, and of its floating-point buffers.

    It forgets faster at the start, min(decay, (1 + n) / (10 + n)) after n updates, or the fresh
    weights would weigh on it for epochs (the schedule of TensorFlow's ExponentialMovingAverage).
    PyTorch's AveragedModel counts in a tensor, and reads it once a parameter: a sync each.

    module: the averaged net. updates: how many went into it.
    """

    def __init__(self, model: nn.Module, decay: float):
        super().__init__()
        self.module, self.decay, self.updates = copy.deepcopy(model), decay, 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Takes in the weights of a net like the first one; the first update copies them."""
        n = self.updates
        own, current = (chain(net.parameters(), net.buffers()) for net in (self.module, model))
        averaged, new = [], []
        for mine, theirs in zip(own, current, strict=True):
            if n and mine.is_floating_point():
                averaged.append(mine)
                new.append(theirs)
            else:  # the first update; batch norm's count of batches
                mine.copy_(theirs)
        if n:
            get_ema_multi_avg_fn(min(self.decay, (1 + n) / (10 + n)))(averaged, new, n)
        self.updates += 1
