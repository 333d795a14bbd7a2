"""Dropout that draws the same numbers at the same step, however the run got there."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from cifar_core.data.loader import generator


@contextmanager
def seeded(model: nn.Module, seed: int, step: int) -> Iterator[None]:
    """Inside the `with`, PyTorch's global generator is a function of (seed, step).

    step: the update's number, from 0. The CPU's generator is as it was after the `with`; a model
    without Dropout draws nothing, and nothing is done for it.
    """
    if not any(isinstance(layer, nn.Dropout) for layer in model.modules()):
        yield
        return
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(generator(seed, step, 2).initial_seed())
        yield
