"""The middle of every line of a drawing, and how near each pixel is to it: lines of any width."""

import numpy as np

STEP = 16  # what a pixel's distance takes off 255
_AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))  # from the north


def nearness(ink: np.ndarray) -> np.ndarray:
    """How near each pixel is to the middle of a line.

    ink: uint8 (N, S, S), ink 255. Returns uint8 (N, S, S): 255 in the middle of a line, 16 less
    for each pixel away from it, and 0 from 16 pixels on.
    """
    far = 255 // STEP + 1
    squares = np.where(thinned(ink > 102), 0, far**2).astype(np.uint16)
    for axis in (1, 2):  # a distance's square is the sum of one along each axis
        wide = np.pad(
            squares, [(far, far) if each == axis else (0, 0) for each in range(3)], "edge"
        )
        for step in range(-far, far + 1):
            moved = np.take(wide, range(far + step, far + step + ink.shape[axis]), axis)
            np.minimum(squares, moved + np.uint16(step**2), out=squares)
    return (255 - STEP * np.sqrt(squares, dtype=np.float32)).clip(0).round().astype(np.uint8)


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
    return np.where((has[:, side] == 0) & (pieces == 1) & (has.sum(axis=1) > 1), 255, 0).astype(
        np.uint8
    )


_SPARE = [_spare(side) for side in (0, 4, 2, 6)]  # north, south, east, west
