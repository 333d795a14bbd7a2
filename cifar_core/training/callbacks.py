"""Objects that watch a fit. They get every event in list order, and may call `trainer.stop()`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tqdm import tqdm

from cifar_core.training.events import (
    CheckpointSaved,
    EpochEnd,
    Event,
    FitEnd,
    FitStart,
    SettingsChanged,
    StepEnd,
)

if TYPE_CHECKING:
    from cifar_core.training.trainer import Trainer


class Callback:
    """Does nothing at each event: override what you need. An exception ends the fit."""

    def on_fit_start(self, trainer: Trainer, event: FitStart) -> None: ...
    def on_settings_changed(self, trainer: Trainer, event: SettingsChanged) -> None: ...
    def on_step_end(self, trainer: Trainer, event: StepEnd) -> None: ...
    def on_epoch_end(self, trainer: Trainer, event: EpochEnd) -> None: ...
    def on_checkpoint_saved(self, trainer: Trainer, event: CheckpointSaved) -> None: ...
    def on_fit_end(self, trainer: Trainer, event: FitEnd) -> None: ...

    def flush(self) -> None:
        """Write out what waits: the fit pauses."""

    def close(self) -> None:
        """The fit is over, or was ended by an exception: give back files and locks."""


def notify(callbacks: Iterable[Callback], trainer: Trainer, event: Event) -> None:
    """Calls the method that belongs to the event on each callback."""
    method = METHODS[type(event)]
    for callback in callbacks:
        getattr(callback, method)(trainer, event)


METHODS = {
    FitStart: "on_fit_start",
    SettingsChanged: "on_settings_changed",
    StepEnd: "on_step_end",
    EpochEnd: "on_epoch_end",
    CheckpointSaved: "on_checkpoint_saved",
    FitEnd: "on_fit_end",
}


class ProgressBar(Callback):
    """A line in the terminal that moves, and lines that stay: one an epoch or change. On stderr."""

    def __init__(self):
        self.bar = tqdm(disable=True)

    def on_fit_start(self, trainer, event):
        self.bar = tqdm(
            total=event.total_steps, initial=event.step, unit="step", mininterval=0.5, leave=False
        )

    def on_settings_changed(self, trainer, event):
        self.bar.write(
            f"from step {event.step + 1}  learning rate {event.lr:g}"
            f"  momentum {event.momentum:g}  weight decay {event.weight_decay:g}",
            file=self.bar.fp,
        )

    def on_step_end(self, trainer, event):
        self.bar.update()

    def on_epoch_end(self, trainer, event):
        checked = ""
        if event.validation_accuracy is not None:
            checked = (
                f"  validation loss {event.validation_loss:.3f}"
                f"  accuracy {event.validation_accuracy:.1%}"
            )
        self.bar.write(
            f"epoch {event.epoch + 1}  step {event.step}"
            f"  training loss {event.train_loss:.3f}{checked}",
            file=self.bar.fp,
        )

    def close(self):
        self.bar.close()
