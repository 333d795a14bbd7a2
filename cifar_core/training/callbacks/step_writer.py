"""Losses wait on the device, and are fetched together when it is time to write them down."""

import math
import time

import torch

from cifar_core.training.callbacks.callback import Callback
from cifar_core.training.events import StepEnd

FLUSH_SECONDS = 0.2  # how long a loss may wait on the device; a kill costs no more than this


class StepWriter(Callback):
    """Collects steps, and hands them to `write_steps` with their losses as numbers.

    They wait FLUSH_SECONDS at most, and not at all at the end of an epoch and before a checkpoint.
    Fetching them is the only time that the device is waited for.
    """

    def __init__(self):
        self._waiting: list[tuple[float, StepEnd]] = []
        self._per_epoch: float = math.inf  # until FitStart says
        self._flushed = time.monotonic()

    def write_steps(self, steps: list[tuple[float, StepEnd, float]]) -> None:
        """steps: (seconds since 1970, event, its loss), oldest first, one at least."""
        raise NotImplementedError

    def on_fit_start(self, trainer, event):
        self._per_epoch = event.steps_per_epoch

    def on_step_end(self, trainer, event):
        self._waiting.append((time.time(), event))
        ends_epoch = event.step % self._per_epoch == 0  # then comes an evaluation, which takes long
        saves = ends_epoch or trainer.due  # and no checkpoint is there before its curve is
        if saves or time.monotonic() - self._flushed >= FLUSH_SECONDS:
            self.flush()

    def flush(self) -> None:
        self._flushed = time.monotonic()
        if self._waiting:
            losses = torch.stack([event.loss for _, event in self._waiting]).tolist()  # sync
            waiting = zip(self._waiting, losses, strict=True)
            self.write_steps([(when, event, loss) for (when, event), loss in waiting])
            self._waiting.clear()
