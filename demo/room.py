"""Keeps the runs' directories within a budget: checkpoints of old runs go, their curves stay."""

import contextlib
from collections.abc import Iterable
from pathlib import Path

from cifar_core.training.checkpoint import checkpoints, remove_checkpoint, state_path


def make_room(root: Path, ended: Iterable[Path], budget: int) -> None:
    """Removes checkpoints until all runs in `root` take `budget` bytes at most, or none are left.

    ended: the directories of runs that nobody trains, the oldest first; others are not touched.
    First all of them lose what is between their first checkpoint and their newest; then, from the
    oldest on, the whole of them.
    """
    ended = list(ended)
    over = sum(map(_size, root.rglob("*"))) - budget
    for kept in (lambda found: {found[0], found[-1]}, lambda found: set()):
        for path in ended:
            if over <= 0:
                return
            found = checkpoints(path)
            for checkpoint in found:
                if checkpoint not in kept(found):
                    over -= _remove(checkpoint[1])


def _remove(weights: Path) -> float:
    """The bytes that this frees."""
    freed = _size(weights) + _size(state_path(weights))
    with contextlib.suppress(OSError):  # somebody reads it: it goes the next time
        remove_checkpoint(weights)
        return freed
    return 0


def _size(path: Path) -> float:
    """The bytes of a file; its share of them where a branch of the run has the same file."""
    try:
        found = path.lstat()
    except OSError:
        return 0
    return found.st_size / max(1, found.st_nlink) if path.is_file() else 0
