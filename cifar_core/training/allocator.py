"""Memory that a step gives back stays with the process, for the next step to take.

A step on a CPU takes and frees the same tens of megabytes. The GNU C library hands blocks of that
size back to the system, which clears every page anew when it is next touched: a tenth of a step.
"""

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # the names' numbers in malloc.h
LARGEST_BLOCK = 2**28  # bytes; a set of pictures may be larger, an activation hardly


def keep_freed_memory() -> None:
    """For the whole process, from now on; does nothing where there is no GNU C library.

    Source: mallopt(3), M_MMAP_THRESHOLD and M_TRIM_THRESHOLD.
    """
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return
    mallopt(MMAP_THRESHOLD, LARGEST_BLOCK)
    mallopt(TRIM_THRESHOLD, 2**31 - 1)
