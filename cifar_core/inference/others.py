"""Pictures of things that are none of a net's classes, from a file, as the net gets pictures."""

import os
from dataclasses import dataclass

import numpy as np
import torch

from cifar_core.data.doodles import in_widths
from cifar_core.data.doodles.files import BROKEN, larger
from cifar_core.data.pictures import SIDE
from cifar_core.inference.preprocess import crop, resize, to_tensor
from cifar_core.inference.square import centre


@dataclass(frozen=True)
class Others:
    """uint8 (N, 3, 32, 32) each.

    drawings: each in three widths, one after the other, as held-out drawings; there may be none.
    """

    photos: torch.Tensor
    drawings: torch.Tensor


def load_others(path: str | os.PathLike) -> Others:
    """The pictures of a NumPy archive, made 32x32 as visitors' pictures are.

    It holds `photos`, uint8 (N, H, W, 3), and may hold `doodles`, uint8 (M, H, W), ink = 255.
    Raises ValueError, a sentence: the file is missing or holds something else.
    """
    wrong = f"{os.fspath(path)!r} is no archive of other pictures: give an .npz file with photos, "
    wrong += "uint8 (N, H, W, 3), and perhaps doodles, uint8 (N, H, W), ink = 255."
    try:
        with open(path, "rb") as file, np.load(file) as archive:  # never unpickles
            photos = archive["photos"]
            doodles = archive["doodles"] if "doodles" in archive else np.empty((0, 1, 1), np.uint8)
    except FileNotFoundError as error:
        raise ValueError(f"There is no file {os.fspath(path)!r}.") from error
    except BROKEN as error:
        raise ValueError(wrong) from error
    if photos.dtype != np.uint8 or photos.ndim != 4 or photos.shape[3] != 3:
        raise ValueError(wrong)
    if doodles.dtype != np.uint8 or doodles.ndim != 3:
        raise ValueError(wrong)
    if len(photos) < 2 or not photos.size:
        raise ValueError(wrong)
    return Others(_small(photos), _drawn(doodles))


def _drawn(ink: np.ndarray) -> torch.Tensor:
    """uint8 (N, H, W) -> (N * 3, 3, 32, 32)."""
    if not len(ink):
        return torch.empty(0, 3, SIDE, SIDE, dtype=torch.uint8)
    return to_tensor(in_widths(np.stack([larger(drawing) for drawing in ink])))


def _small(pictures: np.ndarray) -> torch.Tensor:
    """uint8 (N, H, W, 3) -> (N, 3, 32, 32)."""
    height, width = pictures.shape[1:3]
    square = centre(width, height)
    squares = (resize(crop(torch.from_numpy(picture), square)) for picture in pictures)
    return to_tensor(np.stack([small.numpy() for small in squares]))
