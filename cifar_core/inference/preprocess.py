"""From any picture to the numbers that the net gets, every stage on the way kept to be shown."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from cifar_core.data.pictures import SIDE
from cifar_core.inference.ground import with_room
from cifar_core.inference.pictures import PictureSource, made_smaller_from, open_picture
from cifar_core.inference.square import Square, centre

MOST_SIDE = 64  # of a picture that is not resized; four times the pixels take four times as long
SWITCHES = ("crop", "resize", "antialias", "permute", "divide", "normalise", "unsqueeze")


@dataclass(frozen=True)
class Stage:
    """One stage: its key (of `SWITCHES`), its name (the operation, as code has it), its result, one
    sentence for people, and whether it ran; the result of one that did not is what came in."""

    key: str
    name: str
    array: np.ndarray
    note: str
    on: bool = True


@dataclass(frozen=True)
class Failure:
    """PyTorch's own error: at which stage's key, or "net"; and its type and message, as it is."""

    stage: str
    error: str


@dataclass(frozen=True)
class Preprocessed:
    """A picture ready for the net.

    batch: float32 (1, 3, 32, 32), normalised. pixels: uint8 (32, 32, 3), what the net is shown.
    stages: crop (S, S, 3) and resize (32, 32, 3), uint8; permute (3, 32, 32), uint8; / 255 and
    normalise (3, 32, 32), float32; unsqueeze (1, 3, 32, 32), float32. With stages switched off,
    shapes and dtypes are what comes of it, and after a failure the stages are those before it.
    """

    stages: tuple[Stage, ...]
    failure: Failure | None = None

    @property
    def batch(self) -> np.ndarray:
        return self.stages[-1].array

    @property
    def pixels(self) -> np.ndarray:
        return self.stages[1].array


def preprocess(
    source: PictureSource,
    mean: Sequence[float],
    std: Sequence[float],
    square: Square | None = None,
    without: Collection[str] = (),
) -> Preprocessed:
    """Any picture (see `open_picture`) as a net that was trained with this mean and std gets it.

    mean, std: a channel each, on the scale 0 to 1; they stand in the weights' metadata. square:
    which part is shown, the largest in the middle where none is given; of a long picture on a plain
    ground, it is a part of what `with_room` makes of it. without: of `SWITCHES`, what
    is left out; a picture that is not resized has at most 64 x 64 pixels all the same.
    Raises PictureError, and ValueError for another switch. What PyTorch raises with stages left out
    is the result's `failure`.
    """
    if unknown := set(without) - set(SWITCHES):
        raise ValueError(f"There is no switch {min(unknown)!r}: choose of {', '.join(SWITCHES)}.")
    picture = open_picture(source)
    roomy = with_room(picture)
    square = square or centre(*roomy.size)
    antialias = "antialias" not in without
    image = torch.from_numpy(np.array(picture))  # (H, W, 3)
    plan: tuple[tuple[str, str, Callable[[torch.Tensor], torch.Tensor]], ...] = (
        ("crop", "crop", lambda _: crop(torch.from_numpy(np.array(roomy)), square)),
        ("resize", "resize", lambda image: resize(image, antialias)),
        ("permute", "permute(2, 0, 1)", lambda image: image.permute(2, 0, 1)),
        ("divide", "/ 255", lambda image: image / 255),
        ("normalise", "(x - mean) / std", lambda image: normalise(image, mean, std)),
        ("unsqueeze", "unsqueeze(0)", lambda image: image.unsqueeze(0)),
    )
    stages: list[Stage] = []
    for key, name, operation in plan:
        on = key not in without
        before = image
        try:
            image = operation(image) if on else left_out(key, image)
        except RuntimeError as error:
            return Preprocessed(tuple(stages), Failure(key, error_text(error)))
        told = "room" if key == "crop" and on and roomy is not picture else key
        note = _note(told, before, image, on, antialias, made_smaller_from(picture))
        stages.append(Stage(key, name, image.numpy(), note, on))
    return Preprocessed(tuple(stages))


def crop(image: torch.Tensor, square: Square) -> torch.Tensor:
    """(H, W, 3) -> (S, S, 3), the square of it."""
    height, width, _ = image.shape
    left, top, right, bottom = square.box(width, height)
    return image[top:bottom, left:right]


def resize(image: torch.Tensor, antialias: bool = True) -> torch.Tensor:
    """uint8 (H, W, 3) -> uint8 (32, 32, 3), bicubic; one of this size already stays as it is.

    With `antialias` by Pillow, which widens the filter by the factor that it shrinks by, so that no
    pixel is skipped; pictures of a training folder are read so too. Without, by
    `torch.nn.functional.interpolate`, whose filter is 4 x 4 pixels wide however much it shrinks.
    """
    if antialias:
        small = Image.fromarray(image.numpy()).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        return torch.from_numpy(np.array(small))
    channels = image.permute(2, 0, 1)[None].float()  # (1, 3, H, W)
    sampled = F.interpolate(channels, (SIDE, SIDE), mode="bicubic")  # (1, 3, 32, 32)
    return sampled[0].permute(1, 2, 0).round().clamp(0, 255).to(torch.uint8).contiguous()


def left_out(key: str, image: torch.Tensor) -> torch.Tensor:
    """What a stage that is switched off hands on: its input, made smaller if that is large."""
    height, width = image.shape[:2]
    if key != "resize" or max(height, width) <= MOST_SIDE:
        return image
    small = Image.fromarray(image.numpy())
    small.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.array(small))


def to_tensor(pixels: np.ndarray) -> torch.Tensor:
    """uint8 (32, 32, 3) or a batch of them (N, 32, 32, 3) -> uint8 (N, 3, 32, 32)."""
    pixels = np.require(pixels, requirements=["C", "W"])  # else mirrored or read-only ones fail
    images = torch.from_numpy(pixels).reshape(-1, SIDE, SIDE, 3)
    return images.permute(0, 3, 1, 2).contiguous()  # HWC -> CHW


def to_input(images: torch.Tensor, mean: Sequence[float], std: Sequence[float]) -> torch.Tensor:
    """uint8 (N, 3, 32, 32) -> float32, as a net that was trained with this mean and std gets it."""
    return normalise(images.float() / 255, mean, std)


def normalise(images: torch.Tensor, mean: Sequence[float], std: Sequence[float]) -> torch.Tensor:
    """float32 (..., 3, H, W), 0 to 1 -> the same shape, each channel about 0 with spread 1."""
    channels = (3, 1, 1)
    return (images - torch.tensor(mean).view(channels)) / torch.tensor(std).view(channels)


def error_text(error: Exception) -> str:
    """As the last line of Python's own traceback has it."""
    return f"{type(error).__name__}: {error}"


def _note(
    key: str,
    before: torch.Tensor,
    after: torch.Tensor,
    on: bool,
    antialias: bool,
    smaller_from: str | None,
) -> str:
    """One sentence on what the stage did, or on what it means that it did not."""
    if on and key == "resize":
        resized = _RESIZED if antialias else _SAMPLED
        return _PASSED if before.shape == after.shape else resized
    before_opened = f" (made smaller from {smaller_from} on opening)" if smaller_from else ""
    given = f"{_size(before)} pixels{before_opened}"
    return (_ON if on else _OFF)[key].format(given=given, now=_size(after))


def _size(image: torch.Tensor) -> str:
    return f"{image.shape[1]} x {image.shape[0]}"


_RESIZED = (
    f"{SIDE} x {SIDE} pixels, each a blend of the pixels under it (antialias). "
    "This is all that the net sees."
)
_PASSED = f"{SIDE} x {SIDE} pixels already: they stay as they are. This is all that the net sees."
_SAMPLED = (
    f"{SIDE} x {SIDE} pixels, each from the 4 x 4 pixels about one point: without antialias, what "
    "lies between the points is skipped."
)
_ON = {
    "crop": "A square of {now} from {given}: the net only takes squares.",
    "room": (
        "A square of {now} from {given} and more of their plain ground: the net only takes squares."
    ),
    "permute": "Red, green and blue as three tables: PyTorch wants the colour channels first.",
    "divide": "From whole numbers 0 to 255 to fractions 0 to 1.",
    "normalise": "Centred on 0 with the mean and spread of the pictures that the net learned from.",
    "unsqueeze": "A batch of one: nets take many pictures, so the first size counts them.",
}
_OFF = {
    "crop": "Off: all {given} go on; resize squeezes what is no square.",
    "resize": f"Off: {{now}} pixels go on ({MOST_SIDE} a side are the most here).",
    "permute": "Off: the colour channels stay last.",
    "divide": "Off: the numbers go on as they are, not divided by 255.",
    "normalise": "Off: the numbers go on as they are, not centred on 0.",
    "unsqueeze": "Off: the picture goes on alone, without a size that counts pictures.",
}
