"""The pencil: a drawing to a picture of 32x32, as wide as it was drawn or in any width.

A width is given to the middle of every line (`nearness`), where small shapes have run together;
the ink itself keeps them apart, and is some 2 pixels wide at 32x32. Both are drawn from.
"""

import math

import numpy as np
import torch
from torch.nn import functional as F

from cifar_core.data.doodles.thin import STEP
from cifar_core.data.drawn.doodle import INKS, PAPERS

SIDE, FINE = 32, 4  # drawn this much larger, then made smaller as the page does it
CHUNK = 200


def plain(drawings: np.ndarray, width: float = 0) -> np.ndarray:
    """Drawings as in the page's square: black on white, upright, in the middle.

    drawings: uint8 (N, S, S), ink 255; with a width, in pixels at 32x32, what `nearness` makes of
    it. Returns uint8 (N, 32, 32, 3).
    """
    n = len(drawings)
    poses = torch.tensor([[1.0, 0, 0], [0, 1, 0]]).expand(n, 2, 3)
    still, widths = torch.zeros(n, 2, 2, 2), torch.full((n,), float(width))
    no_spots, black, white = torch.zeros(n, 3), torch.zeros(n, 3), torch.ones(n, 3)
    return _pictures(drawings, poses, still, widths, no_spots, black, white)


def varied(drawings: np.ndarray, rng: np.random.Generator, own_width: bool = False) -> np.ndarray:
    """The same drawings by many hands: pose, wobble, width, ink, paper, and parts left out.

    drawings: uint8 (N, S, S), as `nearness` has them, for lines 0.8 to 3.2 pixels wide at 32x32;
    ink 255 where lines keep their own_width, which grows with the drawing. Returns uint8
    (N, 32, 32, 3).
    """
    n = len(drawings)
    turn, lean = rng.normal(0, 5, n) * math.pi / 180, rng.normal(0, 0.04, n)
    wide, high = rng.uniform(0.9, 1.35, n), rng.uniform(0.9, 1.1, n)  # above 1: a smaller drawing
    high *= wide
    c, s = np.cos(turn), np.sin(turn)
    at = rng.uniform(-1, 1, (2, n)) * np.maximum(0.08, wide - 1) * 0.8
    poses = np.stack([c * wide, (lean - s) * high, at[0], s * wide, c * high, at[1]], axis=1)
    wobble = rng.normal(0, 1, (n, 2, 6, 6)) * rng.uniform(0, 0.03, (n, 1, 1, 1))
    width = np.zeros(n) if own_width else rng.uniform(0.8, 3.2, n)
    inks = np.array(INKS)[rng.integers(len(INKS), size=n)] / 255.0
    papers = np.array(PAPERS)[rng.integers(len(PAPERS), size=n)] / 255.0
    # a rubbed-out spot, for one in six: where it is and how large
    spots = np.stack([*rng.uniform(-0.9, 0.9, (2, n)), rng.uniform(0.08, 0.3, n)], axis=1)
    spots[rng.random(n) < 5 / 6, 2] = 0
    hands = (poses.reshape(n, 2, 3), wobble, width, spots, inks, papers)
    return _pictures(drawings, *(torch.from_numpy(each).float() for each in hands))


def _pictures(
    drawings: np.ndarray,
    poses: torch.Tensor,
    wobble: torch.Tensor,
    width: torch.Tensor,
    spots: torch.Tensor,
    inks: torch.Tensor,
    papers: torch.Tensor,
) -> np.ndarray:
    """drawings (N, S, S), poses (N, 2, 3), wobble (N, 2, k, k) -> uint8 (N, 32, 32, 3).

    width: (N,), of lines as `nearness` has them; 0 where the drawing is ink and stays as it is.
    spots: (N, 3), x, y and radius of what is rubbed out, -1 to 1; a radius of 0 is none. inks,
    papers: (N, 3), 0 to 1.
    """
    done, size = [], (SIDE, SIDE)
    for first in range(0, len(drawings), CHUNK):
        part = slice(first, first + CHUNK)
        field = torch.from_numpy(drawings[part]).float()[:, None]  # (B, 1, S, S)
        grid = _grid(poses[part], wobble[part])  # (B, 128, 128, 2)
        near = F.grid_sample(field, grid, align_corners=False)[:, 0]  # (B, 128, 128)
        larger = SIDE * FINE / drawings.shape[1] / poses[part, :, :2].det().abs().sqrt()  # (B,)
        away = (255 - near) / STEP * larger[:, None, None]  # in fine pixels
        wide = width[part, None, None] * FINE
        cover = torch.where(wide > 0, wide / 2 + 0.5 - away, near / 255).clamp(0, 1)
        x, y, radius = spots[part, :, None, None].unbind(1)  # (B, 1, 1) each
        kept = (grid[..., 0] - x) ** 2 + (grid[..., 1] - y) ** 2 >= radius**2
        cover = F.interpolate((cover * kept)[:, None], size, mode="bicubic", antialias=True)
        ground, colour = papers[part, :, None, None], inks[part, :, None, None]
        done.append(ground + (colour - ground) * cover)
    images = torch.cat(done).clamp(0, 1).mul(255).round().byte()  # (N, 3, 32, 32)
    return images.permute(0, 2, 3, 1).contiguous().numpy()


def _grid(poses: torch.Tensor, wobble: torch.Tensor) -> torch.Tensor:
    """Where each fine pixel comes from, (B, 128, 128, 2), -1 to 1."""
    size = (len(poses), 1, SIDE * FINE, SIDE * FINE)
    grid = F.affine_grid(poses, list(size), align_corners=False)
    bent = F.interpolate(wobble, size=size[2:], mode="bicubic", align_corners=True)
    return grid + bent.permute(0, 2, 3, 1)
