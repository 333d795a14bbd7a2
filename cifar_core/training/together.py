"""Where a fit of several processes has to agree: when to end, at which rates, and from which step.

All processes call these at the same place of the loop. Alone there is nobody to ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cifar_core import distributed
from cifar_core.training.steering import MAY_CHANGE

if TYPE_CHECKING:
    from cifar_core.training.trainer import Trainer


def stopping(trainer: Trainer) -> bool:
    """Whether a process was told to stop: then all end at this step.

    Rates that were changed in the first process since then are in effect in all.
    """
    asked = trainer.stop_asked.is_set()
    if distributed.world_size() == 1:
        return asked
    rates = [getattr(trainer.settings, name) for name in MAY_CHANGE]
    own = rates if distributed.is_main() else [0.0] * len(rates)  # none is below 0
    stop, *agreed = distributed.highest([asked, *own])
    if agreed != rates:
        trainer.settings = trainer.settings.replace(**dict(zip(MAY_CHANGE, agreed, strict=True)))
    return bool(stop)


def same_step(step: int) -> None:
    """Raises ValueError: the processes go on from different steps."""
    if [-step, step] != distributed.highest([-step, step]):
        raise ValueError(
            "The processes found different checkpoints: give a --run-dir that all of them can read."
        )


def alone(what: str) -> None:
    """Raises ValueError: `what` is for a run of one process, and there are more."""
    if distributed.world_size() > 1:
        raise ValueError(f"{what} works in a run of one process only.")
