"""Small pictures first: early steps need no detail, and half the side is a quarter of the work."""

import torch
import torch.nn.functional as F

from cifar_core.config import TrainConfig, resize_plan


def side_at(step: int, total_steps: int, config: TrainConfig) -> int | None:
    """The side of the training pictures at update number `step`, from 0; None is their own size."""
    for side, until in resize_plan(config.resize):
        if step < until * total_steps:
            return side
    return None


def resized(images: torch.Tensor, side: int | None) -> torch.Tensor:
    """uint8 (B, 3, H, W) -> uint8 (B, 3, side, side), bilinear with antialiasing."""
    if side is None or side == images.shape[-1]:
        return images
    images = images.contiguous(memory_format=torch.channels_last)  # the layout of the fast kernel
    return F.interpolate(images, size=(side, side), mode="bilinear", antialias=True)
