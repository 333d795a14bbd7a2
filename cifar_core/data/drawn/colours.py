"""Colours: how they mix, the palettes that several classes share, and drawing lots among them.

Palettes overlap on purpose: a brown coat, a red side or a blue background must not tell the class.
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

Colour = tuple[int, int, int]
Rng = np.random.Generator
T = TypeVar("T")

BLACK, WHITE, SILVER = (24, 22, 24), (246, 245, 240), (176, 178, 182)
PINK, ORANGE = (216, 134, 134), (222, 160, 60)
GREENS = [(96, 142, 62), (126, 160, 76), (72, 112, 58), (150, 158, 82), (60, 96, 70)]
EARTHS = [(168, 138, 96), (138, 108, 76), (196, 174, 130), (120, 104, 84), (226, 226, 224)]
BROWNS = [(150, 98, 56), (108, 72, 48), (188, 136, 84), (158, 106, 62), (132, 90, 56)]
COATS = [*BROWNS, (226, 214, 196), (128, 124, 122), (74, 68, 66), (198, 122, 58), (52, 46, 46)]
PAINTS = [
    *[(196, 44, 40), (40, 84, 164), (236, 234, 230), (176, 180, 186), (232, 190, 52)],
    *[(52, 120, 82), (44, 46, 54), (226, 122, 44), (120, 170, 206), (118, 40, 60)],
]


def mix(a: Colour, b: Colour, amount: float) -> Colour:
    """Colour a at amount 0, colour b at amount 1."""
    return (
        int(a[0] + (b[0] - a[0]) * amount),
        int(a[1] + (b[1] - a[1]) * amount),
        int(a[2] + (b[2] - a[2]) * amount),
    )


def darker(colour: Colour, amount: float = 0.25) -> Colour:
    return mix(colour, BLACK, amount)


def lighter(colour: Colour, amount: float = 0.25) -> Colour:
    return mix(colour, WHITE, amount)


def chance(rng: Rng, probability: float) -> bool:
    return rng.random() < probability


def pick(rng: Rng, options: Sequence[T]) -> T:
    return options[int(rng.integers(len(options)))]


def tint(rng: Rng, palette: Sequence[Colour], by: int = 50) -> Colour:
    """One colour of the palette, each channel moved by up to `by`."""
    r, g, b = pick(rng, palette)
    dr, dg, db = rng.integers(-by, by, 3, endpoint=True).tolist()
    return min(max(r + dr, 0), 255), min(max(g + dg, 0), 255), min(max(b + db, 0), 255)
