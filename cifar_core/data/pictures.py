"""What a set of pictures is: the one type that every data source gives and every trainer takes."""

from dataclasses import dataclass, replace

import torch

CIFAR10_CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
"""CIFAR-10's ten classes in the order of its labels (Krizhevsky, 2009)."""
SIDE = 32  # pixels, of CIFAR-10's pictures and of all that are made like them


class DataError(ValueError):
    """A data source that does not fit, with one sentence that says what was expected."""


@dataclass(frozen=True)
class Pictures:
    """Labelled pictures of one split.

    images: uint8 (N, 3, 32, 32), 0 to 255; from a source they lie channels last, as training takes
        them, and memory-mapped, so treat them as read-only.
    labels: int64 (N,), each an index into `classes`.
    description: one line for people: what these pictures are.
    skipped: files of the source that could not be read, each with the reason.
    """

    images: torch.Tensor
    labels: torch.Tensor
    classes: tuple[str, ...]
    description: str
    skipped: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: torch.Tensor) -> "Pictures":
        """The pictures at these positions, int64 (M,): a view if they are a run, else a copy."""
        first, count = int(rows[0]) if len(rows) else 0, len(rows)
        is_run = torch.equal(rows, torch.arange(first, first + count))
        chosen = slice(first, first + count) if is_run else rows
        return replace(self, images=self.images[chosen], labels=self.labels[chosen])


def joined(one: Pictures, other: Pictures) -> Pictures:
    """Both sets in one, the second behind the first, copied. Raises DataError: other classes."""
    if one.classes != other.classes:
        raise DataError(f"The pictures must be of the classes {', '.join(other.classes)}.")
    rows = [each.images.permute(0, 2, 3, 1) for each in (one, other)]  # (N, H, W, 3), no copies
    return replace(
        one,
        images=torch.cat(rows).permute(0, 3, 1, 2),
        labels=torch.cat([one.labels, other.labels]),
        description=f"{one.description} and {other.description}",
    )


def mixed(labels: torch.Tensor) -> torch.Tensor:
    """An order in which every stretch holds the classes in proportion: positions, int64 (N,).

    Pictures that are neighbours in their source lie apart (the golden ratio spreads their places),
    so that a part of the set, from either end, is like the whole. labels: int64 (N,).
    """
    place = torch.empty(len(labels), dtype=torch.float64)
    for label in labels.unique().tolist():
        rows = (labels == label).nonzero().squeeze(1)
        spread = (torch.arange(len(rows), dtype=torch.float64) * 0.6180339887498949) % 1
        place[rows] = (spread.argsort().argsort().double() + 0.5) / len(rows)
    return place.argsort(stable=True)


def split_indices(labels: torch.Tensor, share: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Positions (train, validation): the last share of each class, the same for every seed.

    labels: int64 (N,), in an order as from `mixed`. share: 0 to below 1. Both are int64, ascending.
    """
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    for label in labels.unique().tolist():
        rows = (labels == label).nonzero().squeeze(1)
        held_out[rows[len(rows) - round(share * len(rows)) :]] = True
    return (~held_out).nonzero().squeeze(1), held_out.nonzero().squeeze(1)


def split_pictures(pictures: Pictures, share: float) -> tuple[Pictures, Pictures]:
    """(train, validation) as `split_indices` divides them. Raises DataError: none for training."""
    train, held_out = split_indices(pictures.labels, share)
    if not len(train):
        raise DataError("All pictures are held out for validation: give more, or a smaller share.")
    return pictures.take(train), pictures.take(held_out)
