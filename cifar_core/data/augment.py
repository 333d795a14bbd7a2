"""Changes to whole batches of training pictures: pure functions of pictures and a generator."""

import torch
import torch.nn.functional as F


def augment(
    images: torch.Tensor, how: str, generator: torch.Generator, shift: int = 4, hole: int = 8
) -> torch.Tensor:
    """The batch as a run wants it: how is none, flip, crop (with flip) or cutout (with both).

    shift: pixels that a crop moves at most. hole: side of cutout's square.
    images: (B, C, H, W), any dtype; the result has the same shape and dtype.
    """
    if how == "none":
        return images
    images = flip(images, generator)
    if how in ("crop", "cutout"):
        images = crop(images, shift, generator)
    if how == "cutout":
        images = cutout(images, hole, generator)
    return images


def flip(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Mirrors each picture left to right with a chance of one half."""
    mirrored = torch.rand(len(images), 1, 1, 1, generator=generator) < 0.5
    return torch.where(mirrored.to(images.device), images.flip(3), images)


def crop(images: torch.Tensor, shift: int, generator: torch.Generator) -> torch.Tensor:
    """Moves each picture by up to `shift` pixels either way; its mirrored edge fills the gap."""
    n, channels, height, width = images.shape
    padded = F.pad(images.float(), [shift] * 4, mode="reflect").to(images.dtype)
    top, left = torch.randint(0, 2 * shift + 1, (2, n, 1, 1), generator=generator)
    rows = (top + torch.arange(height)[:, None]).to(images.device)  # (N, H, 1)
    columns = (left + torch.arange(width)).to(images.device)  # (N, 1, W)
    batch = torch.arange(n, device=images.device)[:, None, None]
    return padded.permute(0, 2, 3, 1)[batch, rows, columns].permute(0, 3, 1, 2)


def cutout(images: torch.Tensor, side: int, generator: torch.Generator) -> torch.Tensor:
    """Paints a square of side x side pixels mid-grey in each picture (DeVries and Taylor, 2017)."""
    n, _, height, width = images.shape
    top = torch.randint(0, height, (n, 1, 1), generator=generator)
    left = torch.randint(0, width, (n, 1, 1), generator=generator)
    row, column = torch.arange(height)[:, None], torch.arange(width)
    hole = ((row - top).abs() <= side // 2) & ((column - left).abs() <= side // 2)  # (N, H, W)
    return images.masked_fill(hole[:, None].to(images.device), 128)
