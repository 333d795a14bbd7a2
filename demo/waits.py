"""How long the runs in the queue still wait, as far as that can be known."""

import math


def waits(left: list[float | None], needs: list[float | None]) -> list[float | None]:
    """Seconds until each waiting run starts, in their order; None where that is not known.

    left: seconds that each place is still taken, 0 where it is free. needs: seconds that each
    waiting run will take, in their order. None in either is not known.
    """
    free = [math.inf if seconds is None else seconds for seconds in left]
    starts = []
    for need in needs:
        start = min(free)
        free[free.index(start)] = math.inf if need is None else start + need
        starts.append(None if math.isinf(start) else start)
    return starts


def rounded(seconds: float | None) -> float | None:
    """Up to whole tens of seconds, or whole minutes from two on: it is about that long."""
    if seconds is None:
        return None
    unit = 10 if seconds <= 110 else 60
    return unit * max(1, math.ceil(seconds / unit))
