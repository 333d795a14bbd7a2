"""Where pictures come from: finds the source in use, and loads a split of it."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from cifar_core.data import decoded
from cifar_core.data.pictures import (
    CIFAR10_CLASSES,
    DataError,
    Pictures,
    split_indices,
    split_pictures,
)
from cifar_core.paths import cache_dir

SPLITS = ("train", "validation", "test")
BATCHES = "cifar-10-batches-py"  # the folder in torchvision's archive


@dataclass(frozen=True)
class Source:
    """A place that pictures can be read from. `kind` is drawn, batches (torchvision) or folder."""

    name: str
    kind: str
    root: Path | None
    description: str

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of its classes, without decoding a picture. Raises DataError: none are left."""
        if self.kind != "folder" or self.root is None:
            return CIFAR10_CLASSES
        with decoded.reading():
            return decoded.class_folders(self.root)


DRAWN = Source("drawn", "drawn", None, "Pictures drawn by this program: CIFAR-10's ten classes")


def find_source(data: Source | str | os.PathLike | None = None) -> Source:
    """The first source that fits: `data`, else CIFAR_DATA, else an earlier download, else drawn.

    data: a Source, a folder in torchvision's or ImageFolder's layout, "drawn", "download", or None.
    Raises DataError where a named source does not fit: it is never replaced by another silently.
    """
    if isinstance(data, Source):
        return data
    chosen = data or os.environ.get("CIFAR_DATA")
    if not chosen:
        return downloaded() or DRAWN
    if chosen == "drawn":
        return DRAWN
    if chosen == "download":
        source = downloaded()
        if source is None:
            raise DataError(
                "CIFAR-10 is not downloaded yet: run `python -m cifar_core data --download`."
            )
        return source
    return _folder(Path(chosen))


def downloaded() -> Source | None:
    """The source that an earlier download left, if there is one."""
    root = download_root()
    if not (root / BATCHES / "test_batch").is_file():
        return None
    return Source("CIFAR-10", "batches", root, "CIFAR-10, the original pictures (downloaded)")


def download_root() -> Path:
    """The folder into which a download unpacks torchvision's archive."""
    return cache_dir() / "download"


def available(data: Source | str | os.PathLike | None = None) -> list[Source]:
    """Every source a run can use now, the preferred one first."""
    found = [find_source(data), downloaded(), DRAWN]
    return list(dict.fromkeys(source for source in found if source))


def load(
    split: str,
    source: Source | str | os.PathLike | None = None,
    validation: float = 0.1,
) -> Pictures:
    """The pictures of a split, decoded once and memory-mapped from the cache afterwards.

    split: train, validation (a fixed share of each class of the training pictures) or test.
    Raises DataError: an unknown split, or a source that does not fit.
    """
    if split not in SPLITS:
        raise DataError(f"There is no split {split!r}: choose train, validation or test.")
    train, test = decoded.load(find_source(source))
    if split == "test":
        return test
    return split_pictures(train, validation)[split == "validation"]


def load_all(
    source: Source | str | os.PathLike | None = None, validation: float = 0.1
) -> tuple[Pictures, Pictures, Pictures]:
    """Training, validation and test pictures, from one look at the source; see `load`."""
    train, test = decoded.load(find_source(source))
    return *split_pictures(train, validation), test


def training_pictures(source: Source, validation: float = 0.1) -> tuple[int, int]:
    """How many training pictures a source has beside those for validation, and how many classes.

    Decodes the source where that was not done yet. Raises DataError: it does not fit.
    """
    train, _ = decoded.load(source)
    return len(split_indices(train.labels, validation)[0]), len(train.classes)


def _folder(root: Path) -> Source:
    """The source in a folder that somebody named."""
    if not root.is_dir():
        raise DataError(f"There is no folder {str(root)!r}: give one that holds the pictures.")
    for base in (root, root.parent if root.name == BATCHES else root):
        if (base / BATCHES / "test_batch").is_file():
            return Source("CIFAR-10", "batches", base, "CIFAR-10, the original pictures")
    if (root / "train").is_dir() and (root / "test").is_dir():
        classes = decoded.class_folders(root)
        if classes != CIFAR10_CLASSES:
            about = f"{root.name}: pictures of {len(classes)} classes"
            return Source(root.name, "folder", root, about)
        jpeg = next((root / "test" / classes[0]).iterdir(), Path()).suffix.lower()[:3] == ".jp"
        name = "CIFAR-10 (JPEG)" if jpeg else "CIFAR-10"  # costs about three points of accuracy
        return Source(name, "folder", root, f"{name}, from picture files")
    raise DataError(
        f"{str(root)!r} holds no pictures in a known layout: "
        f"expected {BATCHES}/ or train/<class>/ and test/<class>/."
    )


def mean_and_std(images: torch.Tensor) -> tuple[list[float], list[float]]:
    """Mean and standard deviation a channel, on the scale 0 to 1. images: uint8 (N, 3, H, W).

    Of a large set, 5,000 to 9,999 pictures spread over it are read: the figures move by under
    0.005. Never more than a few at a time are floats, which take four times the memory.
    """
    some = images[:: max(1, len(images) // 5000)]
    scaled, sums = torch.empty(250, *some.shape[1:]), torch.empty(len(some), 3)
    for part, into in zip(some.split(250), sums.split(250), strict=True):
        torch.sum(torch.div(part, 255, out=scaled[: len(part)]), (2, 3), out=into)
    total = np.add.accumulate(sums.numpy())[-1]  # one after the other: never in another order
    mean = total / np.float32(some[:, 0].numel())
    return mean.tolist(), [_std(channel) for channel in some.unbind(1)]


def _std(channel: torch.Tensor) -> float:
    """Of one channel, uint8 (N, H, W), on the scale 0 to 1: from how often each level comes."""
    levels = (torch.arange(256) / 255).double()
    counts = channel.flatten().bincount(minlength=256).double()
    deviations = levels - counts @ levels / counts.sum()
    return (counts @ deviations**2 / (counts.sum() - 1)).sqrt().float().item()
