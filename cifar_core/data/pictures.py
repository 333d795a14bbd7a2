"""What a set of pictures is: the one type that every data source gives and every trainer takes."""

from dataclasses import dataclass

import torch

CIFAR10_CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
"""CIFAR-10's ten classes in the order of its labels (Krizhevsky, 2009)."""


class DataError(ValueError):
    """A data source that does not fit, with one sentence that says what was expected."""


@dataclass(frozen=True)
class Pictures:
    """Labelled pictures of one split.

    images: uint8 (N, 3, 32, 32), 0 to 255; may be memory-mapped, so treat it as read-only.
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

    def take(self, indices: torch.Tensor) -> "Pictures":
        """The pictures at these positions, int64 (M,), copied."""
        return Pictures(
            self.images[indices], self.labels[indices], self.classes, self.description, self.skipped
        )


def split_indices(labels: torch.Tensor, share: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Positions (train, validation): the same share of each class, the same for every seed.

    The pick is spread evenly over each class's pictures, so neither part depends on how a source
    orders its files. labels: int64 (N,). share: 0 to below 1. Both results are int64, ascending.
    """
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    for label in labels.unique().tolist():
        places = (labels == label).nonzero().squeeze(1)
        count = round(share * len(places))
        if count:
            picks = torch.arange(count) * len(places) // count
            held_out[places[picks]] = True
    return (~held_out).nonzero().squeeze(1), held_out.nonzero().squeeze(1)


def split_pictures(pictures: Pictures, share: float) -> tuple[Pictures, Pictures]:
    """(train, validation) as `split_indices` divides them; nothing is copied for a share of 0."""
    train, held_out = split_indices(pictures.labels, share)
    kept = pictures.take(train) if len(held_out) else pictures
    return kept, pictures.take(held_out)
