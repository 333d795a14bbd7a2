"""A copy of a run that can take the next step in its place, while the run itself stands still."""

import copy
import threading


def twin(trainer):
    """A trainer with its own weights, buffers, gradients, optimiser state and sum of losses.

    The data are shared, as steps only read them. The copy writes no checkpoint, and a stop meant
    for the run does not reach it.
    """
    other = copy.copy(trainer)
    # one call, so that the copied optimiser holds the copied parameters
    other.model, other.averaged, other.optimizer = copy.deepcopy(
        (trainer.model, trainer.averaged, trainer.optimizer)
    )
    for copied, own in zip(other.model.parameters(), trainer.model.parameters(), strict=True):
        if own.grad is not None:  # deepcopy leaves it behind
            copied.grad = own.grad.clone()
    other.loss_sum = trainer.loss_sum.clone()
    other.run_dir, other._stop = None, threading.Event()
    return other
