"""How much memory a process that runs snippets may take, and a refusal before it runs out.

An allocation that fails is no clean end: PyTorch answers some with a crash, and others with errors
of quite another name ("SystemError: error return without exception set"). So operations end while
there is room left for one more and for the answer. Only Linux counts and limits memory so.
"""

from __future__ import annotations

import os
import sys

from cifar_core.tensors import limits
from cifar_core.tensors.limits import Refused

STATM = "/proc/self/statm"
COUNTED = sys.platform == "linux" and os.path.exists(STATM)
ROOM = 64 * 2**20  # bytes that an operation finds free at the least


def limit() -> None:
    """From now on this process has `limits.MEMORY` bytes and the room above what it has now."""
    if COUNTED:
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (_in_use() + limits.MEMORY + ROOM, hard))


def check() -> None:
    """Raises Refused where the process has come near its limit."""
    if _left() < 0:
        raise full()


def is_fresh() -> bool:
    """Whether a next snippet finds most of it: what is freed stays with the process, in pieces."""
    return _left() > 0.75 * limits.MEMORY


def full() -> Refused:
    most = f"A snippet has at most {limits.MEMORY >> 20} MB of memory here"
    return Refused(f"{most}; use smaller tensors.")


def _left() -> float:
    """Bytes before the room begins; endless where the process has no limit."""
    if not COUNTED:
        return float("inf")
    import resource

    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    return float("inf") if most == resource.RLIM_INFINITY else most - ROOM - _in_use()


def _in_use() -> int:
    """Bytes of address space, which is what the system limits."""
    with open(STATM) as pages:
        return int(pages.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
