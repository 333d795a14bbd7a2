"""The middle of every line of a drawing, and how near each pixel is to it: lines of any width."""

import numpy as np

STEP = 16  # what a pixel's distance takes off 255
FAR = 255 // STEP + 1
CHUNK = 100
HALF_LINE = 4.5  # pixels from the middle to the edge of the players' lines
_AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))  # from the north


def nearness(ink: np.ndarray) -> np.ndarray:
    """How near each pixel is to the middle of a line, or of what is filled.

    ink: uint8 (N, S, S), ink 255; lines are some 9 pixels wide. Returns uint8 (N, S, S): 255 in the
    middle, 16 less for each pixel away from it, and 0 from 16 pixels on. Lines drawn as wide as
    they were cover the ink: what had run together there stays so, and a blob stays filled.
    """
    parts = [_nearness(ink[first : first + CHUNK]) for first in range(0, len(ink), CHUNK)]
    return np.concatenate(parts or [ink])


def _nearness(ink: np.ndarray) -> np.ndarray:
    """The same of a few: each takes some 40 bytes a pixel on the way."""
    dark = ink > 127
    from_middle = distances(thinned(dark))
    # negative inside; the edge lies half a pixel before the next pixel
    from_edge = distances(dark) - distances(~dark) + (dark - np.float32(0.5))
    away = np.minimum(from_middle, (HALF_LINE + from_edge).clip(0))
    return (255 - STEP * away).clip(0).round().astype(np.uint8)


def distances(marked: np.ndarray) -> np.ndarray:
    """How far the nearest marked pixel is: bool (N, S, S) -> float32 (N, S, S), 16 at most."""
    squares = np.where(marked, 0, FAR**2).astype(np.uint16)
    for axis in (1, 2):  # a distance's square is the sum of one along each axis
        beside = [(FAR, FAR) if each == axis else (0, 0) for each in range(3)]
        wide = np.pad(squares, beside, constant_values=FAR**2)
        for step in range(2 * FAR + 1):
            moved = np.take(wide, range(step, step + marked.shape[axis]), axis)
            np.minimum(squares, moved + np.uint16((step - FAR) ** 2), out=squares)
    return np.sqrt(squares, dtype=np.float32)


def thinned(lines: np.ndarray) -> np.ndarray:
    """Lines one pixel wide, nowhere cut and nowhere joined: bool (N, S, S) -> bool (N, S, S).

    Pixels that no line needs are taken off one side after another, until there are none
    (Rosenfeld, A Characterization of Parallel Thinning Algorithms, 1975).
    """
    lines = np.pad(lines, [(0, 0), (1, 1), (1, 1)]).astype(np.uint8)
    inner = lines[:, 1:-1, 1:-1]
    height, width = inner.shape[1:]
    before = -1
    while before != (before := int(inner.sum())):
        for spare in _SPARE:
            around = np.zeros_like(inner)
            for bit, (y, x) in enumerate(_AROUND):
                around |= lines[:, 1 + y : 1 + y + height, 1 + x : 1 + x + width] << bit
            inner &= ~spare[around]
    return inner.astype(bool)


def _spare(side: int) -> np.ndarray:
    """Whether a pixel may go, uint8 (256,), 0 or 255, by which of its eight neighbours have ink.

    side: the bit of the neighbour that has none. It may go where its neighbours hang together
    without it, and it is no line's end.
    """
    has = (np.arange(256)[:, None] >> np.arange(8)) & 1  # (256, 8)
    pieces = sum((1 - has[:, i]) & (has[:, i + 1] | has[:, (i + 2) % 8]) for i in (0, 2, 4, 6))
    may_go = (has[:, side] == 0) & (pieces == 1) & (has.sum(axis=1) > 1)
    return np.where(may_go, 255, 0).astype(np.uint8)


_SPARE = [_spare(side) for side in (0, 4, 2, 6)]  # north, south, east, west
