"""Thin lines: nothing is cut, joined or filled, and each pixel knows how near a line it is."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from cifar_core.data.doodles.thin import FAR, STEP, distances, nearness, thinned


def scribble(seed: int, side: int = 40) -> np.ndarray:
    """Lines, rings and dots of any thickness, some of them touching: bool (side, side)."""
    rng, image = np.random.default_rng(seed), Image.new("1", (side, side))
    pencil = ImageDraw.Draw(image)
    for _ in range(4):
        corners = rng.integers(4, side - 4, 4).tolist()
        pencil.line(corners, fill=1, width=int(rng.integers(1, 6)))
        x, y, radius = *rng.integers(8, side - 8, 2).tolist(), int(rng.integers(1, 8))
        box = (x - radius, y - radius, x + radius, y + radius)
        pencil.ellipse(box, outline=1, width=int(rng.integers(1, 4)))
    return np.asarray(image)


def pieces(pixels: np.ndarray, corners: bool) -> int:
    """How many pieces hang together, counted by walking through each; over corners too."""
    steps = [(0, 1), (1, 0), (0, -1), (-1, 0)]
    steps += [(1, 1), (1, -1), (-1, 1), (-1, -1)] if corners else []
    left, count = set(zip(*np.nonzero(pixels), strict=True)), 0
    while left:
        edge, count = [left.pop()], count + 1
        while edge:
            y, x = edge.pop()
            near = {(y + dy, x + dx) for dy, dx in steps} & left
            left -= near
            edge += near
    return count


@pytest.mark.parametrize("seed", range(12))
def test_thinned_lines_are_as_many_and_enclose_as_much_as_before(seed):
    lines = scribble(seed)
    thin = thinned(lines[None])[0]
    assert not (thin & ~lines).any()
    assert pieces(thin, corners=True) == pieces(lines, corners=True)
    assert pieces(~np.pad(thin, 1), corners=False) == pieces(~np.pad(lines, 1), corners=False)
    assert thin.sum() < 0.7 * lines.sum()


def test_a_thick_line_is_left_with_its_middle_and_a_dot_with_a_pixel_or_two():
    lines = np.zeros((2, 30, 30), bool)
    lines[0, 10:15, 3:27] = True
    lines[1, 10:14, 10:14] = True
    line, dot = thinned(lines)
    assert set(np.nonzero(line)[0]) <= {11, 12, 13} and line.sum(axis=0).max() == 1
    assert line.sum() >= 18
    assert 1 <= dot.sum() <= 2


def test_lines_at_the_edge_of_the_paper_stay():
    lines = np.zeros((1, 20, 20), bool)
    lines[0, :, :3] = True
    assert thinned(lines).any(axis=2).sum() >= 17


@pytest.mark.parametrize("seed", range(3))
def test_distances_are_those_to_the_nearest_mark(seed):
    marked = scribble(seed, 48)
    points = np.argwhere(marked)  # (n, 2)
    pixels = np.stack(np.mgrid[:48, :48], axis=-1)[:, :, None]  # (48, 48, 1, 2)
    wanted = np.sqrt(((pixels - points) ** 2).sum(axis=-1).min(axis=-1)).clip(max=FAR)
    assert distances(marked[None])[0] == pytest.approx(wanted)


def test_nearness_falls_with_the_distance_to_the_middle_of_a_line():
    ink = np.zeros((1, 60, 60), np.uint8)
    ink[:, :, 26:35] = 255  # as wide as players' lines; its middle is 30
    wanted = (255 - STEP * np.abs(np.arange(60) - 30)).clip(0)
    assert (nearness(ink)[0, 10:50] == wanted).all()


def test_a_filled_shape_stays_filled_and_a_thin_line_is_not_lost():
    ink = np.zeros((2, 60, 60), np.uint8)
    ink[0, 15:45, 15:45] = 255
    ink[1, 5:55, 29:31] = 255
    square, line = nearness(ink)
    assert (square[20:40, 20:40] == 255).all()
    assert (line[10:50].max(axis=1) == 255).all() and (line[30] > 255 - STEP / 2).sum() == 1


def test_many_drawings_are_each_what_they_are_alone():
    ink = np.stack([scribble(seed, 32) for seed in range(5)] * 50).astype(np.uint8) * 255
    alone = np.concatenate([nearness(drawing[None]) for drawing in ink[:5]])
    assert np.array_equal(nearness(ink), np.tile(alone, (50, 1, 1)))
    assert len(nearness(ink[:0])) == 0


def test_paper_without_ink_is_far_from_every_line():
    assert not nearness(np.zeros((2, 30, 30), np.uint8)).any()
