"""Dropout that draws the same numbers at the same step, however the run got there."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from cifar_core import distributed
from cifar_core.data.loader import generator


@contextmanager
def seeded(model: nn.Module, seed: int, step: int) -> Iterator[None]:
    """Inside the `with`, PyTorch's global generator is a function of (seed, step).

    step: the update's number, from 0. Of several processes, each draws for its own part of the
    batch by (seed, step, rank), the first one as if it were alone. The CPU's generator is as it was
    after the `with`; a model without Dropout draws nothing, and nothing is done for it.
    """
    if not any(isinstance(layer, nn.Dropout) for layer in model.modules()):
        yield
        return
    with torch.random.fork_rng(devices=[]):
        rank = distributed.rank()
        where = (step, 2, rank) if rank else (step, 2)
        torch.manual_seed(generator(seed, *where).initial_seed())
        yield
