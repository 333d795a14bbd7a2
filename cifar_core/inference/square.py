"""The square of a picture that the net is shown: the middle, a proposed one, or a given one."""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from cifar_core.inference.ground import things, with_room

SMALLEST = 0.05  # of the short side
SEARCHED = 40  # times the short side, at most: a thin strip made 48 high takes gigabytes
SHORT = 48  # pixels of the short side, at which the proposal looks for edges
ABOUT = 1.15  # times what lies on a plain ground: as a hand leaves room about a drawing
FEWEST = 32  # pixels of a side that is proposed: the net gets as many
CLEARLY = 1.15  # times the edges of the middle, or the middle is proposed


@dataclass(frozen=True)
class Square:
    """A square within a picture.

    left, top: of its corner, 0 to 1, in parts of the picture's width and of its height. side: in
    parts of the short side, 0.05 to 1. Raises ValueError for what is no such number. A square that
    would stand out of the picture is moved in, as far as it has to be.
    """

    left: float
    top: float
    side: float

    def __post_init__(self):
        for value in (self.left, self.top, self.side):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError("The square is not readable: choose the picture again.")
            if not 0 <= value <= 1:  # NaN neither
                raise ValueError("The square lies outside the picture: move it inside.")
        if self.side < SMALLEST:
            raise ValueError(f"The square is too small: take at least {SMALLEST:.0%} of the side.")

    def box(self, width: int, height: int) -> tuple[int, int, int, int]:
        """left, top, right and bottom in whole pixels of a picture of this size."""
        side = max(1, round(self.side * min(width, height)))
        left = min(math.floor(self.left * width + 1e-6), width - side)
        top = min(math.floor(self.top * height + 1e-6), height - side)
        return left, top, left + side, top + side


def centre(width: int, height: int) -> Square:
    """The largest square in the middle."""
    side = min(width, height)
    return Square((width - side) / 2 / width, (height - side) / 2 / height, 1)


def propose(picture: Image.Image) -> Square:
    """The square about what lies on a plain ground, else the largest where the most edges are.

    A part of what `with_room` makes of the picture, as `preprocess` takes it; the first only where
    that is square. The middle if that has nearly as many edges, which are differences between
    neighbours of the grey picture, their amounts summed over the square (gradient energy, as Avidan
    and Shamir use it in "Seam Carving", 2007). A picture that is more than 40 times as long as it
    is wide is not searched: the middle.
    """
    picture = with_room(picture)
    width, height = picture.size
    if width == height and (box := things(picture)):
        return _about(*box, fewest=FEWEST / width)
    if width == height or max(width, height) > SEARCHED * min(width, height):
        return centre(width, height)
    shrunk = SHORT / min(width, height)
    size = max(SHORT, round(width * shrunk)), max(SHORT, round(height * shrunk))
    grey = np.asarray(picture.convert("L").resize(size, Image.Resampling.BOX), np.float64)
    down, across = np.gradient(grey)
    edges = (abs(down) + abs(across)).sum(axis=0 if width > height else 1)  # along the long side
    sums = np.concatenate([[0], edges.cumsum()])
    found = sums[SHORT:] - sums[:-SHORT]  # of the square that begins at each place
    middle = (len(found) - 1) // 2
    if found.max() <= CLEARLY * found[middle]:
        return centre(width, height)
    part = int(found.argmax()) / len(edges)
    return Square(part, 0, 1) if width > height else Square(0, part, 1)


def _about(left: float, top: float, right: float, bottom: float, fewest: float) -> Square:
    """The square about a box in a square picture, all in parts of it; the whole if not smaller."""
    side = max(SMALLEST, fewest, ABOUT * max(right - left, bottom - top))
    if side >= 1:
        return Square(0, 0, 1)
    corner = ((left + right - side) / 2, (top + bottom - side) / 2)
    x, y = (min(max(0.0, at), 1 - side) for at in corner)
    return Square(x, y, side)
