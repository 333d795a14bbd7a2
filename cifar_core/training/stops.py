"""At which steps a run saves, and which of those stay: plain arithmetic, no files.

A net changes most in its first steps, so stops lie evenly on a logarithmic scale: ten for each
factor of ten (1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 32, 40, 50, 63, 79, 100, ...; rounded, they
are the preferred numbers R10 of ISO 3). A run of 20,000 steps has 42 of them.
"""

import math
from collections.abc import Iterable

A_DECADE = 10  # stops for each factor of ten
RATIO = 10 ** (1 / A_DECADE)  # of a stop to the one before, but for rounding


def is_stop(step: int) -> bool:
    """Whether a run saves at this step, counted from 1, wherever its epochs end."""
    nearest = round(A_DECADE * math.log10(step))
    return step == round(10 ** (nearest / A_DECADE))


def kept(steps: Iterable[int], most: int) -> list[int]:
    """Which `most` of these steps stay, in order; the first and the newest always do.

    steps: 1 or more each. They are sorted into cells of equal width on the logarithmic scale, and
    of each cell the first stays. While there are too many, cells are joined in pairs, the oldest
    pair first. So every step has one that stays, at or before it, by a factor below
    max(RATIO, (newest / first) ** (2 / (most - 1))).

    The first of a joined cell is the first of its parts: a run may thin its steps after every save,
    and will never want one back.
    """
    chosen, width = sorted(set(steps)), 1
    while len(chosen) > max(most, 2):
        cells = [math.log(step / chosen[0], RATIO) // width for step in chosen]
        shared = [i for i in range(1, len(chosen) - 1) if cells[i] == cells[i - 1]]
        if shared:
            del chosen[shared[0]]
        else:
            width *= 2
    return chosen
