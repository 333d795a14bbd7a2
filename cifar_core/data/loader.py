"""Batches out of memory: the set stays uint8, whole batches are shuffled, changed and sent at once.

Everything random is a function of (seed, epoch) or (seed, step): there is no state to save.
"""

from collections.abc import Iterator, Sequence

import torch

from cifar_core.data.augment import augment
from cifar_core.data.pictures import Pictures


def generator(seed: int, *where: int) -> torch.Generator:
    """A generator that depends on all the numbers given, e.g. (seed, step)."""
    mixed = seed
    for number in where:  # splitmix64's multiplier spreads neighbouring numbers apart
        mixed = (mixed * 0x9E3779B97F4A7C15 + number + 1) % 2**63
    return torch.Generator().manual_seed(mixed)


class Loader:
    """The training pictures of one run as batches.

    A batch is (images uint8 (B, 3, 32, 32), labels int64 (B,)) on the device, the images channels
    last in memory. The last batch of an epoch may be smaller. shuffle: each epoch in an order of
    its own; else class after class. stuck: the first batch of epoch 0 comes again and again. how,
    shift, hole: as for `augment`.
    """

    def __init__(
        self,
        pictures: Pictures,
        batch_size: int,
        seed: int,
        how: str = "none",
        device: torch.device | str = "cpu",
        shuffle: bool = True,
        stuck: bool = False,
        shift: int = 4,
        hole: int = 8,
    ):
        pixels = pictures.images.permute(0, 2, 3, 1)  # (N, H, W, 3), as a source has them: no copy
        self.pixels = pixels.contiguous().to(device)
        self.labels = pictures.labels.to(device)
        self.batch_size, self.seed, self.how = batch_size, seed, how
        self.shuffle, self.stuck = shuffle, stuck
        self.shift, self.hole = shift, hole

    def __len__(self) -> int:
        """Steps an epoch."""
        return -(-len(self.labels) // self.batch_size)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """The batches of an epoch (from 0), beginning with batch number `start`."""
        indices: Sequence[int] = range(start, len(self))
        if self.stuck:
            epoch, indices = 0, [0] * len(indices)
        order = self._order(epoch)
        for index in indices:
            chosen = order[index * self.batch_size : (index + 1) * self.batch_size]
            random = generator(self.seed, epoch * len(self) + index, 1)
            images = self.pixels.index_select(0, chosen).permute(0, 3, 1, 2)  # (B, 3, H, W)
            images = augment(images, self.how, random, self.shift, self.hole)
            yield images, self.labels.index_select(0, chosen)

    def _order(self, epoch: int) -> torch.Tensor:
        """Positions, int64 (N,)."""
        if not self.shuffle:
            return self.labels.argsort(stable=True)
        order = torch.randperm(len(self.labels), generator=generator(self.seed, epoch, 0))
        return order.to(self.labels.device)
