"""From any picture to the numbers that the net gets, every stage on the way kept to be shown."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from cifar_core.inference.pictures import PictureSource, open_picture

SIDE = 32  # CIFAR-10's


@dataclass(frozen=True)
class Stage:
    """One stage: its name (the operation, as code has it), its result, one sentence for people."""

    name: str
    array: np.ndarray
    note: str


@dataclass(frozen=True)
class Preprocessed:
    """A picture ready for the net.

    batch: float32 (1, 3, 32, 32), normalised. pixels: uint8 (32, 32, 3), what the net is shown.
    stages: crop (S, S, 3) and resize (32, 32, 3), uint8; permute (3, 32, 32), uint8; / 255 and
    normalise (3, 32, 32), float32; unsqueeze (1, 3, 32, 32), float32.
    """

    stages: tuple[Stage, ...]

    @property
    def batch(self) -> np.ndarray:
        return self.stages[-1].array

    @property
    def pixels(self) -> np.ndarray:
        return self.stages[1].array


def preprocess(source: PictureSource, mean: Sequence[float], std: Sequence[float]) -> Preprocessed:
    """Any picture (see `open_picture`) as a net that was trained with this mean and std gets it.

    mean, std: a channel each, on the scale 0 to 1; they stand in the weights' metadata.
    Raises PictureError.
    """
    picture = open_picture(source)
    square = crop_square(picture)
    small = resize(square)
    images = to_tensor(np.array(small))  # (1, 3, 32, 32)
    scaled = images.float() / 255
    normalised = normalise(scaled, mean, std)
    size = f"{picture.width} x {picture.height} pixels"
    return Preprocessed(
        (
            Stage(
                "crop",
                np.array(square),
                f"The square in the middle of {size}: the net only takes squares.",
            ),
            Stage(
                "resize",
                np.array(small),
                f"{SIDE} x {SIDE} pixels, each a blend of the pixels under it. "
                "This is all that the net sees.",
            ),
            Stage(
                "permute(2, 0, 1)",
                images[0].numpy(),
                "Red, green and blue as three tables: PyTorch wants the colour channels first.",
            ),
            Stage("/ 255", scaled[0].numpy(), "From whole numbers 0 to 255 to fractions 0 to 1."),
            Stage(
                "(x - mean) / std",
                normalised[0].numpy(),
                "Centred on 0 with the mean and spread of the pictures that the net learned from.",
            ),
            Stage(
                "unsqueeze(0)",
                normalised.numpy(),
                "A batch of one: nets take many pictures at a time, so the first size counts them.",
            ),
        )
    )


def crop_square(picture: Image.Image) -> Image.Image:
    """The largest square in the middle of a picture."""
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.crop((left, top, left + side, top + side))


def resize(square: Image.Image) -> Image.Image:
    """A square picture at 32x32; one that has this size already stays as it is.

    Pillow widens the filter by the factor that it shrinks by, so no pixel is skipped (antialiased).
    Bicubic is also what the pictures of a training folder are read with.
    """
    return square.resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def to_tensor(pixels: np.ndarray) -> torch.Tensor:
    """uint8 (32, 32, 3) or a batch of them (N, 32, 32, 3) -> uint8 (N, 3, 32, 32)."""
    images = torch.from_numpy(pixels).reshape(-1, SIDE, SIDE, 3)
    return images.permute(0, 3, 1, 2).contiguous()  # HWC -> CHW


def normalise(images: torch.Tensor, mean: Sequence[float], std: Sequence[float]) -> torch.Tensor:
    """float32 (N, 3, H, W), 0 to 1 -> the same shape, each channel about 0 with spread 1."""
    channels = (3, 1, 1)
    return (images - torch.tensor(mean).view(channels)) / torch.tensor(std).view(channels)
