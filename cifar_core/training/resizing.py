"""Small pictures first: early steps need no detail, and half the side is a quarter of the work."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from cifar_core.config import TrainConfig, resize_plan
from cifar_core.data.pictures import SIDE


def side_at(step: int, total_steps: int, config: TrainConfig) -> int | None:
    """The side of the training pictures at update number `step`, from 0; None is their own size."""
    for side, until in resize_plan(config.resize):
        if step < until * total_steps:
            return side
    return None


def stages(steps: int, total_steps: int, config: TrainConfig) -> list[tuple[int | None, int, int]]:
    """(side, first, end) of a run's first `steps` steps: from `first` to `end`, without that one.

    In their order; they touch. side: as `side_at` gives it for each of these steps.
    """
    plan = [(side, math.ceil(until * total_steps)) for side, until in resize_plan(config.resize)]
    found, first = [], 0
    for side, until in [*plan, (None, total_steps)]:
        if first < (end := min(until, steps)):
            found.append((side, first, end))
            first = end
    return found


@torch.no_grad()
def check_sides(model: nn.Module, config: TrainConfig) -> None:
    """Raises ValueError, a sentence: the net cannot take pictures as small as `resize` makes them.

    model: on the CPU; it may be left in eval mode.
    """
    for side, _ in resize_plan(config.resize):
        try:
            model.eval()(torch.zeros(1, 3, side, side))
        except RuntimeError as error:
            raise ValueError(
                f"The net {config.model} takes no pictures of {side}×{side} pixels: "
                "take another net, or leave resize empty."
            ) from error


def steps_left(step: int, total_steps: int, config: TrainConfig) -> float:
    """The steps after `step`, each counted by its pictures' side beside that of the next step's.

    So it is about the time that is left, in steps as they are now. The side and not the area: what
    comes before the net and after it takes as long at every side (classroom's steps with one
    thread: 30, 40 and 56 ms at 16, 24 and 32 pixels).
    """
    left, begin, now = 0.0, step, side_at(step, total_steps, config) or SIDE
    for side, until in [*resize_plan(config.resize), (SIDE, 1.0)]:
        end = math.ceil(until * total_steps)
        left += max(0, end - begin) * side / now
        begin = max(begin, end)
    return left


def resized(images: torch.Tensor, side: int | None) -> torch.Tensor:
    """uint8 (B, 3, H, W) -> uint8 (B, 3, side, side), bilinear with antialiasing."""
    if side is None or side == images.shape[-1]:
        return images
    images = images.contiguous(memory_format=torch.channels_last)  # the layout of the fast kernel
    return F.interpolate(images, size=(side, side), mode="bilinear", antialias=True)
