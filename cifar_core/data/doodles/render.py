"""The pencil: a drawing's ink to a picture of 32x32, in any width, pose, ink and on any paper."""

import math

import numpy as np
import torch
from torch.nn import functional as F

from cifar_core.data.drawn.doodle import INKS, PAPERS

SIDE, FINE = 32, 4  # drawn this much larger, then averaged
CHUNK = 200


def plain(ink: np.ndarray, width: float) -> np.ndarray:
    """Drawings as in the page's square: black on white, upright, in the middle.

    ink: uint8 (N, S, S), ink 255. width: of the lines, about, in pixels at 32x32.
    Returns uint8 (N, 32, 32, 3).
    """
    n = len(ink)
    poses = torch.tensor([[1.0, 0, 0], [0, 1, 0]]).expand(n, 2, 3)
    still, widths = torch.zeros(n, 2, 2, 2), torch.full((n,), width)
    no_spots, black, white = torch.zeros(n, 3), torch.zeros(n, 3), torch.ones(n, 3)
    return _pictures(ink, poses, still, widths, no_spots, black, white)


def varied(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same drawings by many hands: pose, wobble, width, ink, paper, and parts left out.

    ink: uint8 (N, S, S). Returns uint8 (N, 32, 32, 3). Lines are 0.8 to 2.8 pixels wide at 32x32.
    """
    n = len(ink)
    turn, lean = rng.normal(0, 9, n) * math.pi / 180, rng.normal(0, 0.08, n)
    wide, high = rng.uniform(0.85, 1.5, n), rng.uniform(0.9, 1.1, n)  # above 1: a smaller drawing
    high *= wide
    c, s = np.cos(turn), np.sin(turn)
    at = rng.uniform(-1, 1, (2, n)) * np.maximum(0.08, wide - 1) * 0.8
    poses = np.stack([c * wide, (lean - s) * high, at[0], s * wide, c * high, at[1]], axis=1)
    wobble = rng.normal(0, 1, (n, 2, 6, 6)) * rng.uniform(0, 0.05, (n, 1, 1, 1))
    width = rng.uniform(0.8, 2.8, n)
    inks = np.array(INKS)[rng.integers(len(INKS), size=n)] / 255.0
    papers = np.array(PAPERS)[rng.integers(len(PAPERS), size=n)] / 255.0
    # a rubbed-out spot, for one in three: where it is and how large
    spots = np.stack([*rng.uniform(-0.9, 0.9, (2, n)), rng.uniform(0.08, 0.3, n)], axis=1)
    spots[rng.random(n) < 2 / 3, 2] = 0
    hands = (poses.reshape(n, 2, 3), wobble, width, spots, inks, papers)
    return _pictures(ink, *(torch.from_numpy(each).float() for each in hands))


def _pictures(
    ink: np.ndarray,
    poses: torch.Tensor,
    wobble: torch.Tensor,
    width: torch.Tensor,
    spots: torch.Tensor,
    inks: torch.Tensor,
    papers: torch.Tensor,
) -> np.ndarray:
    """ink (N, S, S), poses (N, 2, 3), wobble (N, 2, k, k), width (N,) -> uint8 (N, 32, 32, 3).

    spots: (N, 3), x, y and radius of what is rubbed out, -1 to 1; a radius of 0 is none. inks,
    papers: (N, 3), 0 to 1.
    """
    done = []
    for first in range(0, len(ink), CHUNK):
        part = slice(first, first + CHUNK)
        field = torch.from_numpy(ink[part]).float()[:, None] / 255  # (B, 1, S, S)
        grid = _grid(poses[part], wobble[part])  # (B, 128, 128, 2)
        lines = F.grid_sample(field, grid, align_corners=False)  # (B, 1, 128, 128)
        cover = _thickened(lines, width[part])
        x, y, radius = spots[part, :, None, None].unbind(1)  # (B, 1, 1) each
        kept = (grid[..., 0] - x) ** 2 + (grid[..., 1] - y) ** 2 >= radius**2
        cover = F.avg_pool2d(cover * kept[:, None], FINE)  # (B, 1, 32, 32)
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


def _thickened(lines: torch.Tensor, width: torch.Tensor) -> torch.Tensor:
    """Lines (B, 1, H, W) at about the width (B,) asked for, in pixels at 32x32.

    The ridge of each line, where it is darkest of its neighbourhood, is kept and grown to a disc
    of the wanted size. A real line is some 4 fine pixels wide where it is thinnest.
    """
    near = F.max_pool2d(F.max_pool2d(lines, (9, 1), 1, (4, 0)), (1, 9), 1, (0, 4))
    ridge = ((lines > 0.45) & (lines >= 0.87 * near)).float()
    # a ridge is some 4 fine pixels wide itself; half pixels of radius are near enough
    radii = (width * FINE / 2 - 2).clamp(min=0).mul(2).round() / 2
    cover = torch.empty_like(ridge)
    for radius in radii.unique().tolist():
        reach = math.ceil(radius)
        offsets = torch.arange(-reach, reach + 1)
        disc = (offsets[:, None] ** 2 + offsets**2 <= radius**2).float()
        chosen = radii == radius
        cover[chosen] = F.conv2d(ridge[chosen], disc[None, None], padding=reach).clamp(max=1)
    return cover
