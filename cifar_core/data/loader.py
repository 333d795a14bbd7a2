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
    shift, hole: as for `augment`. rank, world: which of how many processes this one is; each takes
    a part of every batch, whose order and changes are drawn for the whole of it. Raises ValueError:
    a batch has fewer pictures than processes.
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
        rank: int = 0,
        world: int = 1,
    ):
        if batch_size < world:
            raise ValueError(
                f"A batch of {batch_size} is too small for {world} processes: raise batch_size."
            )
        pixels = pictures.images.permute(0, 2, 3, 1)  # (N, H, W, 3), as a source has them: no copy
        self.pixels = pixels.contiguous().to(device)
        self.labels = pictures.labels.to(device)
        self.batch_size, self.seed, self.how = batch_size, seed, how
        self.shuffle, self.stuck = shuffle, stuck
        self.shift, self.hole = shift, hole
        self.rank, self.world = rank, world

    def __len__(self) -> int:
        """Steps an epoch."""
        return -(-len(self.labels) // self.batch_size)

    def shown(self, steps: int) -> int:
        """Pictures in the first `steps` batches; an epoch's last batch may be smaller."""
        count = len(self.labels)
        if self.stuck:
            return steps * min(self.batch_size, count)
        epochs, done = divmod(steps, len(self))
        return epochs * count + done * self.batch_size

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
            part = self._part(len(chosen))
            yield images[part], self.labels.index_select(0, chosen[part])

    def share(self, step: int) -> torch.Tensor | None:
        """What to multiply the mean loss over this process's part of a batch by.

        Then the mean of all processes is that of the whole batch, also where their parts are not
        equal. 0-d float32; None where it has the whole batch. step: the update's number, from 0.
        """
        if self.world == 1:
            return None
        first = 0 if self.stuck else step % len(self) * self.batch_size
        size = min(self.batch_size, len(self.labels) - first)
        own = len(range(self.rank, size, self.world))
        return torch.full((), own * self.world / size, device=self.labels.device)

    def _part(self, size: int) -> slice:
        """The places in a batch that are this process's; where it has none, one of weight 0."""
        return slice(self.rank if self.rank < size else 0, size, self.world)

    def _order(self, epoch: int) -> torch.Tensor:
        """Positions, int64 (N,)."""
        if not self.shuffle:
            return self.labels.argsort(stable=True)
        order = torch.randperm(len(self.labels), generator=generator(self.seed, epoch, 0))
        return order.to(self.labels.device)
